import Foundation
import KVDatabase
import Testing

/// What an inspection says of the database of format version 1 that the repository keeps.
@Suite("Inspection")
struct InspectionTests {
    private static let database = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/format-v1/tables/database")

    private static func file(_ suffix: String) throws -> URL {
        let names = try FileManager.default.contentsOfDirectory(atPath: database.path())
        let name = try #require(names.first { $0.hasSuffix(suffix) })
        return database.appending(path: name)
    }

    private static func inspect(_ url: URL, _ change: (inout Inspection) -> Void = { _ in })
        throws -> (lines: [InspectionLine], isWhole: Bool)
    {
        var inspection = Inspection(path: url.path())
        change(&inspection)
        var lines: [InspectionLine] = []
        let isWhole = try inspection.run { lines.append($0) }
        return (lines, isWhole)
    }

    /// A copy that a test may change.
    private static func temporaryCopy() throws -> URL {
        let copy = FileManager.default.temporaryDirectory
            .appending(path: "kvd-inspection-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: database, to: copy)
        return copy
    }

    @Test("A folder is shown and left as it was")
    func folder() throws {
        func state() throws -> [String: Data] {
            var state: [String: Data] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: Self.database.path()) {
                state[name] = try Data(contentsOf: Self.database.appending(path: name))
            }
            return state
        }
        let before = try state()
        let (lines, isWhole) = try Self.inspect(Self.database) { $0.verifies = true }
        #expect(isWhole)
        #expect(lines.map(\.kind) == ["database", "log", "verified"])
        #expect(lines[0].field("logFormatVersion") == "1")
        #expect(lines[1].field("isInForce") == "true")
        #expect(try state() == before)
    }

    @Test("The keys of kvd's rows are shown in parts")
    func rowKeys() throws {
        let (lines, isWhole) = try Self.inspect(Self.file(".log"))
        #expect(isWhole)
        #expect(lines.map(\.kind).prefix(3) == ["log", "header", "record"])
        #expect(lines.last?.kind == "end")
        let rows = lines.filter { $0.kind == "put" }.compactMap { $0.row("key") }
        let kinds = Set(rows.compactMap { $0["row"] })
        #expect(
            kinds == [
                "catalog header", "table description", "item", "index row", "stream record",
            ])
        #expect(rows.contains(["row": "table description", "name": "everything"]))
        // The number 0 is stored as 80.
        #expect(
            rows.contains(["row": "item", "table": "1", "partition": "7030", "sort": "80"]))
        // An item of a table without a sort key has none.
        #expect(rows.contains(["row": "item", "table": "2", "partition": "00ff0001"]))
        #expect(rows.contains { $0["row"] == "index row" && $0["index"] == "2" })
    }

    @Test("Values are cut unless they are asked for whole")
    func values() throws {
        for isWhole in [false, true] {
            let (lines, _) = try Self.inspect(Self.file(".log")) { $0.showsWholeValues = isWhole }
            let counts = lines.filter { $0.kind == "put" }.flatMap(\.fields)
                .compactMap { field -> (shown: Int, of: Int)? in
                    guard case .bytes(let prefix, let count) = field.value else { return nil }
                    return (prefix.count, count)
                }
            #expect(counts.contains { $0.of > 32 })
            #expect(counts.allSatisfy { $0.shown == (isWhole ? $0.of : min($0.of, 32)) })
        }
    }

    @Test("Damage is a line with its file and offset, and the inspection says so")
    func damage() throws {
        let copy = try Self.temporaryCopy()
        defer { try? FileManager.default.removeItem(at: copy) }
        let log = copy.appending(path: try Self.file(".log").lastPathComponent)
        var bytes = try Data(contentsOf: log)
        bytes[100] ^= 1
        try bytes.write(to: log)
        for path in [log, copy] {
            let (lines, isWhole) = try Self.inspect(path) { $0.verifies = true }
            #expect(!isWhole)
            let damage = try #require(lines.first { $0.kind == "damage" })
            #expect(damage.field("file") == log.lastPathComponent)
            #expect(damage.field("offset") == "79")
        }
    }

    @Test("A path where nothing is, or nothing of kvd's, is refused")
    func refused() throws {
        for path in ["/nonexistent/kvd", #filePath, "/"] {
            #expect(throws: DatabaseError.self) { try Inspection(path: path).run { _ in } }
        }
    }

    @Test("A table is shown by blocks and entries, no more of these than asked for")
    func table() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "kvd-inspection-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try Database.open(at: folder.path())
        _ = try await database.createTable(.table("things", ("pk", .string)))
        for number in 0..<400 {
            _ = try await database.putItem(
                .init(tableName: "things", item: .of(["pk": .string("thing \(number)")])))
        }
        try database.flush()
        // While the database is open.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path())
        let table = folder.appending(path: try #require(names.first { $0.hasSuffix(".sst") }))
        let (lines, isWhole) = try Self.inspect(table) {
            $0.entryLimit = 50
            $0.verifies = true
        }
        #expect(isWhole)
        let end = ["table", "footer", "properties", "filter", "index"]
        #expect(lines.map(\.kind).prefix(5) == end[...])
        #expect(lines.filter { $0.kind == "put" }.count == 50)
        let blocks = lines.filter { $0.kind == "block" }
        #expect(blocks.count > 1)
        #expect(lines.suffix(2).map(\.kind) == ["blocks", "verified"])
        #expect(lines.suffix(2).first?.field("count") == "\(blocks.count)")
        let (folderLines, _) = try Self.inspect(folder) { $0.verifies = true }
        #expect(folderLines.first { $0.kind == "level" }?.field("tables") == "1")
        #expect(folderLines.last?.kind == "verified")
        try await database.close()
    }
}

extension InspectionLine {
    fileprivate func field(_ name: String) -> String? {
        fields.first { $0.name == name }.map(Self.text)
    }

    /// The parts of a key.
    fileprivate func row(_ name: String) -> [String: String]? {
        guard case .key(_, let row) = fields.first(where: { $0.name == name })?.value else {
            return nil
        }
        return Dictionary(uniqueKeysWithValues: row.map { ($0.name, Self.text($0)) })
    }

    private static func text(_ field: Field) -> String {
        switch field.value {
        case .count(let count): "\(count)"
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): text
        case .flag(let flag): "\(flag)"
        case .numbers(let numbers): "\(numbers)"
        case .bytes(let bytes, _), .key(let bytes, _):
            bytes.map { String(format: "%02x", $0) }.joined()
        }
    }
}
