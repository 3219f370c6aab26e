import Glibc
import KvdTestSupport
import StorageEngine
import Testing

private let folder = "/db"

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func key(_ number: Int) -> [UInt8] { bytes("key \(1_000 + number)") }

/// With durability none, several logs may be partly on the disk at once: what a crash leaves is a
/// prefix of the commits all the same, and what was synced after all is vouched for.
@Suite("Logs that nobody synced")
struct UnsyncedLogsTests {
    private static let commitCount = 400
    private let disk = SimulatedFilesystem(
        seed: SeededRandom.fromEnvironment("UnsyncedLogsTests").seed)
    private let flushes = Gate()

    /// An engine none of whose memtables reaches a table, after commits that fill some.
    private func filled(failsFlushes: Bool = false) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.durability = .none
        options.memtableSizeBytes = 8 << 10
        options.waitingMemtableLimit = 64
        let engine = try Engine.open(folder: folder, options: options)
        flushes.shut()
        disk.setHook { [flushes] call in
            guard call.kind == .write, call.path.hasSuffix(".sst") else { return .run }
            flushes.pass()
            return failsFlushes ? .fail(code: EIO) : .run
        }
        for number in 0..<Self.commitCount {
            try engine.commit([.put(key(number), Array(repeating: 7, count: number % 90))])
        }
        #expect(try logs(disk).count >= 4)
        return engine
    }

    private func end(_ engine: Engine) {
        flushes.open()
        try? engine.close()
    }

    private func logs(_ disk: SimulatedFilesystem) throws -> [String] {
        try disk.names(in: folder).filter { $0.hasSuffix(".log") }.sorted()
    }

    /// Where the records of a log end: the last one with a byte that is not zero, and zeros follow.
    /// Nil for a log that was made ahead and that nothing was written to yet.
    private func recordBytes(_ name: String) throws -> Int? {
        try disk.contents(of: "\(folder)/\(name)").lastIndex { $0 != 0 }.map { $0 + 1 }
    }

    /// How many commits a database holds, which must be the first ones.
    private func prefix(_ disk: SimulatedFilesystem) throws -> Int {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        let entries = try engine.entries()
        #expect(entries.map(\.key) == (0..<entries.count).map(key))
        try engine.close()
        return entries.count
    }

    @Test("Whatever a crash leaves of them, the state is a prefix of the commits")
    func crash() throws {
        let engine = try filled()
        var counts: Set<Int> = []
        for _ in 0..<5 {
            for policy in CrashPolicy.all {
                let count = try prefix(disk.restart(policy))
                counts.insert(count)
                if policy == .keepsAll { #expect(count == Self.commitCount) }
            }
        }
        // Some end inside a log that others follow.
        #expect(counts.count > 3)
        end(engine)
    }

    @Test("Damage in a log that nothing vouches for ends the replay there")
    func damage() throws {
        let engine = try filled()
        let damaged = disk.restart(.keepsAll)
        let name = try logs(damaged)[1]
        try damaged.corrupt("\(folder)/\(name)", at: 300)
        let count = try prefix(damaged)
        #expect(count > 0 && count < Self.commitCount)
        // Nothing is left of what came after, so that the next open finds the same.
        #expect(try prefix(damaged) == count)
        end(engine)
    }

    @Test("A close syncs all of them in order, after a flush that failed too")
    func close() throws {
        let engine = try filled(failsFlushes: true)
        flushes.open()
        // It may find the engine read-only.
        try? engine.close()
        let restarted = disk.restart(.losesAll)
        #expect(try logs(restarted).count >= 4)
        // The last log's clean end vouches for all before it.
        for (index, name) in try logs(restarted).enumerated() {
            let damaged = disk.restart(.losesAll)
            try damaged.corrupt("\(folder)/\(name)", at: 300)
            let error = #expect(throws: EngineError.self, "log \(index)") {
                _ = try prefix(damaged)
            }
            guard case .corruption(name, _, _) = error else {
                Issue.record("\(name) was damaged and \(String(describing: error)) was told")
                continue
            }
        }
        #expect(try prefix(restarted) == Self.commitCount)
    }

    @Test("A log that is synced with its only group takes no older one with it")
    func logsOfOneGroup() throws {
        let engine = try filled(failsFlushes: true)
        for number in 0..<3 {
            try engine.commit([
                .put(key(Self.commitCount + number), Array(repeating: 1, count: 5_000))
            ])
        }
        flushes.open()
        try? engine.close()
        #expect(try prefix(disk.restart(.losesAll)) == Self.commitCount + 3)
    }

    @Test("A mark behind a tear vouches for older logs too")
    func markBehindTear() throws {
        let engine = try filled()
        try engine.checkpoint(to: "/copy")
        let names = try logs(disk)
        let last = try #require(try names.last { name in try recordBytes(name) != nil })
        let synced = try #require(try recordBytes(last))
        try engine.commit([.put(key(Self.commitCount), [7])])
        let damaged = disk.restart(.keepsAll)
        try damaged.corrupt("\(folder)/\(names[1])", at: 300)
        // The new record is torn, and the mark that came with it stands behind it.
        try damaged.corrupt("\(folder)/\(last)", at: synced + 8)
        #expect(throws: EngineError.self) { _ = try prefix(damaged) }
        end(engine)
    }

    @Test("A checkpoint is whole, and a damaged log behind it is refused")
    func checkpoint() throws {
        let engine = try filled()
        try engine.checkpoint(to: "/copy")
        for number in Self.commitCount..<(Self.commitCount + 40) {
            try engine.commit([.put(key(number), [])])
        }
        let copy = try Engine.open(
            folder: "/copy", options: .tiny(filesystem: disk.restart(.losesAll)))
        #expect(try copy.entries().count == Self.commitCount)
        try copy.close()
        // What the checkpoint synced, a mark vouches for.
        let damaged = disk.restart(.keepsAll)
        try damaged.corrupt("\(folder)/\(try logs(damaged)[1])", at: 300)
        #expect(throws: EngineError.self) { _ = try prefix(damaged) }
        end(engine)
    }
}
