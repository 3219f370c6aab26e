import KVDatabase

/// Orders in a table of kvd: `customer` is the partition key, `number` the sort key.
final class KvdOrders: OrderStore {
    private static let table = "orders"
    private let database: Database

    init(_ settings: StoreSettings) async throws {
        database = try KvdDatabase.open(settings)
        try await KvdDatabase.createTable(
            .init(
                tableName: Self.table,
                attributeDefinitions: [
                    .init(attributeName: "customer", attributeType: .string),
                    .init(attributeName: "number", attributeType: .number),
                ],
                keySchema: [
                    .init(attributeName: "customer", keyType: .hash),
                    .init(attributeName: "number", keyType: .range),
                ],
                billingMode: .payPerRequest), in: database)
    }

    func putBatch(_ orders: [Order]) async throws {
        let writes = try orders.map { BatchWriteItem.WriteRequest.put(try $0.encoded()) }
        let response = try await database.batchWriteItem(
            .init(requestItems: [Self.table: writes]))
        guard response.unprocessedItems.isEmpty else { throw WrongAnswer("a batch was cut") }
    }

    func put(_ order: Order) async throws {
        _ = try await database.putItem(.init(tableName: Self.table, item: order.encoded()))
    }

    func countVisit(customer: String, number: Int, limit: Int) async throws -> Bool {
        do {
            _ = try await database.updateItem(
                .init(
                    tableName: Self.table, key: Order.key(customer, number),
                    updateExpression: "SET visits = visits + :one",
                    conditionExpression: "visits < :limit",
                    expressionAttributeValues: EncodedItem([
                        ":one": 1, ":limit": .number(DecimalNumber(limit)),
                    ])))
            return true
        } catch let error as DatabaseError where error.code == .conditionalCheckFailed {
            return false
        }
    }

    func get(customer: String, number: Int) async throws -> Order? {
        try await database.getItem(
            .init(tableName: Self.table, key: Order.key(customer, number))
        ).item.map { try Order($0.decoded()) }
    }

    func query(customer: String, limit: Int) async throws -> [Order] {
        let page = try await database.query(
            .init(
                tableName: Self.table, keyConditionExpression: "customer = :c",
                expressionAttributeValues: EncodedItem([":c": .string(customer)]), limit: limit))
        return try page.items?.map { try Order($0.decoded()) } ?? []
    }

    func scan() async throws -> (count: Int, checksum: Int) {
        var result = (count: 0, checksum: 0)
        var start: EncodedItem?
        repeat {
            let page = try await database.scan(
                .init(tableName: Self.table, exclusiveStartKey: start))
            for item in page.items ?? EncodedItemList([]) {
                result.count += 1
                result.checksum &+= try Order(item.decoded()).checksum
            }
            start = page.lastEvaluatedKey
        } while start != nil
        return result
    }

    func close() async throws { try await database.close() }
}

extension Order {
    fileprivate static func key(_ customer: String, _ number: Int) throws -> EncodedItem {
        try EncodedItem([
            "customer": .string(customer), "number": .number(DecimalNumber(number)),
        ])
    }

    fileprivate func encoded() throws -> EncodedItem {
        try EncodedItem([
            "customer": .string(customer), "number": .number(DecimalNumber(number)),
            "status": .string(status), "total": .number(DecimalNumber(total)),
            "visits": .number(DecimalNumber(visits)), "note": .string(note),
        ])
    }

    fileprivate init(_ item: Item) throws {
        guard let customer = item["customer"]?.stringValue,
            let number = item["number"]?.numberValue?.intValue,
            let status = item["status"]?.stringValue,
            let total = item["total"]?.numberValue?.intValue,
            let visits = item["visits"]?.numberValue?.intValue,
            let note = item["note"]?.stringValue
        else { throw WrongAnswer("not an order: \(item)") }
        self.init(
            customer: customer, number: number, status: status, total: total, visits: visits,
            note: note)
    }
}
