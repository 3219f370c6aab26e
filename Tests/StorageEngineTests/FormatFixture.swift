import Foundation
import KvdTestSupport
import StorageEngine

/// A database folder of format version 1, kept in the repository as it was written, and its
/// contents as text beside it.
///
/// A later version of kvd must open it and read what is written there. It is written anew, by
/// `KVD_WRITE_FIXTURES=1 swift test --filter FormatFixtureTests`, only while the format is not yet
/// released; afterwards a change of format gets a folder of its own.
enum FormatFixture {
    /// Tests/Fixtures/format-v1/engine; this file is Tests/StorageEngineTests/FormatFixture.swift.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/format-v1/engine")
    static let database = folder.appending(path: "database")
    static let contents = folder.appending(path: "contents.txt")

    static var isToBeWritten: Bool {
        ProcessInfo.processInfo.environment["KVD_WRITE_FIXTURES"] == "1"
    }

    /// What the fixture holds, from nothing but this text: the same in every version of the test.
    static func steps() -> [EngineWorkload.Step] {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
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
        return options
    }

    /// Writes the folder anew; the log stays unflushed, as after a kill.
    static func write() throws {
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true)
        let engine = try Engine.open(folder: database.path(), options: options)
        for step in steps() {
            switch step {
            case .commit(let changes): try engine.commit(changes)
            case .flush: try engine.flush()
            case .compact: try engine.compactAll()
            case .reopen: preconditionFailure("the fixture is written in one go")
            }
        }
        try text(of: engine).write(to: contents, atomically: true, encoding: .utf8)
        try engine.close()
        try FileManager.default.removeItem(at: database.appending(path: "LOCK"))
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
    static func temporaryCopy() throws -> URL {
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "kvd-fixture-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: database, to: copy)
        return copy
    }
}
