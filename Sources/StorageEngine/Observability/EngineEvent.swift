/// Something the engine did, or met, in the background.
public enum EngineEvent: Sendable {
    /// A memtable became a level-0 table.
    case flushed(table: UInt64, sizeBytes: Int, entryCount: Int)
    /// Tables of one level were merged into the next.
    case compacted(level: Int, inputCount: Int, inputBytes: Int, outputCount: Int, outputBytes: Int)
    /// A table moved down a level without being rewritten.
    case moved(table: UInt64, fromLevel: Int)
    /// A writer waited because flushes or compactions were behind.
    case stalled(reason: String)
    /// A background write failed and is tried again under a new name.
    case retrying(reason: String)
    /// The engine became read-only.
    case becameReadOnly(reason: String)
    /// A background read met damaged bytes.
    case corruption(description: String)
}

/// What the engine holds and has done since it was opened.
public struct EngineStatistics: Sendable {
    /// One level of tables.
    public struct Level: Sendable {
        public let tableCount: Int
        public let sizeBytes: Int
    }

    /// Level 0 first.
    public let levels: [Level]
    /// Bytes of entries in memtables, the active one and those that wait.
    public let memtableBytes: Int
    public let waitingMemtableCount: Int
    public let cacheHits: UInt64
    public let cacheMisses: UInt64
    public let cacheBytes: Int
    public let flushCount: UInt64
    public let compactionCount: UInt64
    /// Groups of writes that were written, and synced where durability asks for it, in one go.
    public let commitGroupCount: UInt64
    public let appliedSequence: UInt64
    public let durableSequence: UInt64
}
