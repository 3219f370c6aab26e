import KVDatabase
import StorageEngine

/// Counts operations of the table layer, called with completions, as the server calls them.
func measureTables(folder: String) async throws -> [Measurement] {
    let unsynced = try await makeDatabase(folder + "/tables-unsynced", .none)
    let puts = try (0..<itemCount).map {
        PutItem.Request(tableName: tableName, item: try item($0))
    }
    let gets = try (0..<itemCount).map {
        GetItem.Request(tableName: tableName, key: try EncodedItem(key($0)))
    }
    let query = Query.Request(
        tableName: tableName, keyConditionExpression: "pk = :pk",
        expressionAttributeValues: try EncodedItem([":pk": .string("customer 7")]))
    var measurements = [measurePuts(.putItemUnsynced, puts, unsynced)]
    try unsynced.flush()
    measurements += [measureGets(gets, unsynced), measureQueries(query, unsynced)]
    try await unsynced.close()

    let synced = try await makeDatabase(folder + "/tables-synced", .synced)
    measurements.append(measurePuts(.putItemSynced, puts, synced))
    try await synced.close()
    return measurements
}

private let tableName = "orders"
private let itemCount = 2_000
private let itemsPerPartition = 100

private func makeDatabase(_ folder: String, _ durability: Durability) async throws -> Database {
    let database = try Database.open(at: folder, options: DatabaseOptions(durability: durability))
    _ = try await database.createTable(
        CreateTable.Request(
            tableName: tableName,
            attributeDefinitions: [
                AttributeDefinition(attributeName: "pk", attributeType: .string),
                AttributeDefinition(attributeName: "sk", attributeType: .number),
            ],
            keySchema: [
                KeySchemaElement(attributeName: "pk", keyType: .hash),
                KeySchemaElement(attributeName: "sk", keyType: .range),
            ],
            billingMode: .payPerRequest))
    return database
}

private func key(_ number: Int) -> Item {
    [
        "pk": .string("customer \(number / itemsPerPartition)"),
        "sk": .number(DecimalNumber(number % itemsPerPartition)),
    ]
}

private func item(_ number: Int) throws -> EncodedItem {
    var item = key(number)
    for field in 0..<10 { item["field\(field)"] = .string(String(repeating: "x", count: 100)) }
    return try EncodedItem(item)
}

private func measurePuts(
    _ operation: Operation, _ requests: [PutItem.Request], _ database: Database
) -> Measurement {
    let answer = Answer<PutItem.Response>()
    let completion = answer.completion
    return .of(operation, count: requests.count) { () throws(Never) in
        for request in requests {
            database.putItem(request, completion: completion)
            answer.await { _ in true }
        }
    }
}

private func measureGets(_ requests: [GetItem.Request], _ database: Database) -> Measurement {
    let answer = Answer<GetItem.Response>()
    let completion = answer.completion
    return .of(.getItem, count: requests.count) { () throws(Never) in
        for request in requests {
            database.getItem(request, completion: completion)
            answer.await { $0.item != nil }
        }
    }
}

private func measureQueries(_ request: Query.Request, _ database: Database) -> Measurement {
    let answer = Answer<Query.Response>()
    let completion = answer.completion
    return .of(.queryHundred, count: 100) { () throws(Never) in
        for _ in 0..<100 {
            database.query(request, completion: completion)
            answer.await { $0.count == itemsPerPartition }
        }
    }
}

/// A place for one answer at a time, used again and again so that it costs nothing itself.
///
/// `@unchecked Sendable`: `result` is guarded by `lock`.
private final class Answer<Response: Sendable>: @unchecked Sendable {
    private let lock: Lock
    private let hasCome: Condition
    private var result: Result<Response, DatabaseError>?

    init() {
        lock = Lock()
        hasCome = Condition(lock)
    }

    var completion: Completion<Response> {
        { result in
            self.lock.withLock {
                self.result = result
                self.hasCome.signal()
            }
        }
    }

    /// Waits for the answer; ends the run where it is not what it should be.
    func await(_ isExpected: (Response) -> Bool) {
        lock.withLock {
            while result == nil { hasCome.wait() }
            guard case .success(let response) = result, isExpected(response) else {
                preconditionFailure("an unexpected answer: \(String(describing: result))")
            }
            result = nil
        }
    }
}
