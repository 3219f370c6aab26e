internal import Synchronization

/// What an engine holds now, and has done since it was opened.
///
/// Counts are taken one after another while the engine works, so two of them may differ by what
/// happened in between. All sizes are in bytes.
public struct EngineStatistics: Sendable {
    /// One level of tables.
    public struct Level: Sendable {
        public let tableCount: Int
        /// Of the table files.
        public let sizeBytes: Int
        /// Versions of keys, deletions included.
        public let entryCount: Int
        public let deletionCount: Int
        /// Versions that a newer entry of the same table hides from all but snapshots.
        public let hiddenCount: Int
        /// Deletions and hidden versions in blocks of which they are the most.
        public let denseGarbageCount: Int
        /// Of the tables' filters, which are in memory.
        public let filterBytes: Int
        /// Pieces of range deletions.
        public let rangeDeletionCount: Int
        /// How full the level is; from 1 on it is compacted.
        public let score: Double
        /// Sorted runs that a read may have to look into: each sublevel of level 0, one or none of a deeper level.
        public let sortedRunCount: Int
        /// What came in from above: flushed, merged or moved.
        public let bytesIn: Int
        /// Read by compactions into this level, of both levels.
        public let bytesRead: Int
        /// Written into this level by flushes and compactions.
        public let bytesWritten: Int
        /// Compactions into this level.
        public let compactionCount: UInt64
        /// Tables that came in without being rewritten.
        public let movedTableCount: UInt64
        /// Tables that went without being read, since range deletions had removed all they held.
        public let droppedTableCount: UInt64

        /// Filter bits for each entry, which is fewer than for each key where keys have several
        /// versions; nil for an empty level.
        public var filterBitsPerEntry: Double? {
            entryCount == 0 ? nil : Double(filterBytes) * 8 / Double(entryCount)
        }

        /// Bytes written for each byte that came in; nil where nothing came in.
        public var writeAmplification: Double? {
            bytesIn == 0 ? nil : Double(bytesWritten) / Double(bytesIn)
        }
    }

    /// The cache of uncompressed blocks.
    public struct Cache: Sendable {
        public let hitCount: UInt64
        public let missCount: UInt64
        public let sizeBytes: Int
        public let capacityBytes: Int
    }

    /// The Bloom filters, asked once for each table that a point read meets.
    public struct Filters: Sendable {
        public let checkCount: UInt64
        /// Answers that saved a look into the table.
        public let negativeCount: UInt64
        /// Answers "perhaps" where the table did not have the key.
        public let falsePositiveCount: UInt64
    }

    /// Writers that had to wait because flushes or compactions were behind.
    public struct Stalls: Sendable {
        /// Writes that waited until there was room for them.
        public let stopCount: UInt64
        /// All those waits together.
        public let stopDuration: Duration
        /// Writes that were delayed, for 10 ms at most, before it came to that.
        public let slowdownCount: UInt64
        /// All those delays together.
        public let slowdownDuration: Duration
    }

    /// The write-ahead log.
    public struct Log: Sendable {
        /// Batches that were applied.
        public let batchCount: UInt64
        /// Bytes of their records, before framing.
        public let batchBytes: Int
        /// Bytes written to log files.
        public let bytesWritten: Int
        public let writeCount: UInt64
        /// Time of each fdatasync in microseconds; its count is the count of syncs.
        public let syncLatency: Histogram
        /// Batches that were written, and synced where durability asks for it, in one go.
        public let groupSizes: Histogram
    }

    /// Operations on table and manifest files.
    public struct Files: Sendable {
        public let readCount: UInt64
        public let bytesRead: Int
        public let writeCount: UInt64
        public let bytesWritten: Int
        /// Time of each fdatasync in microseconds; its count is the count of syncs.
        public let syncLatency: Histogram
    }

    /// Where the engine's memory is.
    public struct Memory: Sendable {
        /// Entries in memtables, the active one and those that wait for their flush.
        public let memtableBytes: Int
        public let waitingMemtableCount: Int
        /// Uncompressed blocks in the cache.
        public let cacheBytes: Int
        /// Taken from the system for blocks: those in the cache, those that somebody reads, and what is
        /// free and kept for others.
        public let blockBytes: Int
        /// Indexes and filters of open tables.
        public let tableIndexBytes: Int
    }

