import Foundation
import KVDatabase
import Testing

/// A database of one format version with tables, kept as it was written, and what it holds as text.
///
/// `KVD_WRITE_FIXTURES=1 swift test --filter TableFixtureTests` writes the newest anew, which is right
/// only while that version is not released.
private struct TableFixture: CustomTestStringConvertible {
    static let version1 = TableFixture(version: 1)
    static let version2 = TableFixture(version: 2)

    let version: Int

    var testDescription: String { "format-v\(version)" }

    private var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/format-v\(version)/tables")
    }
    private var database: URL { folder.appending(path: "database") }
    var contents: URL { folder.appending(path: "contents.txt") }
    static let isToBeWritten = ProcessInfo.processInfo.environment["KVD_WRITE_FIXTURES"] == "1"

    static func write() async throws {
        let fixture = version2
        try? FileManager.default.removeItem(at: fixture.database)
        try FileManager.default.createDirectory(
            at: fixture.folder, withIntermediateDirectories: true)
        let written = FileManager.default.temporaryDirectory
            .appending(path: "kvd-fixture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: written) }
        let database = try Database.open(at: written.path())
        _ = try await database.createTable(
            .table(
                "everything", ("pk", .string), ("sk", .number), more: [("status", .string)],
                local: [
                    LocalSecondaryIndex(
                        indexName: "by-status", keySchema: .key("pk", "status"),
                        projection: Projection(projectionType: .keysOnly))
                ],
                global: [.index("status-sk", "status", "sk")], stream: .newAndOldImages))
        _ = try await database.createTable(.table("binary", ("id", .binary)))
        for item in try items() {
            _ = try await database.putItem(
                .init(tableName: "everything", item: EncodedItem(item)))
        }
        _ = try await database.putItem(
            .init(tableName: "binary", item: EncodedItem(["id": .binary([0, 255, 0, 1])])))
        _ = try await database.updateItem(
            .init(
                tableName: "everything", key: EncodedItem(["pk": "p1", "sk": 1]),
                updateExpression: "SET #l[0] = :new REMOVE #n ADD seen :one",
                expressionAttributeNames: ["#l": "list", "#n": "null"],
                expressionAttributeValues: EncodedItem([":new": "changed", ":one": 1])))
        _ = try await database.deleteItem(
            .init(tableName: "everything", key: EncodedItem(["pk": "p0", "sk": 0])))
        // It leaves out the zeros ahead of the log's end.
        try await database.checkpoint(to: fixture.database.path())
        try await database.close()
        try FileManager.default.removeItem(at: fixture.database.appending(path: "LOCK"))
        // Of a copy, since an open writes files of its own.
        let copy = try fixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        try await text(of: copy.path())
            .write(to: fixture.contents, atomically: true, encoding: .utf8)
    }

    /// Twelve items in three partitions with a value of every type.
    private static func items() throws -> [Item] {
        try (0..<12).map { number in
            [
                "pk": .string("p\(number % 3)"), "sk": .number(DecimalNumber(number / 3)),
                "status": number % 2 == 0 ? "PENDING" : "DONE",
                "text": "grüße, 世界 \u{1F389}", "empty": "",
                "largest": .number(
                    try DecimalNumber(parsing: "9.9999999999999999999999999999999999999E+125")),
                "smallest": .number(try DecimalNumber(parsing: "-1E-130")),
                "binary": .binary([0, 1, 254, 255]), "bool": number % 2 == 0 ? true : false,
                "null": .null, "strings": .stringSet(["b", "a"]),
                "numbers": .numberSet([3, -1, 2.5]), "binaries": .binarySet([[2], [1, 0]]),
                "list": [1, "two", [nil, true], ["deep": -7]],
                "map": ["z": 1, "a": ["inner": .stringSet(["x"])]],
            ]
        }
    }

    /// What a database answers, one thing a line.
    static func text(of folder: String) async throws -> String {
        let database = try Database.open(at: folder)
        var lines: [String] = []
        for name in try await database.listTables(.init()).tableNames {
            let table = try await database.describeTable(.init(tableName: name)).table
            lines.append("table \(name): \(table.itemCount) items, \(table.tableSizeBytes) bytes")
            for index in table.globalSecondaryIndexes ?? [] {
                lines.append("index \(index.indexName): \(index.itemCount) rows")
            }
            let page = try await database.scan(.init(tableName: name))
            lines += (page.items.map(Array.init) ?? []).map { "  \($0)" }
        }
        for status in ["PENDING", "DONE"] {
            let page = try await database.query(
                .init(
                    tableName: "everything", indexName: "status-sk",
                    keyConditionExpression: "#s = :s",
                    expressionAttributeNames: ["#s": "status"],
                    expressionAttributeValues: EncodedItem([":s": .string(status)]),
                    scanIndexForward: false))
            lines.append("status \(status), latest first")
            lines += (page.items.map(Array.init) ?? []).map {
                "  \($0.decoded()["pk"]?.stringValue ?? "") \($0.decoded()["sk"]?.numberValue ?? 0)"
            }
        }
        try await database.close()
        return lines.joined(separator: "\n") + "\n"
    }

    func temporaryCopy() throws -> URL {
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "kvd-fixture-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: database, to: copy)
        return copy
    }
}

@Suite("Tables of each format version", .serialized)
struct TableFixtureTests {
    @Test(
        "The fixture is written where that is asked for", .enabled(if: TableFixture.isToBeWritten))
    func write() async throws {
        try await TableFixture.write()
    }

    @Test(
        "Tables read as they were written, twice",
        arguments: [TableFixture.version1, .version2])
    private func read(_ fixture: TableFixture) async throws {
        let copy = try fixture.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let expected = try String(contentsOf: fixture.contents, encoding: .utf8)
        #expect(try await TableFixture.text(of: copy.path()) == expected)
        // The first open has replayed the log and written its own files.
        #expect(try await TableFixture.text(of: copy.path()) == expected)
    }
}
