import KVDatabase
import Testing

/// BatchGetItem and BatchWriteItem.
@Suite struct BatchTests {
    private func makeDatabase() async throws -> Database {
        try await TestDatabase(
            .table("left", ("id", .number)),
            .table(
                "right", ("id", .number), more: [("tag", .string)], global: [.index("tag", "tag")])
        ).database
    }

    private func key(_ number: Int) throws -> EncodedItem { try .of(["id": .int(number)]) }

    @Test func writesToTwoTablesAndReadsThemBack() async throws {
        let database = try await makeDatabase()
        let written = try await database.batchWriteItem(
            .init(requestItems: [
                "left": [.put(.of(["id": 1, "v": "l1"])), .put(.of(["id": 2, "v": "l2"]))],
                "right": [.put(.of(["id": 1, "tag": "t"]))],
            ]))
        #expect(written.unprocessedItems.isEmpty)
        _ = try await database.batchWriteItem(
            .init(requestItems: ["left": [.delete(key: key(1)), .put(.of(["id": 3]))]]))

        let found = try await database.batchGetItem(
            .init(requestItems: [
                "left": .init(keys: [key(1), key(2), key(3)]),
                "right": .init(keys: [key(1)], projectionExpression: "tag"),
            ]))
        #expect(
            Set(found.responses["left"]?.map { $0.decoded() } ?? [])
                == [["id": 2, "v": "l2"], ["id": 3]])
        #expect(found.responses["right"]?.map { $0.decoded() } == [["tag": "t"]])
        #expect(found.unprocessedKeys.isEmpty)
        let byTag = try await database.scan(.init(tableName: "right", indexName: "tag"))
        #expect(byTag.count == 1)
    }

    @Test func aTableWithoutHitsStillHasItsList() async throws {
        let found = try await makeDatabase().batchGetItem(
            .init(requestItems: ["left": .init(keys: [key(1)])]))
        #expect(found.responses["left"]?.isEmpty == true)
    }

    @Test func whatExceeds16MegabytesIsLeftOver() async throws {
        let database = try await makeDatabase()
        let bytes = AttributeValue.binary(Array(repeating: 7, count: 390 << 10))
        for number in 0..<50 {
            _ = try await database.putItem(
                .init(tableName: "left", item: .of(["id": .int(number), "t": bytes])))
        }
        let first = try await database.batchGetItem(
            .init(requestItems: ["left": .init(keys: (0..<50).map(key), consistentRead: true)]))
        let left = try #require(first.unprocessedKeys["left"])
        #expect(first.responses["left"]?.count == 42)
        #expect(left.keys.count == 8)
        #expect(left.consistentRead)
        let second = try await database.batchGetItem(.init(requestItems: first.unprocessedKeys))
        #expect(second.responses["left"]?.count == 8)
        #expect(second.unprocessedKeys.isEmpty)
    }

    // MARK: Refusals

    @Test func moreThan100KeysAreRefused() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.batchGetItem(
                .init(requestItems: ["left": .init(keys: (0..<101).map(key))]))
        }
        #expect(error?.message == "Too many items requested for the BatchGetItem call")
    }

    @Test func moreThan25WritesAreRefused() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.batchWriteItem(
                .init(requestItems: ["left": (0..<26).map { .delete(key: try key($0)) }]))
        }
        #expect(error?.message == "Too many items requested for the BatchWriteItem call")
    }

    @Test func aKeyTwiceIsRefused() async throws {
        let database = try await makeDatabase()
        let get = await refusal {
            // The same number, written twice.
            _ = try await database.batchGetItem(
                .init(requestItems: ["left": .init(keys: [key(1), .of(["id": 1.0])])]))
        }
        let write = await refusal {
            _ = try await database.batchWriteItem(
                .init(requestItems: ["left": [.put(key(1)), .delete(key: key(1))]]))
        }
        #expect(get?.message == "Provided list of item keys contains duplicates")
        #expect(write?.message == "Provided list of item keys contains duplicates")
    }

    @Test func aKeyTwiceThroughNameAndARNIsRefused() async throws {
        let database = try await makeDatabase()
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/left"
        let error = await refusal {
            _ = try await database.batchWriteItem(
                .init(requestItems: ["left": [.put(key(1))], arn: [.put(key(1))]]))
        }
        #expect(error?.message == "Provided list of item keys contains duplicates")
    }

    @Test func oneBadItemRefusesTheWholeBatch() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.batchWriteItem(
                .init(requestItems: ["left": [.put(key(1)), .put(.of(["id": "two"]))]]))
        }
        #expect(error?.code == .validation)
        #expect(try await database.scan(.init(tableName: "left")).count == 0)
    }

    @Test func anUnknownTableRefusesTheBatch() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.batchGetItem(
                .init(requestItems: ["none": .init(keys: [key(1)])]))
        }
        #expect(error?.code == .resourceNotFound)
    }

    @Test func anEmptyBatchIsRefused() async throws {
        let database = try await makeDatabase()
        let get = await refusal { _ = try await database.batchGetItem(.init(requestItems: [:])) }
        let write = await refusal {
            _ = try await database.batchWriteItem(.init(requestItems: [:]))
        }
        #expect(get?.code == .validation)
        #expect(write?.code == .validation)
    }
}