    /// Level 0 first.
    public let levels: [Level]
    public let memory: Memory
    public let cache: Cache
    public let filters: Filters
    public let stalls: Stalls
    public let log: Log
    public let tables: Files
    public let manifests: Files
    public let flushCount: UInt64
    /// Reads that met damaged bytes.
    public let corruptionCount: UInt64
    /// Writes and syncs that took ``EngineOptions/slowDiskThreshold`` or longer.
    public let slowDiskCount: UInt64
    /// The commit sequence of the last write applied.
    public let appliedSequence: UInt64
    /// The commit sequence of the last write that can not be lost.
    public let durableSequence: UInt64

    /// Compactions that rewrote tables.
    public var compactionCount: UInt64 { levels.reduce(0) { $0 + $1.compactionCount } }

    /// Sorted runs that a read may have to look into, memtables included.
    public var readAmplification: Int {
        1 + memory.waitingMemtableCount + levels.reduce(0) { $0 + $1.sortedRunCount }
    }

    /// Bytes written to logs and tables for each byte of the batches; nil before the first.
    public var writeAmplification: Double? {
        guard log.batchBytes > 0 else { return nil }
        let written = levels.reduce(log.bytesWritten) { $0 + $1.bytesWritten }
        return Double(written) / Double(log.batchBytes)
    }
}

extension EngineStatistics.Level {
    init(
        _ tables: [SSTable], sortedRunCount: Int, score: Double, counters: LevelCounters
    ) {
        filterBytes = tables.reduce(0) { $0 + $1.filterBytes }
        let tables = tables.map(\.metadata)
        tableCount = tables.count
        sizeBytes = tables.totalBytes
        entryCount = tables.reduce(0) { $0 + $1.entryCount }
        deletionCount = tables.reduce(0) { $0 + $1.deletionCount }
        hiddenCount = tables.reduce(0) { $0 + $1.hiddenCount }
        denseGarbageCount = tables.reduce(0) { $0 + $1.denseGarbageCount }
        rangeDeletionCount = tables.reduce(0) { $0 + $1.rangeDeletionCount }
        self.score = score
        self.sortedRunCount = sortedRunCount
        bytesIn = counters.bytesIn.load(ordering: .relaxed)
        bytesRead = counters.bytesRead.load(ordering: .relaxed)
        bytesWritten = counters.bytesWritten.load(ordering: .relaxed)
        compactionCount = counters.compactionCount.load(ordering: .relaxed)
        movedTableCount = counters.movedTableCount.load(ordering: .relaxed)
        droppedTableCount = counters.droppedTableCount.load(ordering: .relaxed)
    }
}

extension EngineStatistics.Files {
    init(_ counters: FileCounters) {
        readCount = counters.readCount.load(ordering: .relaxed)
        bytesRead = counters.bytesRead.load(ordering: .relaxed)
        writeCount = counters.writeCount.load(ordering: .relaxed)
        bytesWritten = counters.bytesWritten.load(ordering: .relaxed)
        syncLatency = counters.syncLatency.current
    }
}

extension EngineStatistics.Log {
    init(_ commits: CommitCounters, _ files: FileCounters) {
        batchCount = commits.batchCount.load(ordering: .relaxed)
        batchBytes = commits.batchBytes.load(ordering: .relaxed)
        bytesWritten = files.bytesWritten.load(ordering: .relaxed)
        writeCount = files.writeCount.load(ordering: .relaxed)
        syncLatency = files.syncLatency.current
        groupSizes = commits.groupSizes.current
    }
}

extension EngineStatistics.Stalls {
    init(stops: StallCounters, slowdowns: StallCounters) {
        stopCount = stops.count.load(ordering: .relaxed)
        stopDuration = stops.duration
        slowdownCount = slowdowns.count.load(ordering: .relaxed)
        slowdownDuration = slowdowns.duration
    }
}
