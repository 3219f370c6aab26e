import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private let folder = "/db"

@Suite("Tables that compactions replaced")
struct ObsoleteTablesTests {
    /// What the events say, and the most files ever seen beyond that.
    private struct Tally {
        var liveCount = 0
        var lastInputCount = 0
        var compactionCount = 0
        var worstExcess = 0
    }

    @Test("Their files go while further compactions are due, not when none is left")
    func removedBetweenCompactions() throws {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        options.compression = .none
        options.levelZeroCompactionTrigger = 1000
        options.levelZeroSlowdownTrigger = 2000
        options.levelZeroStopTrigger = 2000
        var engine = try Engine.open(folder: folder, options: options)
        // Two levels of the same keys, so that every table of the upper one has to be merged.
        for round in 0..<2 {
            for index in 0..<2000 {
                let key = [UInt8(index >> 8), UInt8(index & 0xFF)]
                try engine.commit([.put(key, Array(repeating: UInt8(round), count: 60))])
            }
            if round == 0 { for _ in 0..<2 { try engine.compactAll() } }
        }
        try engine.close()

        let tally = Mutex(Tally())
        options.levelZeroCompactionTrigger = 1
        options.levelOneSizeBytes = 1
        options.onEvent = { event in
            tally.withLock { tally in
                switch event {
                case .flushEnded(let flush): tally.liveCount += flush.tables.count
                case .compactionEnded(let compaction):
                    let inputCount = compaction.input.tableCount
                    let outputCount = compaction.outputTableCount
                    tally.liveCount += outputCount - inputCount
                    tally.compactionCount += 1
                    let names = (try? disk.names(in: folder)) ?? []
                    let fileCount = names.filter { $0.hasSuffix(".sst") }.count
                    // The inputs of this one are still held, those of the one before may be.
                    let excess =
                        fileCount - tally.liveCount - inputCount - tally.lastInputCount
                    tally.worstExcess = max(tally.worstExcess, excess)
                    tally.lastInputCount = inputCount
                default: break
                }
            }
        }
        engine = try Engine.open(folder: folder, options: options)
        tally.withLock { tally in
            tally.liveCount = engine.statistics().levels.reduce(0) { $0 + $1.tableCount }
        }
        try engine.commit([.put([255], [])])
        try engine.flush()
        tally.withLock { tally in
            #expect(tally.compactionCount > 10)
            #expect(tally.worstExcess <= 0)
        }
        try engine.close()
    }

    @Test("The file of a table that a reader held goes when he is done, with nothing else to do")
    func releasedWhileIdle() throws {
        let disk = SimulatedFilesystem(seed: 1)
        let engine = try Engine.open(
            folder: folder, options: .tiny(filesystem: disk, backgroundWork: .threads))
        let tables = { try disk.names(in: folder).filter { $0.hasSuffix(".sst") } }
        for value: UInt8 in 0..<2 {
            for number: UInt8 in 0..<100 { try engine.commit([.put([number], [value])]) }
            try engine.compactAll()
        }
        var cursor: Cursor? = try engine.cursor()
        let held = try tables()
        for number: UInt8 in 0..<100 { try engine.commit([.put([number], [9])]) }
        try engine.compactAll()
        let liveCount = engine.statistics().levels.reduce(0) { $0 + $1.tableCount }
        #expect(try tables().filter { held.contains($0) } == held)
        try cursor?.seekToFirst()
        // So that the compaction thread, which was told of `compactAll`, has nothing to do any more.
        usleep(200_000)
        cursor = nil
        #expect(try eventually(within: 10) { try tables().count == liveCount })
        try engine.close()
    }
}
