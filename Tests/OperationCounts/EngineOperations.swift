// Unsafe pointers: keys and values are lent by one allocation for the length of `measureEngine`.

import KvdTestSupport
import StorageEngine

/// Counts the engine's own operations.
///
/// Only memtable rotation is kept out: memtables are larger than all that is written, so that a
/// flush on another thread does not count as somebody's read.
func measureEngine(folder: String) throws(EngineError) -> [Measurement] {
    var options = EngineOptions()
    options.tableSizeBytes = 16 << 10
    var unsynced = options
    unsynced.durability = .none
    var measurements: [Measurement] = []
    let engine = try Engine.open(folder: folder + "/synced", options: options)
    measurements += try measureCommits(engine)
    measurements.append(try measureGroups(engine))
    measurements += try measureMemtableReads(engine)
    // Two tables that overlap: one alone would move down as it is.
    try engine.flush()
    _ = try measureCommits(engine)
    try engine.compactAll()
    measurements += try measureTableReads(engine)
    measurements += try measureStepsByTurns(engine)
    try engine.close()

    var uncached = options
    uncached.blockCacheSizeBytes = 0
    let reading = try Engine.open(folder: folder + "/synced", options: uncached)
    try reading.compactAll()
    measurements.append(try measureGets(.getFromFile, reading, mode: .blocking))
    try reading.close()

    measurements += try measurePartitionedReads(folder: folder + "/partitions", unsynced)

    let fast = try Engine.open(folder: folder + "/unsynced", options: unsynced)
    let batch = WriteBatch()
    measurements.append(
        try .of(.commitUnsynced, count: 10_000) { () throws(EngineError) in
            for number in 0..<10_000 { try commit(number, fast, batch) }
        })
    try fast.close()
    return measurements
}

private let keyCount = 10_000
private let value = [UInt8](repeating: 7, count: 100)

/// A 16-byte key.
@inline(__always)
private func withKey<Result>(
    _ number: Int, _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
) throws(EngineError) -> Result {
    var key: (UInt64, UInt64) = (0, UInt64(number).bigEndian)
    return try withUnsafeBytes(of: &key) { (key) throws(EngineError) in try body(key) }
}

private func put(_ number: Int, _ batch: WriteBatch) throws(EngineError) {
    try withKey(number) { (key) throws(EngineError) in
        value.withUnsafeBytes { batch.put(key: key, value: $0) }
    }
}

private func commit(_ number: Int, _ engine: Engine, _ batch: WriteBatch) throws(EngineError) {
    batch.removeAll()
    try put(number, batch)
    try engine.commit(batch)
}

/// Leaves keys 0..<`keyCount` in the memtable.
private func measureCommits(_ engine: Engine) throws(EngineError) -> [Measurement] {
    let batch = WriteBatch()
    return [
        try .of(.commitSynced, count: 500) { () throws(EngineError) in
            for number in 0..<500 { try commit(number, engine, batch) }
        },
        try .of(.commitSyncedThousand, count: keyCount / 1_000) { () throws(EngineError) in
            for first in stride(from: 0, to: keyCount, by: 1_000) {
                batch.removeAll()
                for number in first..<first + 1_000 { try put(number, batch) }
                try engine.commit(batch)
            }
        },
    ]
}

/// Commits of several threads at once, most of which follow in a group that another leads. They
/// write keys that are there.
private func measureGroups(_ engine: Engine) throws(EngineError) -> Measurement {
    let threadCount = 8
    let eachCount = 1_000
    return try .of(.commitSyncedTogether, count: threadCount * eachCount) {
        () throws(EngineError) in
        do {
            try runThreads(threadCount) { thread in
                let batch = WriteBatch()
                for number in 0..<eachCount {
                    try commit(thread * eachCount + number, engine, batch)
                }
            }
        } catch let error as EngineError {
            throw error
        } catch {
            preconditionFailure("a commit throws nothing else")
        }
    }
}

private func measureMemtableReads(_ engine: Engine) throws(EngineError) -> [Measurement] {
    let cursor = try engine.cursor()
    return [
        try measureGets(.getFromMemtable, engine, mode: .blocking),
        try measureNext(.cursorNextInMemtable, cursor),
        try measurePrevious(.cursorPreviousInMemtable, cursor),
    ]
}

