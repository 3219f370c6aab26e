import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private let folder = "/db"

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that change on the disk are noticed: an open or a read names the file, and nothing wrong
/// is ever answered.
@Suite("Corruption")
struct CorruptionTests {
    private static let random = SeededRandom.fromEnvironment("CorruptionTests")

    /// A closed database whose data lies in tables of several levels and in a log, and its state.
    private struct Sample {
        let disk: SimulatedFilesystem
        /// The states after each commit since the last flush, the final one last.
        let states: [OrderedMapModel]
    }

    private static func sample(closed: Bool) throws -> Sample {
        let disk = SimulatedFilesystem(seed: random.seed)
        var random = Self.random
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        var model = OrderedMapModel()
        func commit(_ count: Int) throws {
            for _ in 0..<count {
                let key = bytes("key\(random.int(in: 0..<90))")
                let change: OrderedMapModel.Change =
                    random.chance(1, in: 6)
                    ? .delete(key) : .put(key, random.bytes(count: random.int(in: 20...90)))
                let changes = [change, .add(counter: 0, 1)]
                try engine.commit(changes)
                model.apply(changes)
            }
        }
        try commit(150)
        try engine.compactAll()
        // A flush may be followed by a compaction that leaves one table.
        repeat {
            try commit(40)
            try engine.flush()
        } while try disk.names(in: folder).count { $0.hasSuffix(".sst") } < 2
        var states = [model]
        for _ in 0..<12 {
            try commit(1)
            states.append(model)
        }
        if closed { try engine.close() }
        return Sample(disk: disk.restart(.keepsAll), states: states)
    }

    /// What an open and a full read make of a damaged disk.
    private enum Verdict: Equatable {
        /// Everything reads as in this state.
        case state(Int)
        /// Refused, naming this file.
        case corruption(file: String)
        /// Refused as the format of another version.
        case unsupportedFormat
    }

    private static func verdict(_ disk: SimulatedFilesystem, _ sample: Sample) throws -> Verdict {
        do {
            let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
            defer { try? engine.close() }
            // Each key by itself too: a damaged index or filter must not hide one.
            let last = sample.states.count - 1
            let count = Int(engine.counter(0)) - Int(sample.states[0].counters[0] ?? 0)
            guard sample.states.indices.contains(count) else {
                throw Mismatch("counter 0 is \(engine.counter(0))")
            }
            let state = sample.states[count]
            for entry in sample.states[last].entries {
                guard try engine.value(of: entry.key) == state.value(of: entry.key) else {
                    throw Mismatch("a wrong value of \(describe(entry.key))")
                }
            }
            try engine.requireEqual(state)
            return .state(count)
        } catch EngineError.corruption(let file, _, let reason) {
            #expect(!reason.isEmpty)
            return .corruption(file: file)
        } catch EngineError.unsupportedFormat {
            return .unsupportedFormat
        }
    }

    private static func files(_ disk: SimulatedFilesystem) throws -> [String] {
        try disk.names(in: folder).filter { $0 != "LOCK" }
    }

    // MARK: Flipped bits

