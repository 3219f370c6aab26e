/// When a write is acknowledged.
public enum Durability: Sendable, Equatable {
    /// After fdatasync of the log that holds it: an acknowledged write survives a power cut.
    case synced
    /// After the operating system took it, with a sync at least this often: an acknowledged write
    /// survives the death of the process; a power cut can take the last interval.
    case interval(Duration)
    /// After the operating system took it: survives the death of the process, not a power cut.
    case none
}

/// Where flushes, compactions and log writes run.
public enum BackgroundWork: Sendable {
    /// On threads of the engine's own.
    case threads
    /// On the calling thread, at the end of the call that made them due. Deterministic: the same
    /// calls make the same file operations, which is what simulation tests need.
    case inline
}

/// How tables store their blocks.
public enum Compression: Sendable {
    case none
    case lz4
}

/// The settings of an engine. Every size is in bytes.
public struct EngineOptions: Sendable {
    /// The disk.
    public var filesystem: any Filesystem = POSIXFilesystem()
    /// When a write is acknowledged. Default: synced.
    public var durability: Durability = .synced
    /// A memtable is flushed to level 0 when it holds about this much. Default 64 MiB, at least
    /// 4 KiB.
    public var memtableSizeBytes = 64 << 20
    /// How many full memtables may wait for their flush before writers wait. Default 2.
    public var waitingMemtableLimit = 2
    /// Uncompressed size of a data block. Default 8 KiB, 256 B to 1 MiB.
    public var blockSizeBytes = 8 << 10
    /// Uncompressed blocks kept in memory. Default 128 MiB; 0 keeps none.
    public var blockCacheSizeBytes = 128 << 20
    /// Bits of Bloom filter a key; 0 writes no filters. Default 10, at most 32.
    public var bloomBitsPerKey = 10
    /// Compression of tables. Default LZ4.
    public var compression: Compression = .lz4
    /// Level 0 is compacted at this many sublevels, which is the most of its tables that hold one
    /// key. Default 4, at least 1.
    public var levelZeroCompactionTrigger = 4
    /// Writers wait while level 0 has this many sublevels. Default 20, more than
    /// `levelZeroCompactionTrigger`.
    public var levelZeroStopTrigger = 20
    /// The least size of the level that level 0 is compacted into, where that is not the last: a
    /// level is begun above the last, and above that one in turn, once it may be this large.
    /// Default 256 MiB, at least 1.
    public var levelOneSizeBytes = 256 << 20
    /// How many times larger than the level above it a level is. Default 10, at least 2.
    public var levelSizeMultiplier = 10
    /// Tables end at about this size. Default 64 MiB, at least 1 KiB.
    public var tableSizeBytes = 64 << 20
    /// A table of which so many percent of the entries are deletions, or versions that only
    /// snapshots since released could read, is compacted though its level is within its size.
    /// Default 25, 1 to 100.
    public var garbageCompactionPercent = 25
    /// Threads for reads that must wait for the disk. Default 4.
    public var ioThreadCount = 4
    /// Default: threads.
    public var backgroundWork: BackgroundWork = .threads
    /// A write or sync of a file that takes this long is told as an event. Default 1 s.
    public var slowDiskThreshold: Duration = .seconds(1)
    /// Called for flushes, compactions, stalls and errors, on the thread that meets them, which may
    /// be a writer's, and with the engine's locks held: must return fast and not call the engine.
    public var onEvent: (@Sendable (EngineEvent) -> Void)?

    public init() {}

    /// Throws ``EngineError/invalidArgument(_:)`` naming the first setting out of its bounds.
    func validate() throws(EngineError) {
        func require(_ holds: Bool, _ message: String) throws(EngineError) {
            if !holds { throw .invalidArgument(message) }
        }
        try require(
            (4 << 10...1 << 30).contains(memtableSizeBytes),
            "memtableSizeBytes must be 4 KiB to 1 GiB")
        try require(waitingMemtableLimit >= 1, "waitingMemtableLimit must be at least 1")
        try require(
            (256...1 << 20).contains(blockSizeBytes), "blockSizeBytes must be 256 B to 1 MiB")
        try require(blockCacheSizeBytes >= 0, "blockCacheSizeBytes must not be negative")
        try require((0...32).contains(bloomBitsPerKey), "bloomBitsPerKey must be 0 to 32")
        try require(
            levelZeroCompactionTrigger >= 1, "levelZeroCompactionTrigger must be at least 1")
        try require(
            levelZeroStopTrigger > levelZeroCompactionTrigger,
            "levelZeroStopTrigger must exceed levelZeroCompactionTrigger")
        try require(levelOneSizeBytes >= 1, "levelOneSizeBytes must be at least 1")
        try require(levelSizeMultiplier >= 2, "levelSizeMultiplier must be at least 2")
        try require(tableSizeBytes >= 1 << 10, "tableSizeBytes must be at least 1 KiB")
        try require(
            (1...100).contains(garbageCompactionPercent),
            "garbageCompactionPercent must be 1 to 100")
        try require((1...64).contains(ioThreadCount), "ioThreadCount must be 1 to 64")
        try require(
            slowDiskThreshold >= .milliseconds(1) && slowDiskThreshold <= .seconds(3_600),
            "slowDiskThreshold must be 1 ms to 1 h")
        if case .interval(let duration) = durability {
            // A clock's arithmetic overflows on a duration without end.
            try require(
                duration > .zero && duration <= .seconds(86_400),
                "the sync interval must be positive and at most a day")
        }
    }
}
