import KVDatabase
import KvdTestSupport
import StorageEngine
import Testing

@Suite struct CheckpointTests {
    @Test("A checkpoint is a database of its own, with every item answered before it")
    func checkpoint() async throws {
        let test = try await TestDatabase(.table("things", ("id", .string)))
        for number in 0..<300 {
            _ = try await test.database.putItem(
                .init(
                    tableName: "things", item: EncodedItem(["id": .string("a\(number)"), "n": 1])))
        }
        try await test.database.checkpoint(to: "copy")
        _ = try await test.database.putItem(
            .init(tableName: "things", item: EncodedItem(["id": "later"])))

        var options = DatabaseOptions()
        options.filesystem = test.filesystem
        let copy = try Database.open(at: "copy", options: options)
        let page = try await copy.scan(.init(tableName: "things"))
        #expect(page.count == 300)
        try await copy.close()

        let error = await #expect(throws: DatabaseError.self) {
            try await test.database.checkpoint(to: "copy")
        }
        #expect(error?.code == .internalServerError)
        #expect(error?.message.contains("copy is not empty") == true)
        try await test.database.close()
        let closed = await #expect(throws: DatabaseError.self) {
            try await test.database.checkpoint(to: "other")
        }
        #expect(closed?.message == "the database is closed")
    }
}
