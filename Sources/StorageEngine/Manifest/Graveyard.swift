/// Files that nothing names any more and that wait to be removed.
///
/// The last reader of a table may be an event loop; removing a large file there would make it wait,
/// so readers only leave the number here and wake background work, which removes the file. They leave
/// its handle too: what a file takes goes back to the disk when the last handle is closed.
/// `@unchecked Sendable`: guarded by `lock`.
final class Graveyard: @unchecked Sendable {
    private let lock = Lock()
    private var tables: [(number: UInt64, handle: any FileHandle)] = []
    private let signal: BackgroundSignal
    private var isClosed = false

    /// - Parameter signal: Through which whoever compacts is told that there is something to remove.
    init(signal: BackgroundSignal) { self.signal = signal }

    func bury(_ number: UInt64, _ handle: any FileHandle) {
        lock.withLock { if !isClosed { tables.append((number, handle)) } }
        signal.requestCompaction()
    }

    /// Takes nothing any more: whoever would remove it is gone, and the next open finds it.
    func close() { lock.withLock { isClosed = true } }

    /// The tables to remove; each is handed out once. Their handles are closed with what is returned.
    func takeAll() -> [(number: UInt64, handle: any FileHandle)] {
        lock.withLock {
            defer { tables.removeAll() }
            return tables
        }
    }
}
