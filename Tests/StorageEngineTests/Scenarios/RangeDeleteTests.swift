import Glibc
import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension EventLog {
    fileprivate var droppedCount: Int { count { if case .dropped = $0 { true } else { false } } }
    fileprivate var movedCount: Int { count { if case .moved = $0 { true } else { false } } }
}

@Suite("Range deletions")
struct RangeDeleteTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let events = EventLog()

    private func open(_ work: BackgroundWork = .inline) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: work)
        options.onEvent = events.add
        return try Engine.open(folder: "/db", options: options)
    }

    private func key(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    private func fill(_ engine: Engine, _ keys: Range<Int>) throws {
        for number in keys {
            let value = (0..<40).map { UInt8(truncatingIfNeeded: number * ($0 + 7) >> 2) }
            try engine.commit([.put(key(number), value)])
        }
    }

    private func keys(_ engine: Engine, at point: ReadPoint = .durable) throws -> [String] {
        try engine.entries(at: point).map { String(decoding: $0.key, as: UTF8.self) }
    }

    @Test("It removes from its lower end to before its upper end, and only what is older")
    func bounds() throws {
        let engine = try open()
        let names = ["a", "b", "ba", "c", "c\u{0}", "d"]
        for flushes in [false, true] {
            try engine.commit(names.map { .put(bytes($0), [1]) })
            if flushes { try engine.flush() }
            try engine.commit([.deleteRange(bytes("b"), bytes("c"))])
            #expect(try keys(engine) == ["a", "c", "c\u{0}", "d"])
            if flushes { try engine.flush() }
            #expect(try keys(engine) == ["a", "c", "c\u{0}", "d"])
            #expect(try engine.value(of: bytes("b")) == nil)
            #expect(try engine.value(of: bytes("c")) == [1])
            try engine.commit([.put(bytes("ba"), [2])])
            #expect(try engine.value(of: bytes("ba")) == [2])
            #expect(try engine.entries(backward: true).map(\.key).first == bytes("d"))
            #expect(try keys(engine) == ["a", "ba", "c", "c\u{0}", "d"])
        }
        try engine.close()
    }

    @Test("In a batch it removes what came before it there, and nothing after")
    func order() throws {
        let engine = try open()
        try engine.commit([
            .put(bytes("k1"), [1]), .deleteRange(bytes("k"), bytes("l")), .put(bytes("k2"), [2]),
        ])
        #expect(try keys(engine) == ["k2"])
        try engine.close()
    }

    @Test("An empty range and an inverted one remove nothing and are no entry")
    func emptyRange() throws {
        let engine = try open()
        try engine.commit([.put(bytes("k"), [1])])
        let batch = WriteBatch()
        batch.deleteRange(lower: bytes("k"), upper: bytes("k"))
        batch.deleteRange(lower: bytes("z"), upper: bytes("a"))
        #expect(batch.isEmpty)
        #expect(try engine.submit(batch, mayBlock: true) == engine.appliedSequence)
        #expect(try keys(engine) == ["k"])
        try engine.close()
    }

    @Test("An upper end longer than a key may be is refused as a key is")
    func oversizeUpper() throws {
        let engine = try open()
        let batch = WriteBatch()
        let upper = Array(repeating: UInt8(0x62), count: WriteBatch.keySizeLimitBytes + 1)
        batch.deleteRange(lower: bytes("a"), upper: upper)
        #expect(throws: EngineError.self) { try engine.commit(batch) }
        try engine.close()
    }

    @Test("More than a memtable may hold is refused, and as many in two batches are two memtables")
    func limit() throws {
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 4 << 20
        let engine = try Engine.open(folder: "/db", options: options)
        /// Ranges of which each lies in the one before.
        func nested(_ count: Int) -> WriteBatch {
            let batch = WriteBatch()
            for number in 0..<count {
                let ends = [number, 10_000 - number].map { value in
                    withUnsafeBytes(of: UInt16(value).bigEndian) { Array($0) }
                }
                batch.deleteRange(lower: ends[0], upper: ends[1])
            }
            return batch
        }
        try engine.commit([.put([0, 1], [1]), .put([0x27, 0x10], [2])])
        let error = #expect(throws: EngineError.self) { try engine.commit(nested(1025)) }
        guard case .invalidArgument = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try engine.entries().count == 2)
        let batch = nested(1024)
        try engine.commit(batch)
        #expect(engine.statistics().flushCount == 0)
        #expect(try engine.entries().map(\.key) == [[0x27, 0x10]])
        batch.removeAll()
        batch.deleteRange(lower: [0x27], upper: [0x28])
        try engine.commit(batch)
        #expect(engine.statistics().flushCount == 1)
        #expect(try engine.entries().isEmpty)
        try engine.close()
    }

    @Test("Snapshots older than it see what it removed, wherever it lies")
    func snapshots() throws {
        let engine = try open()
        try fill(engine, 0..<200)
        let before = engine.snapshot()
        try engine.commit([.deleteRange(key(50), key(150))])
        let after = engine.snapshot()
        try engine.commit([.put(key(99), [9])])
        for step in 0..<4 {
            switch step {
            case 1: try engine.flush()
            case 2: try engine.compactAll()
            default: break
            }
            // Before a cursor makes the memtable's fragments: a point read walks its tombstones.
            #expect(try engine.value(of: key(99), at: .snapshot(before)) != nil)
            #expect(try engine.value(of: key(99), at: .snapshot(after)) == nil)
            #expect(try engine.value(of: key(99)) == [9])
            #expect(try engine.entries(at: .snapshot(before)).count == 200)
            #expect(try engine.entries(at: .snapshot(after)).count == 100)
            #expect(try engine.entries().count == 101)
        }
        try engine.close()
    }

    @Test("A write that is applied and not durable is seen at its read point alone")
    func readPoints() throws {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.durability = .none
        let engine = try Engine.open(folder: "/db", options: options)
        try engine.commit([.put(bytes("k"), [1])])
        let batch = WriteBatch()
        batch.deleteRange(lower: bytes("a"), upper: bytes("z"))
        let sequence = try engine.submit(batch, mayBlock: true)
        #expect(try engine.value(of: bytes("k"), at: .applied) == nil)
        #expect(try engine.entries(at: .applied).isEmpty)
        if engine.durableSequence < sequence {
            #expect(try engine.value(of: bytes("k")) == [1])
            #expect(try engine.entries().count == 1)
        }
        try engine.close()
    }

    @Test("What it covers goes from the disk, and in the end it does itself")
    func compaction() throws {
        let engine = try open()
        try fill(engine, 0..<1000)
        try engine.compactAll()
        try engine.commit([.deleteRange(key(100), key(900))])
        try engine.compactAll()
        let levels = engine.statistics().levels
        #expect(levels[6].entryCount == 200)
        #expect(levels.allSatisfy { $0.rangeDeletionCount == 0 && $0.deletionCount == 0 })
        #expect(try engine.entries().count == 200)
        try engine.close()
    }

    @Test("Tables that hold nothing else go without a byte of them being read or written")
    func dropsUnread() throws {
        let engine = try open()
        try fill(engine, 0..<3000)
        try engine.compactAll()
        let before = engine.statistics()
        #expect(before.levels[6].tableCount > 10)
        events.clear()
        try engine.commit([.deleteRange(key(0), key(4000))])
        try engine.flush()
        let after = engine.statistics()
        #expect(after.levels.allSatisfy { $0.tableCount == 0 })
        #expect(events.droppedCount == before.levels[6].tableCount)
        let counted = after.levels.reduce(0) { $0 + $1.droppedTableCount }
        #expect(Int(counted) == events.droppedCount)
        // A table of one tombstone is written, and read once to let it go.
        #expect(after.tables.bytesRead - before.tables.bytesRead < 3000)
        #expect(after.tables.bytesWritten - before.tables.bytesWritten < 3000)
        #expect(try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }.isEmpty)
        #expect(try engine.entries().isEmpty)
        try engine.close()
    }

    @Test("A snapshot keeps such tables until it is released, and then they go by themselves")
    func dropsAfterRelease() throws {
        let engine = try open(.threads)
        try fill(engine, 0..<3000)
        try engine.compactAll()
        var snapshot: Snapshot? = engine.snapshot()
        try engine.commit([.deleteRange(key(0), key(4000))])
        try engine.flush()
        #expect(!eventually(within: 0.2) { events.droppedCount > 0 })
        if let snapshot { #expect(try engine.entries(at: .snapshot(snapshot)).count == 3000) }
        snapshot = nil
        #expect(eventually { engine.statistics().levels.allSatisfy { $0.tableCount == 0 } })
        #expect(events.droppedCount > 0)
        try engine.close()
    }

    @Test("Puts that only a snapshot kept from a tombstone of their own table go after its release")
    func hiddenPuts() throws {
        let engine = try open(.threads)
        try fill(engine, 0..<300)
        var snapshot: Snapshot? = engine.snapshot()
        try engine.commit([.deleteRange(key(0), key(250))])
        try engine.compactAll()
        if let snapshot { #expect(try engine.entries(at: .snapshot(snapshot)).count == 300) }
        #expect(engine.statistics().levels[6].entryCount == 300)
        snapshot = nil
        #expect(eventually { engine.statistics().levels[6].entryCount < 100 })
        #expect(try engine.entries().count == 50)
        try engine.close()
    }

    @Test("A tombstone over a few tables is merged with them though every level is within its size")
    func mergedEarly() throws {
        let engine = try open()
        try fill(engine, 0..<300)
        try engine.compactAll()
        try engine.commit([.deleteRange(key(20), key(60))])
        try engine.flush()
        let levels = engine.statistics().levels
        #expect(levels.allSatisfy { $0.rangeDeletionCount == 0 })
        #expect(levels[6].entryCount == 260)
        try engine.close()
    }

    @Test("A table with a tombstone moves down as it is, and a rewrite finds that it hides nothing")
    func moves() throws {
        var options = EngineOptions.tiny(filesystem: disk)
        options.levelZeroCompactionTrigger = 1
        options.onEvent = events.add
        let engine = try Engine.open(folder: "/db", options: options)
        // Neighbours in the last level, with a gap that the tombstone's own table fits into.
        try fill(engine, 0..<100)
        try fill(engine, 300..<400)
        try engine.compactAll()
        let keeper = engine.snapshot()
        try engine.commit([.deleteRange(key(150), key(250)), .put(key(200), [1])])
        try engine.commit([.deleteRange(key(190), key(195))])
        // So many entries that the tombstones are no cause for a rewrite.
        try fill(engine, 230..<250)
        events.clear()
        try engine.flush()
        #expect(events.movedCount > 0)
        #expect(engine.statistics().levels[1...].contains { $0.rangeDeletionCount > 0 })
        #expect(try engine.entries().count == 221)
        try engine.commit([.put(key(193), [2])])
        try engine.compactAll()
        #expect(try engine.value(of: key(193)) == [2])
        #expect(engine.statistics().levels.allSatisfy { $0.rangeDeletionCount == 0 })
        #expect(try engine.entries(at: .snapshot(keeper)).count == 200)
        try engine.close()
    }

    @Test("A filter that denies a key does not hide a tombstone over it")
    func filters() throws {
        let engine = try open()
        try engine.commit([.put(bytes("k"), [1])])
        try engine.compactAll()
        let keeper = engine.snapshot()
        try engine.commit([.put(bytes("a"), [1]), .deleteRange(bytes("j"), bytes("l"))])
        try engine.flush()
        #expect(engine.statistics().levels.reduce(0) { $0 + $1.rangeDeletionCount } == 1)
        #expect(try engine.value(of: bytes("k")) == nil)
        #expect(try engine.value(of: bytes("k"), at: .snapshot(keeper)) == [1])
        try engine.close()
    }

    @Test("A cursor seeks past what a long range removed, in both directions")
    func skips() throws {
        let engine = try open()
        try fill(engine, 0..<2000)
        try engine.compactAll()
        let keeper = engine.snapshot()
        try engine.commit([.deleteRange(key(10), key(1990))])
        let reads = engine.statistics().cache
        #expect(try engine.entries().count == 20)
        #expect(try engine.entries(backward: true).count == 20)
        let later = engine.statistics().cache
        let blocks = later.hitCount + later.missCount - reads.hitCount - reads.missCount
        // 2,000 entries fill some 250 blocks, which a walk would read one by one.
        #expect(blocks < 40, "\(blocks) blocks were read")
        withExtendedLifetime(keeper) {}
        try engine.close()
    }

    @Test("Tombstones in the log, in tables and in the manifest come back after a reopen")
    func reopen() throws {
        var engine = try open()
        try fill(engine, 0..<300)
        try engine.compactAll()
        try engine.commit([.deleteRange(key(10), key(20)), .put(key(15), [1])])
        try engine.flush()
        try engine.commit([.deleteRange(key(100), key(290))])
        for _ in 0..<3 {
            try engine.close()
            engine = try open()
            #expect(try engine.entries().count == 101)
            #expect(try engine.value(of: key(15)) == [1])
            #expect(try engine.value(of: key(12)) == nil)
        }
        try engine.close()
    }

    @Test("A replay spreads range deletions over as many memtables as the writing did")
    func manyTombstonesReplayed() throws {
        let isHeld = Mutex(true)
        defer { isHeld.withLock { $0 = false } }
        // Both batches would fit in one, but for the bound.
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.memtableSizeBytes = 1 << 20
        let engine = try Engine.open(folder: "/db", options: options)
        disk.setHook { call in
            if call.kind == .write, call.path.hasSuffix(".sst") {
                while isHeld.withLock({ $0 }) { usleep(1_000) }
            }
            return .run
        }
        for first in [0, 1_000] {
            let batch = WriteBatch()
            for number in first..<first + 1_000 {
                batch.deleteRange(lower: key(number), upper: key(number + 1))
            }
            try engine.commit(batch)
        }
        let restarted = disk.restart(.losesAll)
        options = .tiny(filesystem: restarted)
        options.memtableSizeBytes = 1 << 20
        let reopened = try Engine.open(folder: "/db", options: options)
        let levelZero = reopened.statistics().levels[0]
        #expect(levelZero.tableCount == 2)
        #expect(levelZero.rangeDeletionCount == 2_000)
        try reopened.close()
    }

    @Test("A batch of more range deletions than a memtable takes is refused and changes nothing")
    func tooManyInBatch() throws {
        let engine = try open()
        try fill(engine, 0..<10)
        let sequence = engine.appliedSequence
        let batch = WriteBatch()
        for number in 0...WriteBatch.rangeDeletionLimit {
            batch.deleteRange(lower: key(number), upper: key(number + 1))
        }
        let error = #expect(throws: EngineError.self) { try engine.commit(batch) }
        guard case .invalidArgument = error else {
            Issue.record("\(String(describing: error)) and not an invalid argument")
            return
        }
        #expect(engine.appliedSequence == sequence)
        #expect(try engine.entries().count == 10)
        try engine.close()
    }

    @Test("A memtable that holds many tombstones is flushed, and no read gets lost meanwhile")
    func manyTombstones() throws {
        let options = EngineOptions.tiny(filesystem: disk)
        var large = options
        large.memtableSizeBytes = 4 << 20
        let engine = try Engine.open(folder: "/db", options: large)
        try fill(engine, 0..<100)
        for number in 0..<3000 {
            let first = number % 100
            try engine.commit([.deleteRange(key(first), key(first + 1)), .put(key(first), [7])])
            if number % 7 == 0 { #expect(try engine.value(of: key(first)) == [7]) }
            if number % 500 == 0 { #expect(try engine.entries().count == 100) }
        }
        #expect(engine.statistics().flushCount >= 2)
        // As many as one batch may have: they must fit in one memtable.
        let batch = WriteBatch()
        for number in 0..<WriteBatch.rangeDeletionLimit {
            batch.deleteRange(lower: key(number), upper: key(number + 1))
        }
        try engine.commit(batch)
        #expect(try engine.entries().isEmpty)
        try engine.close()
    }
}
