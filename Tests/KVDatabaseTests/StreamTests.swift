import KVDatabase
import StorageEngine
import Testing

/// The stream records that writes leave, as they are stored.
@Suite struct StreamTests {
    private func records(
        _ view: StreamViewType, _ writes: (Database) async throws -> Void
    ) async throws -> [Item] {
        let test = try await TestDatabase(
            .table("things", ("pk", .string), ("sk", .number), stream: view))
        try await writes(test.database)
        try await test.database.close()
        return try StoredRows(test.filesystem).rows(space: 3).map {
            EncodedItem(stored: $0.value).decoded()
        }
    }

    private func image(_ record: Item, _ name: String) -> Item? {
        guard case .binary(let bytes) = record[name] else { return nil }
        return EncodedItem(stored: bytes).decoded()
    }

    private func writeThrice(_ database: Database) async throws {
        let key: Item = ["pk": "a", "sk": 1]
        _ = try await database.putItem(
            .init(tableName: "things", item: .of(["pk": "a", "sk": 1, "v": 1])))
        _ = try await database.updateItem(
            .init(
                tableName: "things", key: .of(key), updateExpression: "SET v = :two",
                expressionAttributeValues: .of([":two": 2])))
        _ = try await database.deleteItem(.init(tableName: "things", key: .of(key)))
    }

    @Test func everyChangeLeavesARecordInCommitOrder() async throws {
        let found = try await records(.newAndOldImages, writeThrice)
        #expect(found.map { $0["EventName"] } == ["INSERT", "MODIFY", "REMOVE"])
        #expect(found.allSatisfy { $0["Keys"] == ["pk": "a", "sk": 1] })
        let one: Item = ["pk": "a", "sk": 1, "v": 1]
        let two: Item = ["pk": "a", "sk": 1, "v": 2]
        #expect(found.map { image($0, "OldImage") } == [nil, one, two])
        #expect(found.map { image($0, "NewImage") } == [one, two, nil])
        let size = try EncodedItem(one).sizeBytes
        let keySize = try EncodedItem(["pk": "a", "sk": 1]).sizeBytes
        #expect(
            found.map { $0["SizeBytes"] }
                == [.int(keySize + size), .int(keySize + 2 * size), .int(keySize + size)])
    }

    @Test func theViewTypeDecidesWhatARecordHolds() async throws {
        for (view, old, new) in [
            (StreamViewType.keysOnly, 0, 0), (.newImage, 0, 2), (.oldImage, 2, 0),
            (.newAndOldImages, 2, 2),
        ] {
            let found = try await records(view, writeThrice)
            #expect(found.count == 3)
            #expect(found.compactMap { image($0, "OldImage") }.count == old)
            #expect(found.compactMap { image($0, "NewImage") }.count == new)
        }
    }

    @Test func aWriteThatChangesNothingLeavesNoRecord() async throws {
        let found = try await records(.newAndOldImages) { database in
            let item: Item = ["pk": "a", "sk": 1, "set": .stringSet(["x", "y"])]
            let same: Item = ["sk": 1.0, "pk": "a", "set": .stringSet(["y", "x"])]
            _ = try await database.putItem(.init(tableName: "things", item: .of(item)))
            _ = try await database.putItem(.init(tableName: "things", item: .of(same)))
            _ = try await database.updateItem(
                .init(tableName: "things", key: .of(["pk": "a", "sk": 1])))
            _ = try await database.deleteItem(
                .init(tableName: "things", key: .of(["pk": "none", "sk": 1])))
        }
        #expect(found.count == 1)
    }

    @Test func batchesLeaveRecordsToo() async throws {
        let found = try await records(.keysOnly) { database in
            _ = try await database.batchWriteItem(
                .init(requestItems: [
                    "things": [
                        .put(.of(["pk": "a", "sk": 1])), .put(.of(["pk": "b", "sk": 1])),
                    ]
                ]))
        }
        #expect(found.count == 2)
    }

    @Test func theKeyIsDrawnAsInTheSpecification() async throws {
        let test = try await TestDatabase(.table("things", ("pk", .string), stream: .keysOnly))
        _ = try await test.database.putItem(.init(tableName: "things", item: .of(["pk": "a"])))
        try await test.database.close()
        let key = try #require(try StoredRows(test.filesystem).rows(space: 3).first).key
        #expect(key.count == 21)
        // Space, table 1, stream 1; then the four-hour period and the commit sequence.
        #expect(Array(key.prefix(9)) == [3, 0, 0, 0, 1, 0, 0, 0, 1])
        let period = key[9..<13].reduce(0) { $0 << 8 | Int($1) }
        #expect(period > 1_700_000_000 / 14_400)
        #expect(key[13...].reduce(0) { $0 << 8 | Int($1) } > 0)
    }
}
