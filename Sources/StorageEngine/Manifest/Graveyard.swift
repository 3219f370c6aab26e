/// Files that nothing names any more and that wait to be removed.
///
/// The last reader of a table may be an event loop; removing a large file there would make it wait,
/// so readers only leave the number here and wake background work, which removes the file.
/// `@unchecked Sendable`: guarded by `lock`.
final class Graveyard: @unchecked Sendable {
    private let lock = Lock()
    private var tables: [UInt64] = []
    private let signal: BackgroundSignal

    /// - Parameter signal: Through which whoever compacts is told that there is something to remove.
    init(signal: BackgroundSignal) { self.signal = signal }

    func bury(_ table: UInt64) {
        lock.withLock { tables.append(table) }
        signal.requestCompaction()
    }

    /// The tables to remove; each is handed out once.
    func takeAll() -> [UInt64] {
        lock.withLock {
            defer { tables.removeAll() }
            return tables
        }
    }
}