    @Test("One flipped bit in any byte of any file is harmless or reported by name")
    func flippedBits() throws {
        let sample = try Self.sample(closed: true)
        var random = Self.random
        var reported: [String: Int] = [:]
        for name in try Self.files(sample.disk) {
            let size = try sample.disk.contents(of: "\(folder)/\(name)").count
            // Every byte of small files, every few bytes of larger ones.
            for offset in stride(from: 0, to: size, by: max(1, size / 700)) {
                let mask = UInt8(1) << UInt8(random.int(in: 0..<8))
                let disk = sample.disk.restart(.keepsAll)
                try disk.corrupt("\(folder)/\(name)", at: offset, mask: mask)
                do {
                    switch try Self.verdict(disk, sample) {
                    case .state(let count):
                        #expect(
                            count == sample.states.count - 1,
                            "\(name) byte \(offset): acknowledged writes vanished in silence")
                    case .corruption(let file):
                        reported[name, default: 0] += 1
                        // The last edit of a manifest has no successor to vouch for it; that it is
                        // gone shows by the log it had put out of use.
                        #expect(
                            file == name || name.hasPrefix("MANIFEST"),
                            "\(name) byte \(offset) was reported as \(file)")
                    case .unsupportedFormat:
                        break
                    }
                } catch {
                    Issue.record(
                        "KVD_SEED=\(random.seed), \(name) of \(size) bytes, byte \(offset): \(error)"
                    )
                }
            }
        }
        for suffix in [".log", ".sst", "CURRENT"] {
            #expect(reported.contains { $0.key.hasSuffix(suffix) }, "\(suffix) was never reported")
        }
        #expect(reported.contains { $0.key.hasPrefix("MANIFEST") })
    }

    @Test("A table cut short at any length is reported by name")
    func truncatedTables() throws {
        let sample = try Self.sample(closed: true)
        for name in try Self.files(sample.disk) where name.hasSuffix(".sst") {
            let contents = try sample.disk.contents(of: "\(folder)/\(name)")
            for length in stride(from: 0, to: contents.count, by: max(1, contents.count / 60)) {
                let disk = sample.disk.restart(.keepsAll)
                try disk.replaceContents(
                    of: "\(folder)/\(name)", with: Array(contents[..<length]))
                #expect(
                    try Self.verdict(disk, sample) == .corruption(file: name),
                    "\(name) cut to \(length) of \(contents.count)")
            }
        }
    }

    @Test("A missing table, manifest or CURRENT is refused")
    func missingFiles() throws {
        let sample = try Self.sample(closed: true)
        // The newest log is created by the first write to it, so its absence alone proves nothing.
        for name in try Self.files(sample.disk) where !name.hasSuffix(".log") {
            let disk = sample.disk.restart(.keepsAll)
            try disk.remove("\(folder)/\(name)")
            let names = try Self.files(disk)
            let error = #expect(throws: EngineError.self, "without \(name)") {
                _ = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
            }
            // What was replayed for the open in vain is not left behind.
            #expect(Set(try Self.files(disk)) == Set(names))
            if name.hasSuffix(".sst") {
                guard case .corruption(name, 0, _) = error else {
                    Issue.record("\(name) is missing and told as \(String(describing: error))")
                    continue
                }
            }
        }
    }

    /// Logs of more than one memtable, as a crash leaves them while flushes are behind, and the names
    /// in their folder.
    private static func unflushed() throws -> (disk: SimulatedFilesystem, names: [String]) {
        let disk = SimulatedFilesystem(seed: random.seed)
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 256 << 10
        let engine = try Engine.open(folder: folder, options: options)
        for number in 0..<400 {
            try engine.commit([.put(bytes("key\(number)"), Array(repeating: 1, count: 200))])
        }
        let killed = disk.restart(.losesAll)
        return (killed, try files(killed))
    }

    @Test("An open that fails in the middle of a replay leaves none of its tables behind")
    func replayedTables() throws {
        let (disk, names) = try Self.unflushed()
        let log = try #require(names.last { $0.hasSuffix(".log") })
        let size = try disk.contents(of: "\(folder)/\(log)").lastIndex { $0 != 0 } ?? 0
        try disk.corrupt("\(folder)/\(log)", at: size - 2_000, mask: 1)
        disk.recordCalls()
        for _ in 0..<2 {
            let error = #expect(throws: EngineError.self) {
                _ = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
            }
            guard case .corruption(log, _, _) = error else {
                Issue.record("\(log) is damaged and told as \(String(describing: error))")
                return
            }
            #expect(try Self.files(disk) == names)
        }
        // Or the test shows nothing.
        let created = disk.recordedCalls.filter { $0.kind == .create && $0.path.hasSuffix(".sst") }
        #expect(created.count > 2)
    }

    @Test(
        "An open on a disk that fills up leaves nothing behind",
        arguments: [(".sst", 3), ("MANIFEST", 0), ("CURRENT.", 0)])
    func fullDiskAtOpen(kind: String, roomFor fileCount: Int) throws {
        let (disk, names) = try Self.unflushed()
        let created = Mutex(0)
        disk.setHook { call in
            guard call.path.contains(kind) else { return .run }
            if call.kind == .create { created.withLock { $0 += 1 } }
            let isFull = created.withLock { $0 } > fileCount
            return isFull && call.kind == .write ? .fail(code: ENOSPC) : .run
        }
        let error = #expect(throws: EngineError.self) {
            _ = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        }
        guard case .io = error else {
            Issue.record("a full disk is told as \(String(describing: error))")
            return
        }
        #expect(created.withLock { $0 } > fileCount)
        #expect(try Self.files(disk) == names)
        disk.setHook(nil)
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        #expect(try engine.entries().count == 400)
        try engine.close()
    }

    @Test("Two tables that changed places are noticed")
    func swappedTables() throws {
        let sample = try Self.sample(closed: true)
        let tables = try Self.files(sample.disk).filter { $0.hasSuffix(".sst") }
        try #require(tables.count > 1)
        let disk = sample.disk.restart(.keepsAll)
        let first = try disk.contents(of: "\(folder)/\(tables[0])")
        let second = try disk.contents(of: "\(folder)/\(tables[1])")
        try disk.replaceContents(of: "\(folder)/\(tables[0])", with: second)
        try disk.replaceContents(of: "\(folder)/\(tables[1])", with: first)
        let verdict = try Self.verdict(disk, sample)
        guard case .corruption = verdict else {
            Issue.record("the swap went unnoticed: \(verdict)")
            return
        }
    }

    // MARK: The log's tail

    /// The log that holds the last commits, and its length without the zeros behind the data.
    private static func lastLog(
        _ disk: SimulatedFilesystem
    ) throws -> (name: String, contents: [UInt8], length: Int) {
        let logs = try files(disk).filter { $0.hasSuffix(".log") }
        let name = try #require(logs.last)
        let contents = try disk.contents(of: "\(folder)/\(name)")
        let length = (contents.lastIndex { $0 != 0 } ?? -1) + 1
        return (name, contents, length)
    }

    @Test("After a crash a log may end anywhere inside its last record, which is cut in silence")
    func tornTail() throws {
        let sample = try Self.sample(closed: false)
        let log = try Self.lastLog(sample.disk)
        let last = sample.states.count - 1
        var sawCut = false
        // The record is followed by a sync mark of 15 bytes, the last of which are zero.
        for cut in 1...33 {
            for isZeroed in [false, true] {
                let disk = sample.disk.restart(.keepsAll)
                var contents = Array(log.contents[..<(log.length - cut)])
                if isZeroed { contents += Array(repeating: 0, count: cut) }
                try disk.replaceContents(of: "\(folder)/\(log.name)", with: contents)
                let verdict = try Self.verdict(disk, sample)
                // A record that ends in zeros is whole without them only where they come back.
                #expect(
                    verdict == .state(last - 1)
                        || (verdict == .state(last) && (isZeroed || cut < 15)),
                    "cut by \(cut), zeroed \(isZeroed): \(verdict)")
                sawCut = sawCut || verdict == .state(last - 1)
            }
        }
        #expect(sawCut)
    }

    @Test("A log cut short anywhere ends in a state that was committed, or is refused")
    func cutLog() throws {
        let sample = try Self.sample(closed: true)
        let log = try Self.lastLog(sample.disk)
        for cut in stride(from: 1, to: log.length, by: 7) {
            let disk = sample.disk.restart(.keepsAll)
            try disk.replaceContents(
                of: "\(folder)/\(log.name)", with: Array(log.contents[..<(log.length - cut)]))
            // A `Mismatch` of the verdict is what fails here.
            let verdict = try Self.verdict(disk, sample)
            if case .corruption(let file) = verdict { #expect(file == log.name) }
        }
    }
}
