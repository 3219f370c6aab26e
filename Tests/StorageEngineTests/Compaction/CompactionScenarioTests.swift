import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("What compactions do to a database")
struct CompactionScenarioTests {
    /// What the events of an engine said.
    private final class Tally: Sendable {
        private let counts = Mutex((moved: 0, compacted: 0, flushed: 0))

        var moved: Int { counts.withLock { $0.moved } }
        var compacted: Int { counts.withLock { $0.compacted } }
        var flushed: Int { counts.withLock { $0.flushed } }

        func note(_ event: EngineEvent) {
            counts.withLock { counts in
                switch event {
                case .moved: counts.moved += 1
                case .compactionEnded: counts.compacted += 1
                case .flushEnded(let flush): counts.flushed += flush.tables.count
                default: break
                }
            }
        }
    }

    private let disk = SimulatedFilesystem(seed: 1)
    private let tally = Tally()

    private func open(
        _ work: BackgroundWork = .inline, _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: work)
        change(&options)
        options.onEvent = { [tally] in tally.note($0) }
        return try Engine.open(folder: "/db", options: options)
    }

    private func key(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    private func fill(_ engine: Engine, _ keys: Range<Int>, salt: Int = 0) throws {
        for number in keys {
            let value = (0..<40).map { UInt8(truncatingIfNeeded: (number + salt) * ($0 + 7) >> 2) }
            try engine.commit([.put(key(number), value)])
        }
    }

    private func tableBytes() throws -> Int {
        try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }
            .reduce(0) { try $0 + disk.contents(of: "/db/\($1)").count }
    }

    @Test("Rising keys are written once: their tables only move")
    func sequential() throws {
        let engine = try open()
        try fill(engine, 0..<3000)
        try engine.compactAll()
        #expect(tally.flushed > 5)
        #expect(tally.moved >= tally.flushed)
        #expect(tally.compacted == 0)
        let levels = engine.statistics().levels
        #expect(levels[6].tableCount == tally.flushed)
        #expect(try engine.entries().count == 3000)
        try engine.close()
    }

    @Test("Random writes leave a ninth of the last level above it, and level 0")
    func spaceAmplification() throws {
        var random = SeededRandom.fromEnvironment("CompactionScenarioTests.spaceAmplification")
        let engine = try open()
        for _ in 0..<8000 {
            let number = random.int(in: 0..<2000)
            try engine.commit([.put(key(number), random.bytes(count: 40))])
        }
        let levels = engine.statistics().levels.map(\.sizeBytes)
        let above = levels[1..<6].reduce(0, +)
        // Two in place of nine: the tiny engine's levels differ by a factor of 3.
        #expect(above * 2 <= levels[6])
        #expect(levels[1..<6].filter { $0 > 0 }.count >= 1, "one level alone shows nothing")
        try engine.close()
    }

    @Test("Deletions that are all a table holds go, though every level is within its size")
    func deletionsGo() throws {
        let engine = try open()
        try fill(engine, 0..<300)
        try engine.compactAll()
        let whole = try tableBytes()
        for number in 0..<300 { try engine.commit([.delete(key(number))]) }
        #expect(try tableBytes() >= whole)
        // One flush makes one sublevel, which is within the size of level 0.
        try engine.flush()
        #expect(try tableBytes() == 0)
        #expect(engine.statistics().levels.allSatisfy { $0.tableCount == 0 })
        try engine.close()
    }

    @Test(
        "A run of deletions in a table of much else goes, as many spread over it stay",
        arguments: [(step: 1, left: 0), (step: 5, left: 400)])
    func runOfDeletions(step: Int, left: Int) throws {
        let engine = try open { options in
            options.memtableSizeBytes = 1 << 20
            options.tableSizeBytes = 1 << 20
            options.denseGarbageCompactionCount = 150
        }
        try fill(engine, 0..<2000)
        try engine.compactAll()
        let deleted = Set((0..<400).map { $0 * step })
        for number in 0..<2000 {
            if deleted.contains(number) {
                try engine.commit([.delete(key(number))])
            } else {
                try fill(engine, number..<number + 1, salt: 1)
            }
        }
        try engine.flush()
        #expect(engine.statistics().levels.reduce(0) { $0 + $1.deletionCount } == left)
        #expect(try engine.entries().count == 1600)
        try engine.close()
    }

    @Test("A released snapshot lets what it kept go by itself, and only then")
    func snapshotRelease() throws {
        let engine = try open(.threads)
        try fill(engine, 0..<300)
        var snapshot: Snapshot? = engine.snapshot()
        try fill(engine, 0..<300, salt: 1)
        try engine.compactAll()
        let withBoth = try tableBytes()
        let last = try #require(engine.statistics().levels.last)
        #expect(last.tableCount > 0)
        let before = tally.compacted
        _ = try snapshot.map { try engine.value(of: key(7), at: .snapshot($0)) }
        // The thread has looked, found the snapshot in the way, and waits for its release.
        #expect(!eventually(within: 0.2) { tally.compacted > before })
        snapshot = nil
        #expect(eventually { (try? tableBytes()) ?? .max < withBoth * 3 / 4 })
        #expect(try engine.entries().count == 300)
        try engine.close()
    }

    @Test("Hidden puts are counted in the manifest, so that a reopened engine lets them go too")
    func hiddenPutsSurviveReopening() throws {
        var engine = try open()
        try fill(engine, 0..<300)
        let snapshot = engine.snapshot()
        try fill(engine, 0..<300, salt: 1)
        try engine.compactAll()
        let withBoth = try tableBytes()
        withExtendedLifetime(snapshot) {}
        try engine.close()
        engine = try open(.threads)
        #expect(eventually { (try? tableBytes()) ?? .max < withBoth * 3 / 4 })
        try engine.close()
    }

    @Test("A flush ends its tables where those of the level below end")
    func alignedFlush() throws {
        let engine = try open()
        try fill(engine, 0..<2000)
        try engine.compactAll()
        let before = engine.statistics().levels
        #expect(before[0].tableCount == 0)
        var random = SeededRandom(seed: 1)
        for number in stride(from: 0, to: 2000, by: 32) {
            try engine.commit([.put(key(number), random.bytes(count: 40))])
        }
        try engine.flush()
        #expect(engine.statistics().levels[0].tableCount > 1)
        try engine.close()
    }
}
