import KVDatabase
import StorageEngine
import Testing

/// The stored keys of items and index rows, byte by byte.
@Suite struct StoredKeyTests {
    @Test func itemsAndIndexRowsAreDrawnAsInTheSpecification() async throws {
        let test = try await TestDatabase(
            .table(
                "things", ("pk", .string), ("sk", .binary), more: [("at", .binary)],
                global: [.index("global", "at", "sk"), .index("hash", "at")]))
        _ = try await test.database.putItem(
            .init(
                tableName: "things",
                item: .of(["pk": "a", "sk": .binary([0, 9]), "at": .binary([7])])))
        try await test.database.close()
        let stored = try StoredRows(test.filesystem)

        func hash(_ bytes: [UInt8]) -> [UInt8] {
            withUnsafeBytes(of: XXHash64.hash(bytes).bigEndian) { Array($0) }
        }
        let table: [UInt8] = [0, 0, 0, 1]
        let item: [UInt8] = [1] + table + hash([0x61]) + [0, 1, 0x61] + [0, 9]
        #expect(stored.rows(space: 1).map(\.key) == [item])
        let partition: [UInt8] = hash([7]) + [0, 1, 7]
        let base: [UInt8] = [0, 1, 0x61, 0, 9]
        let global: [UInt8] = [2] + table + [0, 1] + partition + [0, 0xFF, 9, 0, 0] + base
        let hashOnly: [UInt8] = [2] + table + [0, 2] + partition + base
        #expect(stored.rows(space: 2).map(\.key) == [global, hashOnly])
    }
}
