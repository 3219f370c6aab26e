/// The most that one operation may cost, on average over many of the same kind.
///
/// A figure is what was measured when it was last changed, and a promise where the comment says so.
/// Whoever makes an operation cheaper lowers its figure with the change; whoever needs a higher one
/// says why in the change that raises it.
let thresholds: [Operation: Threshold] = [
    // Promises: what is in memory costs no allocation and no system call.
    .getFromMemtable: Threshold(allocations: 0),
    .getFromCachedBlock: Threshold(allocations: 0),
    .getCachedOnly: Threshold(allocations: 0),
    .getMissing: Threshold(allocations: 0),
    // The block, whose memory is cut from pages that the engine has, and what its file's bytes are read
    // into.
    .getFromFile: Threshold(allocations: 2, reads: 1),
    .cursorNextInMemtable: Threshold(allocations: 0),
    .cursorPreviousInMemtable: Threshold(allocations: 0),
    .cursorNext: Threshold(allocations: 0),
    .cursorPrevious: Threshold(allocations: 0),
    .cursorNextByTurns: Threshold(allocations: 0),
    .cursorPreviousByTurns: Threshold(allocations: 0),
    .cursorSeek: Threshold(allocations: 0),
    .getBesideDeletion: Threshold(allocations: 0),
    .cursorNextBesideDeletion: Threshold(allocations: 0),
    .cursorPreviousBesideDeletion: Threshold(allocations: 0),
    .getBesideTableDeletion: Threshold(allocations: 0),
    .cursorNextBesideTableDeletion: Threshold(allocations: 0),
    .cursorPreviousBesideTableDeletion: Threshold(allocations: 0),
    // A cursor owns a source for each sorted run.
    .cursorMake: Threshold(allocations: 17),
    .snapshot: Threshold(allocations: 1),

    // Promises: a durable write is one write and one sync, of a batch of any length. Now and then one
    // writes zeros ahead of the log's end as well.
    .commitSynced: Threshold(allocations: 2, writes: 1.05, syncs: 1),
    .commitSyncedThousand: Threshold(allocations: 2, writes: 1, syncs: 1),
    // Followers share their leader's write and sync, as far as the scheduler brings them together,
    // so no more than alone is promised. Each sleeps once by a call of its own, and a leader wakes
    // followers and heir. What starting the threads allocates is in it.
    .commitSyncedTogether: Threshold(
        allocations: 0.02, writes: 1.05, syncs: 1, others: 3),
    // A window of the log is opened now and then: a page of zeros at a time, and what maps it.
    .commitUnsynced: Threshold(allocations: 2, writes: 0.06, others: 0.005),

    .getItem: Threshold(allocations: 3),
    // A caller that may not block hands its write to the log's thread, which answers: each may wait for
    // the other. A read hands over to nobody.
    .putItemUnsynced: Threshold(allocations: 5.1, writes: 0.4, waits: 2, others: 0.03),
    // Zeros ahead of the log, a page each: some 155 writes in 512 commits.
    .putItemSynced: Threshold(allocations: 5, writes: 1.35, syncs: 1, waits: 2),
    .queryHundred: Threshold(allocations: 47),
]

/// What is counted; the raw value is what the report calls it.
enum Operation: String, CaseIterable {
    case getFromMemtable = "engine: get, in a memtable"
    case getFromCachedBlock = "engine: get, in a cached block"
    case getCachedOnly = "engine: get, in a cached block, cached-only mode"
    case getFromFile = "engine: get, block not in the cache"
    case getMissing = "engine: get of a missing key"
    case cursorNextInMemtable = "engine: cursor next, memtable"
    case cursorPreviousInMemtable = "engine: cursor previous, memtable"
    case cursorNext = "engine: cursor next, over several tables"
    case cursorPrevious = "engine: cursor previous, over several tables"
    case cursorNextByTurns = "engine: cursor next, a memtable, a new table and older ones by turns"
    case cursorPreviousByTurns = "engine: cursor previous, by turns the same"
    case cursorSeek = "engine: cursor seek"
    case getBesideDeletion = "engine: get, index in partitions, range deletion in the memtable"
    case cursorNextBesideDeletion = "engine: cursor next, the same"
    case cursorPreviousBesideDeletion = "engine: cursor previous, the same"
    case getBesideTableDeletion = "engine: get, index in partitions, range deletion in a table"
    case cursorNextBesideTableDeletion = "engine: cursor next, the same with the table"
    case cursorPreviousBesideTableDeletion = "engine: cursor previous, the same with the table"
    case cursorMake = "engine: make a cursor"
    case snapshot = "engine: take and release a snapshot"
    case commitSynced = "engine: commit of one put, synced"
    case commitSyncedThousand = "engine: commit of 1,000 puts, synced"
    case commitSyncedTogether = "engine: commit of one put, synced, by 8 threads"
    case commitUnsynced = "engine: commit of one put, durability none"
    case getItem = "tables: GetItem of 1 KB, cached"
    case putItemUnsynced = "tables: PutItem of 1 KB, durability none"
    case putItemSynced = "tables: PutItem of 1 KB, synced"
    case queryHundred = "tables: Query of 100 items of 1 KB, cached"
}

/// Limits for one operation; what is not named must not happen at all.
struct Threshold {
    var allocations: Double
    var reads: Double = 0
    var writes: Double = 0
    var syncs: Double = 0
    var waits: Double = 0
    var others: Double = 0
}
