import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Many threads at once; meant to be run under the thread sanitizer too.
@Suite("Concurrent readers and writers")
struct ConcurrencyTests {
    private static let writerCount = 3
    private static let readerCount = 3
    private static let rounds = 1_500

    private let disk = SimulatedFilesystem(seed: 1)

    private func open() throws -> Engine {
        try Engine.open(
            folder: "/db", options: .tiny(filesystem: disk, backgroundWork: .threads))
    }

    /// The pair of keys that each writer changes in one batch, far apart in the order.
    private static func pair(_ writer: Int) -> (low: [UInt8], high: [UInt8]) {
        (bytes("a\(writer)"), bytes("z\(writer)"))
    }

    private static func number(_ value: [UInt8]?) -> Int {
        value.flatMap { Int(String(decoding: $0.prefix { $0 != 32 }, as: UTF8.self)) } ?? -1
    }

    @Test("A batch is seen whole or not at all, and time never runs backwards")
    func atomicBatches() throws {
        let engine = try open()
        let writersLeft = Atomic<Int>(Self.writerCount)
        try runThreads(Self.writerCount + Self.readerCount) { index in
            if index < Self.writerCount {
                defer { writersLeft.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
                try Self.write(engine, index)
            } else {
                var seen = [Int](repeating: -1, count: Self.writerCount)
                while writersLeft.load(ordering: .acquiring) > 0 {
                    try Self.checkPoints(engine, &seen)
                    try Self.checkScan(engine, &seen)
                    let memory = engine.statistics().memory
                    #expect(memory.memtableBytes > 0)
                }
            }
        }
        for writer in 0..<Self.writerCount {
            let (low, high) = Self.pair(writer)
            #expect(Self.number(try engine.value(of: low)) == Self.rounds - 1)
            #expect(Self.number(try engine.value(of: high)) == Self.rounds - 1)
            #expect(engine.counter(UInt64(writer)) == Int64(Self.rounds))
        }
        try engine.close()
    }

    private static func write(_ engine: Engine, _ writer: Int) throws {
        let (low, high) = pair(writer)
        let padding = String(repeating: "x", count: 120)
        for round in 0..<rounds {
            let value = bytes("\(round) \(padding)")
            let batch = WriteBatch([
                .put(low, value), .put(bytes("m\(writer)/\(round % 50)"), value),
                .put(high, value), .add(counter: UInt64(writer), 1),
            ])
            try engine.commit(batch)
            let found = number(try engine.value(of: low))
            guard found == round else {
                throw Mismatch("writer \(writer) reads \(found) after its write of \(round)")
            }
        }
    }

    /// Both keys of a pair, through one snapshot.
    private static func checkPoints(_ engine: Engine, _ seen: inout [Int]) throws {
        let snapshot = engine.snapshot()
        for writer in 0..<writerCount {
            let (low, high) = pair(writer)
            let first = number(try engine.value(of: low, at: .snapshot(snapshot)))
            let second = number(try engine.value(of: high, at: .snapshot(snapshot)))
            guard first == second, first >= seen[writer] else {
                throw Mismatch("writer \(writer): \(first) and \(second) after \(seen[writer])")
            }
            seen[writer] = first
        }
    }

    /// All keys, through one cursor, in either direction.
    private static func checkScan(_ engine: Engine, _ seen: inout [Int]) throws {
        for isBackward in [false, true] {
            let entries = try engine.entries(backward: isBackward)
            let keys = entries.map(\.key)
            for (key, next) in zip(keys, keys.dropFirst()) {
                let order = OrderedMapModel.compare(key, next)
                guard isBackward ? order > 0 : order < 0 else {
                    throw Mismatch("keys out of order")
                }
            }
            for writer in 0..<writerCount {
                let (low, high) = pair(writer)
                let first = number(entries.first { $0.key == low }?.value)
                let second = number(entries.first { $0.key == high }?.value)
                guard first == second, first >= seen[writer] else {
                    throw Mismatch("scan: \(first) and \(second) after \(seen[writer])")
                }
                seen[writer] = first
            }
        }
    }

    @Test("Flushes, compactions and snapshots from other threads disturb nobody")
    func upkeep() throws {
        let engine = try open()
        let writersLeft = Atomic<Int>(2)
        try runThreads(5) { index in
            switch index {
            case 0, 1:
                defer { writersLeft.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
                try Self.write(engine, index)
            case 2: while writersLeft.load(ordering: .acquiring) > 0 { try engine.flush() }
            case 3: while writersLeft.load(ordering: .acquiring) > 0 { try engine.compactAll() }
            default:
                var held: [(Snapshot, [OrderedMapModel.Entry])] = []
                while writersLeft.load(ordering: .acquiring) > 0 {
                    let snapshot = engine.snapshot()
                    held.append((snapshot, try engine.entries(at: .snapshot(snapshot))))
                    if held.count == 5 {
                        for (snapshot, entries) in held {
                            let again = try engine.entries(
                                at: .snapshot(snapshot), backward: true)
                            guard again.reversed() == entries else {
                                throw Mismatch("a snapshot changed")
                            }
                        }
                        held = []
                    }
                }
            }
        }
        try engine.close()
        let again = try open()
        for writer in 0..<2 {
            #expect(Self.number(try again.value(of: Self.pair(writer).low)) == Self.rounds - 1)
        }
        try again.close()
    }

    @Test("Submits that may not block and their completions are all accounted for")
    func completions() throws {
        let engine = try open()
        let completed = Atomic<Int>(0)
        let submitted = Atomic<Int>(0)
        try runThreads(4) { index in
            for round in 0..<Self.rounds {
                let batch = WriteBatch([.put(bytes("\(index)/\(round)"), bytes("value"))])
                do {
                    let sequence = try engine.submit(batch, mayBlock: false)
                    submitted.wrappingAdd(1, ordering: .relaxed)
                    engine.whenDurable(sequence) { error in
                        if error == nil { completed.wrappingAdd(1, ordering: .relaxed) }
                    }
                } catch EngineError.wouldBlock {
                    // In a stall; the write has not happened.
                }
            }
        }
        #expect(
            eventually { completed.load(ordering: .relaxed) == submitted.load(ordering: .relaxed) })
        #expect(try engine.entries().count == submitted.load(ordering: .relaxed))
        try engine.close()
    }

    @Test("Jobs run on the engine's threads, and a close waits for those that began")
    func blockingJobs() throws {
        let engine = try open()
        let done = Atomic<Int>(0)
        for _ in 0..<100 {
            engine.performBlocking(.reading) { done.wrappingAdd(1, ordering: .relaxed) }
        }
        #expect(eventually { done.load(ordering: .relaxed) == 100 })
        try engine.close()
    }

    @Test("A close under load refuses the rest and keeps what was acknowledged")
    func closeUnderLoad() throws {
        let engine = try open()
        let acknowledged = Mutex<Set<String>>([])
        try runThreads(4) { index in
            if index == 3 {
                _ = eventually { acknowledged.withLock { $0.count } > 50 }
                return try engine.close()
            }
            for round in 0..<100_000 {
                let name = "\(index)/\(round)"
                do {
                    try engine.commit([.put(bytes(name), bytes("value"))])
                } catch EngineError.closed {
                    return
                }
                acknowledged.withLock { _ = $0.insert(name) }
            }
        }
        let again = try open()
        let names = Set(try again.entries().map { String(decoding: $0.key, as: UTF8.self) })
        #expect(acknowledged.withLock { $0.subtracting(names).isEmpty })
        try again.close()
    }
}
