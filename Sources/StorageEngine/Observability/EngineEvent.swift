/// Something the engine did, or met, that whoever runs it may want to know.
///
/// Events come from ``EngineOptions/onEvent`` at the moment they happen and from
/// ``Engine/events(bufferedCount:)`` as a stream. `description` is one line for a log.
public enum EngineEvent: Sendable, Equatable {
    /// A full memtable began to be written as a level-0 table.
    case flushBegan(memtableBytes: Int, entryCount: Int)
    /// A memtable is in tables now, and its log is not needed any more.
    case flushEnded(FlushSummary)
    /// Tables began to be merged into a deeper level, or rewritten where they are.
    case compactionBegan(CompactionInput)
    /// That is done. One that failed, or that a close cut short, does not come to this.
    case compactionEnded(CompactionSummary)
    /// A table moved down without being rewritten.
    case moved(table: UInt64, sizeBytes: Int, fromLevel: Int, toLevel: Int)
    /// A table went without being read: range deletions had removed all that it held.
    case dropped(table: UInt64, sizeBytes: Int, level: Int)
    /// A write was delayed because flushes or compactions are behind; others may be until it ends.
    case slowdownBegan(reason: String, delay: Duration)
    /// The reason is another; `delay` is that of the first write since.
    case slowdownChanged(reason: String, delay: Duration)
    /// Writers run freely again, `duration` after the first delay.
    case slowdownEnded(delayedWriteCount: Int, duration: Duration)
    /// A writer stopped because flushes or compactions are far behind.
    case stallBegan(reason: String)
    /// That writer goes on.
    case stallEnded(reason: String, duration: Duration)
    /// A flush or compaction failed and is tried again under new file names.
    case retrying(reason: String)
    /// A write or sync failed: writes are refused until the engine is opened again.
    case becameReadOnly(reason: String)
    /// A read met damaged bytes; whoever asked got the error as well.
    case corruption(description: String)
    /// A write or sync took at least ``EngineOptions/slowDiskThreshold``. Told after it returned.
    case diskSlow(file: String, operation: DiskOperation, duration: Duration)
}

/// What a finished flush did.
public struct FlushSummary: Sendable, Equatable {
    /// The numbers of the new tables; none where the memtable held nothing that lives on.
    public let tables: [UInt64]
    /// Bytes of the new tables.
    public let sizeBytes: Int
    /// Entries in the new tables.
    public let entryCount: Int
    public let duration: Duration
}

/// Why a compaction was begun.
public enum CompactionReason: String, Sendable {
    /// The level has more, or larger, tables than it should.
    case levelFull
    /// Much of a table is deletions, or versions that nobody can read.
    case garbage
    /// A small part of a table is, but all together, where every scan has to cross it.
    case garbageRun
    /// Tables beside each other in one level are small, and many.
    case smallTables
    /// Range deletions removed all that the tables hold.
    case rangeDeleted
    /// ``Engine/compactAll()``.
    case requested
}

/// What a compaction is about to merge.
public struct CompactionInput: Sendable, Equatable {
    public let reason: CompactionReason
    public let fromLevel: Int
    public let toLevel: Int
    /// Sorted runs that come from `fromLevel`: of level 0 one for each sublevel that takes part.
    public let sortedRunCount: Int
    /// Tables of both levels that are read and replaced.
    public let tableCount: Int
    /// Bytes of the tables that come from `fromLevel`.
    public let fromBytes: Int
    /// Bytes of all tables that are read.
    public let sizeBytes: Int
}

/// What a finished compaction did.
public struct CompactionSummary: Sendable, Equatable {
    public let input: CompactionInput
    /// Tables written into `input.toLevel`.
    public let outputTableCount: Int
    /// Bytes of those tables.
    public let outputBytes: Int
    public let duration: Duration
}

/// What a disk was asked for.
public enum DiskOperation: String, Sendable {
    case write
    case sync
}

extension EngineEvent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .flushBegan(let bytes, let entries):
            "flush began: \(entries) entries, \(bytes) bytes of memory"
        case .flushEnded(let flush):
            "flush ended: tables \(flush.tables), \(flush.entryCount) entries, "
                + "\(flush.sizeBytes) bytes, \(flush.duration)"
        case .compactionBegan(let input): "compaction began: \(input)"
        case .compactionEnded(let summary):
            "compaction ended: \(summary.input), wrote \(summary.outputTableCount) tables, "
                + "\(summary.outputBytes) bytes, \(summary.duration)"
        case .moved(let table, let bytes, let from, let to):
            "table \(table), \(bytes) bytes, moved from level \(from) to level \(to)"
        case .slowdownBegan(let reason, let delay):
            "writers slow down: \(reason), first delay \(delay)"
        case .slowdownChanged(let reason, let delay):
            "writers are slow: \(reason), delay \(delay)"
        case .slowdownEnded(let count, let duration):
            "writers are no longer slow: \(count) writes were delayed within \(duration)"
        case .dropped(let table, let bytes, let level):
            "table \(table), \(bytes) bytes, dropped from level \(level), range deleted"
        case .stallBegan(let reason): "writers wait: \(reason)"
        case .stallEnded(let reason, let duration): "writers waited \(duration): \(reason)"
        case .retrying(let reason): "trying again: \(reason)"
        case .becameReadOnly(let reason): "read-only from here on: \(reason)"
        case .corruption(let description): "corruption: \(description)"
        case .diskSlow(let file, let operation, let duration):
            "slow disk: \(operation.rawValue) of \(file) took \(duration)"
        }
    }
}

extension CompactionInput: CustomStringConvertible {
    public var description: String {
        "level \(fromLevel) to \(toLevel), \(tableCount) tables, \(sizeBytes) bytes "
            + "(\(fromBytes) from above), reason \(reason.rawValue)"
    }
}
