import Foundation
import KvdTestSupport
import StorageEngine
import Testing

/// A database folder of one format version, kept in the repository as it was written, and its
/// contents as text beside it.
///
/// A later version of kvd must open it and read what is written there. The newest is written anew, by
/// `KVD_WRITE_FIXTURES=1 swift test --filter FormatFixtureTests`, only while the format is not yet
/// released; a change of format gets a folder of its own.
struct FormatFixture: CustomTestStringConvertible {
    static let version1 = FormatFixture(version: 1)
    static let version2 = FormatFixture(version: 2)

    let version: Int

    var testDescription: String { "format-v\(version)" }

    /// Tests/Fixtures/format-v…/engine; this file is Tests/StorageEngineTests/FormatFixture.swift.
    private var folder: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/format-v\(version)/engine")
    }
    var database: URL { folder.appending(path: "database") }
    var contents: URL { folder.appending(path: "contents.txt") }

    static var isToBeWritten: Bool {
        ProcessInfo.processInfo.environment["KVD_WRITE_FIXTURES"] == "1"
    }

    /// What the fixture holds, from nothing but this text: the same in every version of the test.
    func steps() -> [EngineWorkload.Step] {
        version == 1 ? Self.stepsOfVersion1() : Self.stepsOfVersion1() + Self.rangeDeletions()
    }

    /// Deletions of ranges, in a table and in the log.
    private static func rangeDeletions() -> [EngineWorkload.Step] {
        [
            .commit([
                .deleteRange(bytes("compacted/2"), bytes("compacted/3")),
                .put(bytes("compacted/25"), bytes("after the range")),
            ]),
            .flush,
            .commit([.put(bytes("in the log"), bytes("again")), .add(counter: 3, 9)]),
            .commit([.put(bytes("blocks"), Array(repeating: 0x62, count: 40_000))]),
            .commit([.deleteRange(bytes("compacted/90"), bytes("compacted/95"))]),
            .commit([.put(bytes("last"), bytes("in the last synced group"))]),
        ]
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func stepsOfVersion1() -> [EngineWorkload.Step] {
        var steps: [EngineWorkload.Step] = []
        let first = (0..<120).map { number -> OrderedMapModel.Change in
            .put(bytes("compacted/\(number)"), bytes("value \(number * number)"))
        }
        steps.append(.commit(first + [.add(counter: 1, 120), .add(counter: .max, -3)]))
        // Compressible and not, empty, and larger than a block.
        steps.append(
            .commit([
                .put(bytes("repeated"), Array(repeating: 7, count: 3_000)),
                .put(bytes("mixed"), (0..<2_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 3) }),
                .put(bytes("empty"), []), .put([], bytes("the empty key")),
                .put([0, 0xFF, 0], [0, 0xFF, 0]), .put([0xFF, 0xFF], [1]),
            ]))
        steps.append(.flush)
        steps.append(
            .commit([.delete(bytes("compacted/7")), .put(bytes("compacted/8"), bytes("newer"))]))
        steps.append(.compact)
        steps.append(
            .commit([
                .put(bytes("level zero"), bytes("flushed")), .delete(bytes("compacted/9")),
                .add(counter: 1, -2),
            ]))
        steps.append(.flush)
        steps.append(
            .commit([
                .put(bytes("in the log"), bytes("replayed")), .delete(bytes("repeated/not")),
                .put(bytes("compacted/10"), Array(repeating: 0x61, count: 40_000)),
            ]))
        steps.append(.commit([.delete(bytes("compacted/11")), .add(counter: 2, 1 << 40)]))
        return steps
    }

    static var options: EngineOptions {
        var options = EngineOptions()
        options.blockSizeBytes = 512
        options.memtableSizeBytes = 1 << 20
        options.backgroundWork = .inline
        // Few, since they are kept in the repository.
        options.logZerosAheadSizeBytes = 512
        return options
    }

    /// Writes the newest folder anew, as a kill would leave it.
    static func write() throws {
        let fixture = version2
        try? FileManager.default.removeItem(at: fixture.folder)
        try FileManager.default.createDirectory(
            at: fixture.folder, withIntermediateDirectories: true)
        let written = FileManager.default.temporaryDirectory
            .appending(path: "kvd-fixture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: written) }
        let engine = try Engine.open(folder: written.path(), options: options)
        // Keeps the range deletions in a table, which a compaction would leave out.
        var snapshot: Snapshot?
        for step in fixture.steps() {
            switch step {
            case .commit(let changes):
                if case .deleteRange = changes[0] { snapshot = snapshot ?? engine.snapshot() }
                try engine.commit(changes)
            case .flush: try engine.flush()
            case .compact: try engine.compactAll()
            case .submit, .reopen, .endInterval, .takeSnapshot, .releaseSnapshot:
                preconditionFailure("the fixture is written in one go, and waits for each commit")
            }
        }
        try text(of: engine).write(to: fixture.contents, atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(at: written, to: fixture.database)
        withExtendedLifetime(snapshot) {}
        try FileManager.default.removeItem(at: fixture.database.appending(path: "LOCK"))
        try engine.close()
    }

    /// Everything a database holds: a line for each entry, in hexadecimal, then the counters.
    static func text(of engine: Engine) throws -> String {
        var lines = try engine.entries().map { "\(hex($0.key)) = \(hex($0.value))" }
        for counter in [1, 2, 3, UInt64.max] {
            lines.append("counter \(counter) = \(engine.counter(counter))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.count < 2 ? "0" + text : text
        }.joined()
    }

    /// A copy that a test may open: an open writes.
    func temporaryCopy() throws -> URL {
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "kvd-fixture-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: database, to: copy)
        return copy
    }
}