private func measureTableReads(_ engine: Engine) throws(EngineError) -> [Measurement] {
    let tableCount = engine.statistics().levels.reduce(0) { $0 + $1.tableCount }
    precondition(tableCount > 2, "the cursor is to meet several tables, not \(tableCount)")
    let cursor = try engine.cursor()
    return [
        try measureGets(.getFromCachedBlock, engine, mode: .blocking),
        try measureGets(.getCachedOnly, engine, mode: .cachedOnly),
        try .of(.getMissing, count: keyCount) { () throws(EngineError) in
            for number in keyCount..<2 * keyCount {
                let found = try withKey(number) { (key) throws(EngineError) in try engine.get(key) }
                precondition(found == nil)
            }
        },
        try measureNext(.cursorNext, cursor),
        try measurePrevious(.cursorPrevious, cursor),
        try .of(.cursorSeek, count: keyCount) { () throws(EngineError) in
            for number in 0..<keyCount {
                // A stride that meets every key and no neighbour.
                try withKey(number * 7_919 % keyCount) { (key) throws(EngineError) in
                    try cursor.seek(to: key)
                }
                precondition(cursor.isValid)
            }
        },
        try .of(.cursorMake, count: keyCount) { () throws(EngineError) in
            for _ in 0..<keyCount { _ = try engine.cursor() }
        },
        .of(.snapshot, count: keyCount) { () throws(Never) in
            for _ in 0..<keyCount { _ = engine.snapshot() }
        },
    ]
}

/// Steps of a cursor that goes from one sorted run to another with most of them: half of the keys are
/// written again into a table of level 0, and a third of all into the memtable.
private func measureStepsByTurns(_ engine: Engine) throws(EngineError) -> [Measurement] {
    let batch = WriteBatch()
    for number in stride(from: 0, to: keyCount, by: 2) { try put(number, batch) }
    try engine.commit(batch)
    try engine.flush()
    batch.removeAll()
    for number in stride(from: 0, to: keyCount, by: 3) { try put(number, batch) }
    try engine.commit(batch)
    let runCount = engine.statistics().levels.reduce(0) { $0 + $1.sortedRunCount }
    precondition(runCount == 2, "beside the memtable there are to be two runs, not \(runCount)")
    let cursor = try engine.cursor()
    return [
        try measureNext(.cursorNextByTurns, cursor),
        try measurePrevious(.cursorPreviousByTurns, cursor),
    ]
}

/// Reads of one large table whose index is in partitions, and over whose second half a range deletion
/// lies: first in the memtable, then in the table.
private func measurePartitionedReads(folder: String, _ options: EngineOptions)
    throws(EngineError) -> [Measurement]
{
    var options = options
    options.tableSizeBytes = 64 << 20
    options.simulation.indexSizeLimitBytes = 256
    options.simulation.indexPartitionSizeBytes = 256
    let engine = try Engine.open(folder: folder, options: options)
    let batch = WriteBatch()
    for number in 0..<2 * keyCount { try commit(number, engine, batch) }
    try engine.compactAll()
    // What a snapshot sees, no compaction drops.
    let keeper = engine.snapshot()
    batch.removeAll()
    try withKey(keyCount) { (lower) throws(EngineError) in
        try withKey(2 * keyCount) { (upper) throws(EngineError) in
            batch.deleteRange(lower: lower, upper: upper)
        }
    }
    try engine.commit(batch)
    let overMemtable = try engine.cursor()
    var measurements = [
        try measureGets(.getBesideDeletion, engine, mode: .blocking),
        try measureNext(.cursorNextBesideDeletion, overMemtable),
        try measurePrevious(.cursorPreviousBesideDeletion, overMemtable),
    ]
    try engine.compactAll()
    let overTable = try engine.cursor()
    measurements += [
        try measureGets(.getBesideTableDeletion, engine, mode: .blocking),
        try measureNext(.cursorNextBesideTableDeletion, overTable),
        try measurePrevious(.cursorPreviousBesideTableDeletion, overTable),
    ]
    let deletionCount = engine.statistics().levels.reduce(0) { $0 + $1.rangeDeletionCount }
    precondition(deletionCount == 1, "tables have \(deletionCount) range deletions")
    withExtendedLifetime(keeper) {}
    try engine.close()
    return measurements
}

private func measureGets(_ operation: Operation, _ engine: Engine, mode: ReadMode)
    throws(EngineError) -> Measurement
{
    try .of(operation, count: keyCount) { () throws(EngineError) in
        for number in 0..<keyCount {
            let found = try withKey(number) { (key) throws(EngineError) in
                try engine.get(key, mode: mode)
            }
            precondition(found?.bytes.count == value.count)
        }
    }
}

private func measureNext(_ operation: Operation, _ cursor: Cursor) throws(EngineError)
    -> Measurement
{
    try .of(operation, count: keyCount) { () throws(EngineError) in
        try cursor.seekToFirst()
        var steps = 0
        while cursor.isValid {
            try cursor.next()
            steps += 1
        }
        precondition(steps == keyCount)
    }
}

private func measurePrevious(_ operation: Operation, _ cursor: Cursor) throws(EngineError)
    -> Measurement
{
    try .of(operation, count: keyCount) { () throws(EngineError) in
        try cursor.seekToLast()
        var steps = 0
        while cursor.isValid {
            try cursor.previous()
            steps += 1
        }
        precondition(steps == keyCount)
    }
}
