import KVDatabase
import Testing

@Suite struct ItemOperationTests {
    let table = CreateTable.Request.table("things", ("id", .string))

    @Test func putThenGet() async throws {
        let test = try await TestDatabase(table)
        let item = try EncodedItem.of(["id": "a", "size": 12, "list": [1, "two"]])
        _ = try await test.database.putItem(.init(tableName: "things", item: item))
        let found = try await test.database.getItem(
            .init(tableName: "things", key: .of(["id": "a"])))
        #expect(found.item == item)
    }
}
