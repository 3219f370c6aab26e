internal import StorageEngine
internal import Synchronization

/// Removes the rows of deleted tables in the background.
///
/// A marker in the catalog, written in the batch that removed the table, says that there are rows
/// to remove; the last batch removes the marker, so a removal that was cut short goes on at the
/// next open. One table is worked on at a time, on one of the engine's I/O threads, in batches
/// small enough that writers do not notice.
///
/// `@unchecked Sendable`: `queue` and `isRunning` are guarded by `lock`; `engine` is Sendable.
final class TableDropper: @unchecked Sendable {
    private static let batchRowLimit = 1000

    private let engine: Engine
    private let lock = Lock()
    private let isStopped = Atomic<Bool>(false)
    private var queue: [(table: UInt32, indexNumbers: ClosedRange<UInt16>)] = []
    private var isRunning = false

    init(engine: Engine) { self.engine = engine }

    /// Begins or queues the removal of a table's rows.
    func drop(_ table: UInt32) {
        let starts = lock.withLock {
            queue.append(
                (table, 0...UInt16(Limits.localIndexCount + Limits.globalIndexCount)))
            defer { isRunning = true }
            return !isRunning
        }
        if starts { engine.performBlocking(.writing) { self.work() } }
    }

    /// Ends the work after the batch at hand; what is left is done after the next open.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func work() {
        while let (table, indexNumbers) = takeNext() {
            do {
                try removeRows(of: table)
                if isStopped.load(ordering: .relaxed) { return }
                try finish(table, indexNumbers)
            } catch {
                // The engine is closed or read-only: the marker stays for the next open.
                return
            }
        }
    }

    private func takeNext() -> (table: UInt32, indexNumbers: ClosedRange<UInt16>)? {
        lock.withLock {
            if queue.isEmpty {
                isRunning = false
                return nil
            }
            return queue.removeFirst()
        }
    }

    private func removeRows(of table: UInt32) throws(EngineError) {
        for space in [KeySpace.items, KeySpace.indexRows, KeySpace.streams] {
            var range = KeyRange(prefix: KeySpace.prefix(space: space, table: table))
            while !isStopped.load(ordering: .relaxed), let last = try removeSome(of: range) {
                range.lower = last.successor
            }
        }
    }

    /// Removes the first rows of a range; returns the last one's key, nil if there was none.
    private func removeSome(of range: KeyRange) throws(EngineError) -> [UInt8]? {
        let cursor = try engine.cursor(
            lower: range.lower, upper: range.upper, at: .applied, fillsCache: false)
        let batch = WriteBatch()
        var last: [UInt8]?
        var count = 0
        try cursor.seekToFirst()
        while cursor.isValid, count < Self.batchRowLimit {
            batch.delete(key: cursor.key)
            last = Array(cursor.key)
            count += 1
            try cursor.next()
        }
        if !batch.isEmpty { try engine.commit(batch) }
        return last
    }

    /// Removes the marker and takes the table's counters back to zero.
    private func finish(
        _ table: UInt32, _ indexNumbers: ClosedRange<UInt16>
    ) throws(EngineError) {
        let batch = WriteBatch()
        for index in indexNumbers {
            for counter in [
                CounterID.itemCount(table: table, index: index),
                CounterID.sizeBytes(table: table, index: index),
            ] {
                let value = engine.counter(counter)
                if value != 0 { batch.add(counter: counter, -value) }
            }
        }
        batch.delete(key: CatalogRow.drop(table))
        try engine.commit(batch)
    }
}
