import KVDatabase
import Testing

/// Consumed capacity, as AWS counts it.
@Suite struct CapacityTests {
    private func makeDatabase() async throws -> Database {
        try await TestDatabase(
            .table(
                "things", ("pk", .string), ("sk", .number),
                more: [("color", .string), ("size", .number)],
                local: [.index("by-size", "pk", "size")],
                global: [.index("by-color", "color", projection: .keysOnly)])
        ).database
    }

    private func item(_ more: Item = [:], bytes: Int = 0) throws -> EncodedItem {
        var item = more
        item["pk"] = "a"
        item["sk"] = 1
        if bytes > 0 { item["text"] = .string(String(repeating: "x", count: bytes)) }
        return try EncodedItem(item)
    }

    private func put(_ item: EncodedItem, _ database: Database) async throws -> ConsumedCapacity? {
        try await database.putItem(
            .init(tableName: "things", item: item, returnConsumedCapacity: .indexes)
        ).consumedCapacity
    }

    @Test func aReadCostsHalfAUnitForEach4KilobytesBegun() async throws {
        let database = try await makeDatabase()
        for (bytes, consistent, units) in [
            (0, false, 0.5), (0, true, 1), (4000, false, 0.5), (4096, false, 1), (9000, true, 3),
        ] {
            _ = try await put(item(bytes: bytes), database)
            let found = try await database.getItem(
                .init(
                    tableName: "things", key: item(), consistentRead: consistent,
                    returnConsumedCapacity: .total))
            #expect(found.consumedCapacity?.capacityUnits == units)
            #expect(found.consumedCapacity?.table == nil)
            #expect(found.consumedCapacity?.tableName == "things")
        }
    }

    @Test func aMissingItemCostsAsOneOf4Kilobytes() async throws {
        let found = try await makeDatabase().getItem(
            .init(tableName: "things", key: item(), returnConsumedCapacity: .total))
        #expect(found.consumedCapacity?.capacityUnits == 0.5)
    }

    @Test func aWriteCostsTheLargerOfOldAndNew() async throws {
        let database = try await makeDatabase()
        #expect(try await put(item(bytes: 3000), database)?.capacityUnits == 3)
        #expect(try await put(item(), database)?.capacityUnits == 3)
        #expect(try await put(item(), database)?.capacityUnits == 1)
    }

    @Test func indexWritesAreToldApart() async throws {
        let database = try await makeDatabase()
        let made = try await put(item(["color": "red", "size": 1]), database)
        #expect(made?.capacityUnits == 3)
        #expect(made?.table?.capacityUnits == 1)
        #expect(made?.localSecondaryIndexes?["by-size"]?.capacityUnits == 1)
        #expect(made?.globalSecondaryIndexes?["by-color"]?.capacityUnits == 1)
        // Moving within an index removes one row and writes another.
        let moved = try await put(item(["color": "blue", "size": 1]), database)
        #expect(moved?.globalSecondaryIndexes?["by-color"]?.capacityUnits == 2)
        // The local index holds the color, the global one holds keys alone.
        #expect(moved?.localSecondaryIndexes?["by-size"]?.capacityUnits == 1)
        let noted = try await put(item(["color": "blue", "size": 1, "note": 1]), database)
        #expect(noted?.globalSecondaryIndexes == nil)
        let removed = try await put(item(), database)
        #expect(removed?.globalSecondaryIndexes?["by-color"]?.capacityUnits == 1)
        #expect(removed?.localSecondaryIndexes?["by-size"]?.capacityUnits == 1)
    }

    @Test func aQueryCostsTheSumOfWhatItLookedAt() async throws {
        let database = try await makeDatabase()
        for number in 0..<10 {
            let item: Item = [
                "pk": "a", "sk": .int(number), "text": .string(String(repeating: "x", count: 990)),
            ]
            _ = try await database.putItem(.init(tableName: "things", item: .of(item)))
        }
        let page = try await database.query(
            .init(
                tableName: "things", keyConditionExpression: "pk = :pk",
                filterExpression: "attribute_exists(gone)",
                expressionAttributeValues: .of([":pk": "a"]), returnConsumedCapacity: .indexes))
        // Ten items of about 1 KB are three blocks of 4 KB.
        #expect(page.count == 0)
        #expect(page.consumedCapacity?.capacityUnits == 1.5)
        #expect(page.consumedCapacity?.table?.capacityUnits == 1.5)
    }

    @Test func batchesTellEachTable() async throws {
        let database = try await makeDatabase()
        let written = try await database.batchWriteItem(
            .init(
                requestItems: ["things": [.put(item(bytes: 1500))]],
                returnConsumedCapacity: .total))
        #expect(written.consumedCapacity?.map(\.capacityUnits) == [2])
        let found = try await database.batchGetItem(
            .init(
                requestItems: ["things": .init(keys: [item()])], returnConsumedCapacity: .total))
        #expect(found.consumedCapacity?.map(\.capacityUnits) == [0.5])
    }

    @Test func theItemCollectionIsMeasured() async throws {
        let database = try await makeDatabase()
        let written = try await database.putItem(
            .init(tableName: "things", item: item(), returnItemCollectionMetrics: .size))
        #expect(written.itemCollectionMetrics?.itemCollectionKey.decoded() == ["pk": "a"])
        #expect(written.itemCollectionMetrics?.sizeEstimateRangeGB == [0, 1])
        let unasked = try await database.putItem(.init(tableName: "things", item: item()))
        #expect(unasked.itemCollectionMetrics == nil)
    }
}
