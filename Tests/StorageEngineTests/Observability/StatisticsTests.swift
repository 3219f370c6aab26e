import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

@Suite("Statistics")
struct StatisticsTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let folder = "/statistics"

    /// What events say came into a level.
    private struct LevelSum: Equatable {
        var bytesIn = 0
        var bytesRead = 0
        var bytesWritten = 0
        var compactions: UInt64 = 0
        var moves: UInt64 = 0

        init() {}

        init(_ level: EngineStatistics.Level) {
            bytesIn = level.bytesIn
            bytesRead = level.bytesRead
            bytesWritten = level.bytesWritten
            compactions = level.compactionCount
            moves = level.movedTableCount
        }
    }

    private static func add(_ event: EngineEvent, to sums: inout [LevelSum]) {
        switch event {
        case .flushEnded(let flush):
            sums[0].bytesIn += flush.sizeBytes
            sums[0].bytesWritten += flush.sizeBytes
        case .compactionEnded(let compaction):
            let input = compaction.input
            if input.fromLevel != input.toLevel { sums[input.toLevel].bytesIn += input.fromBytes }
            sums[input.toLevel].bytesRead += input.sizeBytes
            sums[input.toLevel].bytesWritten += compaction.outputBytes
            sums[input.toLevel].compactions += 1
        case .moved(_, let sizeBytes, _, let toLevel):
            sums[toLevel].moves += 1
            sums[toLevel].bytesIn += sizeBytes
        default: break
        }
    }

    @Test("Levels are what their events add up to, and what lies on the disk")
    func levels() throws {
        let sums = Mutex([LevelSum](repeating: LevelSum(), count: 7))
        var options = EngineOptions.tiny(filesystem: disk)
        options.onEvent = { event in sums.withLock { Self.add(event, to: &$0) } }
        let engine = try Engine.open(folder: folder, options: options)
        var random = SeededRandom.fromEnvironment("StatisticsTests.levels")
        for _ in 0..<1_500 {
            let key = Array("key\(random.int(in: 0..<400))".utf8)
            try engine.commit(
                random.chance(1, in: 5)
                    ? [.delete(key)] : [.put(key, random.bytes(count: random.int(in: 0..<300)))])
        }
        try engine.flush()
        let statistics = engine.statistics()
        for (level, expected) in sums.withLock({ $0 }).enumerated() {
            #expect(LevelSum(statistics.levels[level]) == expected, "level \(level)")
        }
        #expect(statistics.compactionCount > 3)
        #expect(statistics.flushCount > 3)

        let tables = try disk.names(in: folder).filter { $0.hasSuffix(".sst") }
        let sizes = try tables.map { try disk.contents(of: folder + "/" + $0).count }
        #expect(statistics.levels.reduce(0) { $0 + $1.sizeBytes } == sizes.reduce(0, +))
        #expect(statistics.levels.reduce(0) { $0 + $1.tableCount } == tables.count)
        #expect(statistics.memory.tableIndexBytes > 0)
        #expect(statistics.readAmplification >= 2)
        try engine.close()
    }

    @Test("Entries and deletions of a level are counted as they lie in it")
    func entries() throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        for number: UInt8 in 0..<10 { try engine.commit([.put([number], [1])]) }
        // More would be reason enough to compact the table.
        for number: UInt8 in 0..<2 { try engine.commit([.delete([number])]) }
        try engine.flush()
        let upper = engine.statistics().levels[0]
        #expect(upper.entryCount == 10, "of one key only the newest version is written")
        #expect(upper.deletionCount == 2)
        #expect(upper.sortedRunCount == 1)
        #expect(upper.score == 0.5, "one sublevel of two")
        #expect(upper.writeAmplification == 1)
        try engine.close()
    }

    @Test("What only snapshots see is counted as hidden, and as dense where it is most of a block")
    func hidden() throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        var snapshots: [Snapshot] = []
        for number: UInt8 in 0..<20 {
            try engine.commit([.put([1], [number])])
            snapshots.append(engine.snapshot())
        }
        try engine.flush()
        var upper = engine.statistics().levels[0]
        #expect(upper.entryCount == 20)
        #expect(upper.hiddenCount == 19)
        #expect(upper.denseGarbageCount == 19)
        // Among as many others in one block, one hidden version is counted and is not dense.
        snapshots = []
        try engine.compactAll()
        for number: UInt8 in 0..<10 { try engine.commit([.put([number], [1])]) }
        snapshots = [engine.snapshot()]
        try engine.commit([.put([5], [2])])
        try engine.flush()
        upper = engine.statistics().levels[0]
        #expect(upper.hiddenCount == 1)
        #expect(upper.denseGarbageCount == 0)
        withExtendedLifetime(snapshots) {}
        try engine.close()
    }

    @Test("Writes are counted by batch and by group, and every sync of a log is timed")
    func log() throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        var batchBytes = 0
        for number: UInt8 in 0..<10 {
            let batch = WriteBatch([.put([number], [1, 2, 3])])
            batchBytes += batch.sizeBytes
            try engine.commit(batch)
        }
        let log = engine.statistics().log
        #expect(log.batchCount == 10)
        #expect(log.batchBytes == batchBytes)
        #expect(log.groupSizes.count == 10)
        #expect(log.groupSizes.sum == 10)
        #expect(log.syncLatency.count == 10)
        #expect(log.bytesWritten > batchBytes)
        #expect(engine.statistics().writeAmplification ?? 0 > 1)
        try engine.close()
    }

    @Test("A filter's answers are counted as absent, present, and wrongly present")
    func filters() throws {
        var options = EngineOptions.tiny(filesystem: disk)
        // One bit a key is wrong often.
        options.bloomBitsPerKey = 1
        let engine = try Engine.open(folder: folder, options: options)
        for number: UInt8 in 0..<100 { try engine.commit([.put([number, 0], [1])]) }
        try engine.flush()
        for number: UInt8 in 0..<100 { #expect(try engine.value(of: [number, 0]) == [1]) }
        let present = engine.statistics().filters
        #expect(present.checkCount == 100)
        #expect(present.negativeCount == 0)
        #expect(present.falsePositiveCount == 0)
        for number: UInt8 in 0..<99 { #expect(try engine.value(of: [number, 1]) == nil) }
        let absent = engine.statistics().filters
        #expect(absent.checkCount == 199)
        #expect(absent.negativeCount + absent.falsePositiveCount == 99)
        #expect(absent.negativeCount > 0)
        #expect(absent.falsePositiveCount > 0)
        try engine.close()
    }

    @Test("A block is a miss when it is read from the disk and a hit after that")
    func cache() throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        try engine.commit([.put([1], [1])])
        try engine.flush()
        for _ in 0..<3 { #expect(try engine.value(of: [1]) == [1]) }
        let cache = engine.statistics().cache
        #expect(cache.missCount == 1)
        #expect(cache.hitCount == 2)
        #expect(cache.sizeBytes > 0 && cache.sizeBytes <= cache.capacityBytes)
        try engine.close()
    }

    @Test("Memory for a block is counted as long as somebody reads it, though no cache has it")
    func blockMemory() throws {
        var options = EngineOptions.tiny(filesystem: disk)
        options.blockCacheSizeBytes = 0
        // Larger than what is cut from large pages, which stay.
        options.blockSizeBytes = 64 << 10
        let engine = try Engine.open(folder: folder, options: options)
        try engine.commit([.put([1], Array(repeating: 7, count: 100 << 10))])
        try engine.flush()
        let before = engine.statistics().memory.blockBytes
        var cursor: Cursor? = try engine.cursor()
        try cursor?.seekToFirst()
        #expect(cursor?.isValid == true)
        #expect(engine.statistics().memory.blockBytes >= before + (100 << 10))
        cursor = nil
        #expect(engine.statistics().memory.blockBytes == before)
        try engine.close()
    }

    @Test("Hits and misses tell of reads, not of what a compaction reads")
    func cacheOfCompactions() throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        for value: UInt8 in 0..<4 {
            for number: UInt8 in 0..<100 { try engine.commit([.put([number], [value])]) }
            try engine.flush()
        }
        #expect(try engine.value(of: [7]) == [3])
        let before = engine.statistics()
        try engine.compactAll()
        let after = engine.statistics()
        #expect(after.cache.hitCount == before.cache.hitCount)
        #expect(after.cache.missCount == before.cache.missCount)
        let read = { (statistics: EngineStatistics) in statistics.tables.bytesRead }
        #expect(read(after) > read(before))
        try engine.close()
    }
}
