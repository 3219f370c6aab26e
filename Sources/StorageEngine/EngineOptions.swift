/// When a write is acknowledged.
public enum Durability: Sendable, Equatable {
    /// After fdatasync of the log that holds it: an acknowledged write survives a power cut.
    case synced
    /// After the operating system took it, with a sync at least this often: an acknowledged write
    /// survives the death of the process; a power cut can take the last interval. Needs
    /// ``BackgroundWork/threads``, one of which syncs.
    case interval(Duration)
    /// After the operating system took it: survives the death of the process; of what a power cut
    /// leaves, a prefix of the commits is kept.
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

/// The settings of an engine.
///
/// | option | unit | default | bounds |
/// |---|---|---|---|
/// | `filesystem` | – | POSIXFilesystem() | – |
/// | `durability` | – | synced | interval 1 ms to 24 h, with `backgroundWork` threads |
/// | `memtableSizeBytes` | bytes | 16 MiB | 4 KiB to 1 GiB |
/// | `logZerosAheadSizeBytes` | bytes | 256 KiB | 0 B to 64 MiB |
/// | `waitingMemtableLimit` | memtables | 2 | 1 to 64 |
/// | `blockSizeBytes` | bytes | 4 KiB | 256 B to 1 MiB |
/// | `blockCacheSizeBytes` | bytes | 128 MiB | 0 B to 1 TiB |
/// | `bloomBitsPerKey` | bits | 10 | 0 to 32 |
/// | `bloomBitsPerKeyLimit` | bits | 20 | 0 to 32 |
/// | `compression` | – | lz4 | – |
/// | `levelZeroCompactionTrigger` | sublevels | 16 | 1 to 10000 |
/// | `levelZeroSlowdownTrigger` | sublevels | 48 | 2 to 20000, above the trigger |
/// | `levelZeroStopTrigger` | sublevels | 80 | 2 to 20000, not below the slowdown |
/// | `delayedWriteBytesPerSecond` | bytes/s | 16 MiB | 64 KiB to 64 GiB |
/// | `levelOneSizeBytes` | bytes | 256 MiB | 1 B to 1 PiB |
/// | `levelSizeMultiplier` | times | 10 | 2 to 1000 |
/// | `tableSizeBytes` | bytes | 64 MiB | 1 KiB to 16 GiB |
/// | `garbageCompactionPercent` | percent | 25 | 1 to 100 |
/// | `denseGarbageCompactionCount` | entries | 8192 | 1 to 1000000000 |
/// | `ioThreadCount` | threads, for reads, and as many for writes | 4 | 1 to 64 |
/// | `backgroundWork` | – | threads | – |
/// | `slowDiskThreshold` | time | 1 s | 1 ms to 1 h |
/// | `onEvent` | – | nil | – |
///
/// An engine opens with options inside their bounds alone: ``Engine/open(folder:options:)`` throws
/// ``EngineError/invalidArgument(_:)``, which names the first option outside them, before it touches
/// the disk. Nothing is rounded or clamped. The same table stands in SPEC.md.
public struct EngineOptions: Sendable {
    /// The disk.
    public var filesystem: any Filesystem = POSIXFilesystem()
    /// When a write is acknowledged.
    public var durability: Durability = .synced
    /// A memtable is flushed to level 0 when it holds about this much.
    public var memtableSizeBytes = 16 << 20
    /// Zeros that a commit writes behind itself where it reaches the end of the log's file: with
    /// ``Durability/synced`` the syncs of later ones need not change the file's size, and the
    /// larger they are the more are written, up to four times as many, but none by groups of more
    /// than 4 KiB; else later ones are copied into a mapping of the zeros. 0 writes none.
    public var logZerosAheadSizeBytes = 256 << 10
    /// How many full memtables may wait for their flush before writers wait.
    public var waitingMemtableLimit = 2
    /// Uncompressed size of a data block.
    public var blockSizeBytes = 4 << 10
    /// Uncompressed blocks kept in memory; 0 keeps none. Where blocks come to have another size, as
    /// after larger values were written, up to twice as much may be taken from the system for a while.
    public var blockCacheSizeBytes = 128 << 20
    /// Bits of Bloom filter for each key of the last level; 0 writes no filters. The levels above it,
    /// which hold a tenth of the keys, have more, so that a read of a key that is not there looks into
    /// fewer tables; see FilterBits.
    public var bloomBitsPerKey = 10
    /// The most that a level above the last gets; one that is not above ``bloomBitsPerKey`` makes all
    /// levels equal. From 20 on a further bit saves less than one look into a table in ten thousand.
    public var bloomBitsPerKeyLimit = 20
    /// How tables store their blocks.
    public var compression: Compression = .lz4
    /// Level 0 is compacted at this many sublevels, which is the most of its tables that hold one
    /// key, at as many times ``memtableSizeBytes``, or at four times as many small tables.
    public var levelZeroCompactionTrigger = 16
    /// Writers are slowed from this many sublevels of level 0 on, the more the nearer the stop.
    public var levelZeroSlowdownTrigger = 48
    /// Writers wait for room while level 0 has this many sublevels.
    public var levelZeroStopTrigger = 80
    /// What writers that level 0 slows may write together half-way to the stop: more before, less
    /// after. Those that memtables slow may write up to sixteen times as much while they are ahead
    /// of the flush.
    public var delayedWriteBytesPerSecond = 16 << 20
    /// The least size of the level that level 0 is compacted into, where that is not the last: a
    /// level is begun above the last, and above that one in turn, once it may be this large.
    public var levelOneSizeBytes = 256 << 20
    /// How many times larger than the level above it a level is.
    public var levelSizeMultiplier = 10
    /// Tables end at about this size.
    public var tableSizeBytes = 64 << 20
    /// A table of which so many percent of the entries are deletions, or versions that only
    /// snapshots since released could read, is compacted though its level is within its size.
    public var garbageCompactionPercent = 25
    /// A table that has so many of them in data blocks of which they are the most is compacted
    /// too, however large it is, where that rewrites at most ten entries for each that goes.
    public var denseGarbageCompactionCount = 8192
    /// Threads for reads that must wait for the disk, and as many for writes that must wait.
    public var ioThreadCount = 4
    /// Where flushes, compactions and log writes run.
    public var backgroundWork: BackgroundWork = .threads
    /// A write or sync of a file that takes this long is told as an event.
    public var slowDiskThreshold: Duration = .seconds(1)
    /// Called for flushes, compactions, stalls and errors, on the thread that meets them, which may
    /// be a writer's, and with the engine's locks held: must return fast and not call the engine.
    public var onEvent: (@Sendable (EngineEvent) -> Void)?
    /// What is no option; see there.
    package var simulation = SimulationSettings()

    public init() {}
}
