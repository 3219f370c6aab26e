import Foundation
import Glibc
import KvdTestSupport
import StorageEngine
import Testing

private let folder = "/db"

private func key(_ number: Int) -> [UInt8] { Array("key \(10_000 + number)".utf8) }

extension EventLog {
    /// How many times it was told that something failed and is tried again.
    fileprivate var retryCount: Int { count { if case .retrying = $0 { true } else { false } } }

    /// Whether a compaction began and neither ended nor was given up for a flush.
    fileprivate var isCompacting: Bool {
        for event in all.reversed() {
            switch event {
            case .compactionBegan: return true
            case .flushBegan, .compactionEnded: return false
            default: continue
            }
        }
        return false
    }

    /// Whether a compaction that was asked for began.
    fileprivate var hasRequested: Bool {
        contains {
            if case .compactionBegan(let input) = $0 { input.reason == .requested } else { false }
        }
    }

    /// The reasons of compactions that have ended, and where they and moves began, in their order.
    fileprivate var steps: [(level: Int, reason: CompactionReason?)] {
        all.compactMap { event in
            switch event {
            case .compactionEnded(let summary): (summary.input.fromLevel, summary.input.reason)
            case .moved(_, _, let level, _): (level, nil)
            default: nil
            }
        }
    }
}

/// What the calling thread is called, as Linux shows it.
private var threadName: String? {
    try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        .trimmingCharacters(in: .newlines)
}

