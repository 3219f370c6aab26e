import KVDatabase
import Synchronization
import Testing

/// How often each order was handled.
private final class Handled: Sendable {
    let counts = Mutex<[String: Int]>([:])
}

/// The orders application: checkout, workers that take orders, an admin list by status and time.
@Suite struct OrdersTests {
    private func makeDatabase() async throws -> Database {
        try await TestDatabase(
            .table(
                "orders", ("customer", .string), ("order", .string),
                more: [("status", .string), ("time", .number)],
                global: [.index("by-status", "status", "time")])
        ).database
    }

    private func order(_ number: Int, status: String = "PENDING") throws -> EncodedItem {
        try .of([
            "customer": .string("c\(number % 97)"), "order": .string("o\(number)"),
            "status": .string(status), "time": .int(1_700_000_000 + number),
            "lines": [["sku": "apple", "count": 2], ["sku": "pear", "count": 1]],
        ])
    }

    private func checkOut(_ order: EncodedItem, _ database: Database) async throws {
        _ = try await database.putItem(
            .init(
                tableName: "orders", item: order,
                conditionExpression: "attribute_not_exists(#o)",
                expressionAttributeNames: ["#o": "order"]))
    }

    private func fill(_ database: Database, count: Int) async throws {
        for start in stride(from: 0, to: count, by: 25) {
            let writes = try (start..<min(start + 25, count)).map {
                BatchWriteItem.WriteRequest.put(try order($0))
            }
            _ = try await database.batchWriteItem(.init(requestItems: ["orders": writes]))
        }
    }

    private func move(
        _ key: EncodedItem, from: String, to: String, _ database: Database
    ) async throws -> Bool {
        do {
            _ = try await database.updateItem(
                .init(
                    tableName: "orders", key: key, updateExpression: "SET #s = :to",
                    conditionExpression: "#s = :from", expressionAttributeNames: ["#s": "status"],
                    expressionAttributeValues: .of([":from": .string(from), ":to": .string(to)])))
            return true
        } catch let error as DatabaseError where error.code == .conditionalCheckFailed {
            return false
        }
    }

    private func byStatus(_ status: String) throws -> Query.Request {
        .init(
            tableName: "orders", indexName: "by-status", keyConditionExpression: "#s = :s",
            expressionAttributeNames: ["#s": "status"],
            expressionAttributeValues: try .of([":s": .string(status)]))
    }

    @Test func anOrderIsPlacedOnce() async throws {
        let database = try await makeDatabase()
        try await checkOut(order(1), database)
        let error = await refusal { try await checkOut(order(1, status: "DONE"), database) }
        #expect(error?.code == .conditionalCheckFailed)
        try await database.close()
    }

    @Test func eightWorkersHandleEachOfAThousandOrdersOnce() async throws {
        let database = try await makeDatabase()
        try await fill(database, count: 1000)
        let handled = Handled()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await work(database, handled: handled) } }
            try await group.waitForAll()
        }
        let counts = handled.counts.withLock { $0 }
        #expect(counts.count == 1000)
        #expect(counts.values.allSatisfy { $0 == 1 })
        #expect(try await database.query(byStatus("PENDING")).count == 0)
        #expect(try await database.query(byStatus("PROCESSING")).count == 0)
        #expect(try await database.query(byStatus("DONE")).count == 1000)
        try await database.close()
    }

    /// Takes orders from the front of the queue until there are none.
    private func work(_ database: Database, handled: Handled) async throws {
        while true {
            var request = try byStatus("PENDING")
            request.limit = 20
            let waiting = try await database.query(request)
            guard let items = waiting.items, !items.isEmpty else { return }
            for item in items.map({ $0.decoded() }) {
                let key = try EncodedItem(item.projected(["customer", "order"]))
                guard try await move(key, from: "PENDING", to: "PROCESSING", database) else {
                    continue
                }
                handled.counts.withLock { $0["\(key)", default: 0] += 1 }
                #expect(try await move(key, from: "PROCESSING", to: "DONE", database))
            }
        }
    }

    @Test func theAdminListPagesThroughTenThousandOrders() async throws {
        let database = try await makeDatabase()
        try await fill(database, count: 10_000)
        var request = try byStatus("PENDING")
        request.limit = 700
        request.scanIndexForward = false
        var times: [AttributeValue?] = []
        repeat {
            let page = try await database.query(request)
            times += page.items?.map { $0.decoded()["time"] } ?? []
            request.exclusiveStartKey = page.lastEvaluatedKey
        } while request.exclusiveStartKey != nil
        #expect(times == (0..<10_000).reversed().map { .int(1_700_000_000 + $0) })
        try await database.close()
    }

    @Test func onlyAPendingOrderIsDeleted() async throws {
        let database = try await makeDatabase()
        try await checkOut(order(1), database)
        try await checkOut(order(2, status: "DONE"), database)
        func delete(_ number: Int) async throws {
            _ = try await database.deleteItem(
                .init(
                    tableName: "orders",
                    key: .of(["customer": .string("c\(number)"), "order": .string("o\(number)")]),
                    conditionExpression: "#s = :pending",
                    expressionAttributeNames: ["#s": "status"],
                    expressionAttributeValues: .of([":pending": "PENDING"])))
        }
        try await delete(1)
        let error = await refusal { try await delete(2) }
        #expect(error?.code == .conditionalCheckFailed)
        #expect(try await database.scan(.init(tableName: "orders")).count == 1)
        try await database.close()
    }
}
