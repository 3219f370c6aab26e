import KVDatabase

/// YCSB's records in a table of kvd.
final class KvdRecords: RecordStore {
    private static let table = "records"
    private static let updates = Record.fieldNames.map { "SET \($0) = :text" }
    private let database: Database

    init(_ settings: StoreSettings, _ shape: RecordShape) async throws {
        database = try KvdDatabase.open(settings)
        let request: CreateTable.Request =
            switch shape {
            case .users:
                .init(
                    tableName: Self.table,
                    attributeDefinitions: [.init(attributeName: "id", attributeType: .string)],
                    keySchema: [.init(attributeName: "id", keyType: .hash)],
                    billingMode: .payPerRequest)
            case .posts:
                .init(
                    tableName: Self.table,
                    attributeDefinitions: [
                        .init(attributeName: "thread", attributeType: .string),
                        .init(attributeName: "post", attributeType: .number),
                    ],
                    keySchema: [
                        .init(attributeName: "thread", keyType: .hash),
                        .init(attributeName: "post", keyType: .range),
                    ],
                    billingMode: .payPerRequest)
            }
        try await KvdDatabase.createTable(request, in: database)
    }

    func insertBatch(_ records: [Record]) async throws {
        let writes = try records.map { BatchWriteItem.WriteRequest.put(try $0.encoded()) }
        let response = try await database.batchWriteItem(
            .init(requestItems: [Self.table: writes]))
        guard response.unprocessedItems.isEmpty else { throw WrongAnswer("a batch was cut") }
    }

    func insert(_ record: Record) async throws {
        _ = try await database.putItem(.init(tableName: Self.table, item: record.encoded()))
    }

    func read(_ key: RecordKey) async throws -> Record? {
        try await database.getItem(
            .init(tableName: Self.table, key: EncodedItem(Item(key.attributes)))
        ).item.map { try Record($0.decoded()) }
    }

    func update(_ key: RecordKey, field: Int, to text: String) async throws {
        _ = try await database.updateItem(
            .init(
                tableName: Self.table, key: EncodedItem(Item(key.attributes)),
                updateExpression: Self.updates[field],
                expressionAttributeValues: EncodedItem([":text": .string(text)])))
    }

    func scan(thread: String, from number: Int, limit: Int) async throws -> [Record] {
        let page = try await database.query(
            .init(
                tableName: Self.table, keyConditionExpression: "thread = :t AND post >= :p",
                expressionAttributeValues: EncodedItem([
                    ":t": .string(thread), ":p": .number(DecimalNumber(number)),
                ]), limit: limit))
        return try page.items?.map { try Record($0.decoded()) } ?? []
    }

    func close() async throws { try await database.close() }
}

extension RecordKey {
    fileprivate var attributes: [(String, AttributeValue)] {
        switch self {
        case .user(let id): [("id", .string(id))]
        case .post(let thread, let number):
            [("thread", .string(thread)), ("post", .number(DecimalNumber(number)))]
        }
    }

    fileprivate init(_ item: Item) throws {
        if let id = item["id"]?.stringValue {
            self = .user(id)
        } else if let thread = item["thread"]?.stringValue,
            let number = item["post"]?.numberValue?.intValue
        {
            self = .post(thread: thread, number: number)
        } else {
            throw WrongAnswer("not a record: \(item)")
        }
    }
}

extension Record {
    fileprivate func encoded() throws -> EncodedItem {
        let texts = zip(Self.fieldNames, fields).map { ($0, AttributeValue.string($1)) }
        return try EncodedItem(Item(key.attributes + texts))
    }

    fileprivate init(_ item: Item) throws {
        key = try RecordKey(item)
        fields = try Self.fieldNames.map { name in
            guard let text = item[name]?.stringValue else { throw WrongAnswer("no \(name)") }
            return text
        }
    }
}