/// What goes on beside a compaction that takes long, or that fails.
@Suite("Beside a long or failing compaction", .timeLimit(.minutes(2)))
struct LongCompactionTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let events = EventLog()

    private func open(
        _ backgroundWork: BackgroundWork, retryPause: Duration = .seconds(3_600)
    ) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: backgroundWork)
        options.simulation.compactionRetryPause = retryPause
        options.onEvent = events.add
        return try Engine.open(folder: folder, options: options)
    }

    /// Overwrites a hundred keys, and makes a table of level 0 of that.
    private func addTable(_ engine: Engine, round: Int) throws {
        for number in 0..<100 {
            try engine.commit([.put(key(number), Array("value \(round)".utf8))])
        }
        try engine.flush()
    }

    /// Lets every table that a compaction, and no flush, creates fail for want of room.
    private func failCompactions(_ backgroundWork: BackgroundWork) {
        disk.setHook { [events] call in
            guard call.kind == .create, call.path.hasSuffix(".sst") else { return .run }
            // Flushes may come in between where there are threads.
            let isCompacting =
                backgroundWork == .threads ? threadName == "kvd-compact" : events.isCompacting
            return isCompacting ? .fail(code: ENOSPC) : .run
        }
    }

    @Test("A compaction that finds the disk full keeps no one from writing while level 0 has room")
    func fullDisk() throws {
        let engine = try open(.inline)
        try addTable(engine, round: 0)
        failCompactions(.inline)
        for round in 1..<5 { try addTable(engine, round: round) }
        let statistics = engine.statistics()
        #expect(statistics.levels[0].sortedRunCount > 3)
        // Once there is room, it goes on by itself.
        disk.setHook(nil)
        try addTable(engine, round: 5)
        #expect(engine.statistics().levels[0].sortedRunCount < 2)
        #expect(try engine.entries().allSatisfy { $0.value == Array("value 5".utf8) })
        try engine.close()
    }

    @Test("A compaction leaves logs and flushes a memtable's room, or as much as it reads")
    func reserve() throws {
        let engine = try open(.inline)
        disk.setAvailableBytes(1_000)
        disk.setHook { [events] call in
            if call.kind == .create, call.path.hasSuffix(".sst"), events.isCompacting {
                Issue.record("it began a table")
            }
            return .run
        }
        for round in 0..<4 { try addTable(engine, round: round) }
        #expect(engine.statistics().levels[0].sortedRunCount == 3)
        let error = #expect(throws: EngineError.self) { try engine.compactAll() }
        guard case .io(let failure) = error, failure.code == ENOSPC else {
            Issue.record("\(String(describing: error))")
            return
        }
        let needed = engine.statistics().levels.reduce(0) { $0 + $1.sizeBytes }
        // Less than a memtable.
        #expect((1_001..<16 << 10).contains(needed))
        disk.setHook(nil)
        disk.setAvailableBytes(needed - 1)
        #expect(throws: EngineError.self) { try engine.compactAll() }
        disk.setAvailableBytes(needed)
        try engine.compactAll()
        #expect(engine.statistics().levels[0].sortedRunCount == 0)
        try engine.close()
    }

    @Test("A compaction that fills the disk ends before it is full, and leaves nothing behind")
    func reserveMeanwhile() throws {
        let engine = try open(.inline)
        for number in 0..<3_000 { try engine.commit([.put(key(number), [UInt8(number & 0xFF)])]) }
        try engine.compactAll()
        for number in 0..<3_000 { try engine.commit([.put(key(number), [1])]) }
        try engine.flush()
        func tables() throws -> Set<String> {
            Set(try disk.names(in: folder).filter { $0.hasSuffix(".sst") })
        }
        let before = try tables()
        events.clear()
        disk.setHook { [disk, events] call in
            if call.kind == .create, call.path.hasSuffix(".sst"), events.isCompacting {
                disk.setAvailableBytes(100)
            }
            return .run
        }
        #expect(throws: EngineError.self) { try engine.compactAll() }
        #expect(try tables() == before)
        disk.setHook(nil)
        disk.setAvailableBytes(nil)
        try engine.compactAll()
        #expect(try engine.entries().count == 3_000)
        try engine.close()
    }

    @Test("Where level 0 has no room left the engine is read-only, and says why")
    func fullDiskAndLevel() throws {
        let engine = try open(.inline)
        failCompactions(.inline)
        let error = #expect(throws: EngineError.self) {
            for round in 0..<20 { try addTable(engine, round: round) }
        }
        guard case .readOnly(let reason) = error, reason.contains("compaction failed") else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(engine.statistics().levels[0].sortedRunCount == 6)
        #expect(try engine.entries().count == 100)
        try? engine.close()
        disk.setHook(nil)
        let again = try open(.inline)
        try addTable(again, round: 20)
        #expect(again.statistics().levels[0].sortedRunCount < 2)
        try again.close()
    }

    @Test("It is tried again by itself after a while")
    func triedAgain() throws {
        let engine = try open(.threads, retryPause: .milliseconds(10))
        failCompactions(.threads)
        // The first of these moves to where it overlaps nothing.
        for round in 0..<3 { try addTable(engine, round: round) }
        // Each time three tries are told, and three flushes ask for no more than three times.
        #expect(eventually { events.retryCount > 9 })
        disk.setHook(nil)
        #expect(eventually { engine.statistics().levels[0].sortedRunCount < 2 })
        try engine.close()
    }

    @Test("A flush ends the pause before it is tried again, and so does a close")
    func pauseEnds() throws {
        let engine = try open(.threads)
        failCompactions(.threads)
        for round in 0..<3 { try addTable(engine, round: round) }
        #expect(eventually { events.retryCount >= 3 })
        disk.setHook(nil)
        try addTable(engine, round: 3)
        #expect(eventually { engine.statistics().levels[0].sortedRunCount < 2 })
        events.clear()
        failCompactions(.threads)
        for round in 4..<7 { try addTable(engine, round: round) }
        #expect(eventually { events.retryCount >= 3 })
        try engine.close()
    }

    @Test("A compaction of all ends where the engine became read-only meanwhile, and says why")
    func readOnlyMeanwhile() throws {
        let engine = try open(.threads)
        // So many, of which little compresses, that it takes several steps.
        var random = SeededRandom(seed: 1)
        for number in 0..<3_000 {
            try engine.commit([.put(key(number % 2_000), random.bytes(count: 100))])
        }
        disk.setHook { [self] call in
            guard call.kind == .create, call.path.hasSuffix(".sst"), events.hasRequested else {
                return .run
            }
            disk.setHook { call in
                call.kind == .sync && call.path.hasSuffix(".log") ? .fail(code: EIO) : .run
            }
            #expect(throws: EngineError.self) { try engine.commit([.put([1], [1])]) }
            return .run
        }
        let error = #expect(throws: EngineError.self) { try engine.compactAll() }
        guard case .readOnly = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try engine.entries().count == 2_000)
        try? engine.close()
    }

    @Test("A compaction of all makes room in level 0 for what is written meanwhile")
    func relief() throws {
        let engine = try open(.threads)
        for number in 0..<2_000 { try engine.commit([.put(key(number), [1, 2, 3])]) }
        try engine.compactAll()
        for number in 0..<2_000 { try engine.commit([.put(key(number), [4, 5, 6])]) }
        try engine.flush()
        disk.setHook { [self] call in
            guard call.kind == .create, call.path.hasSuffix(".sst"), events.isCompacting else {
                return .run
            }
            disk.setHook(nil)
            events.clear()
            for round in 0..<3 {
                #expect(throws: Never.self) { try addTable(engine, round: round) }
            }
            return .run
        }
        try engine.compactAll()
        // While the call went on, the compaction thread had to wait.
        let steps = events.steps
        #expect(steps.first?.reason == .requested)
        #expect(steps.contains { $0.level == 0 && $0.reason == .levelFull }, "\(steps)")
        try engine.close()
    }
}
