/// The read state in force, swapped whole.
///
/// `@unchecked Sendable`: `state` is guarded by `lock`.
final class ReadStates: @unchecked Sendable {
    private let lock = Lock()
    private var state: ReadState

    init(_ state: ReadState) { self.state = state }

    @inline(__always)
    var current: ReadState { lock.withLock { state } }

    /// Puts a new memtable in front; the one before waits for its flush.
    func rotate(to memtable: Memtable) {
        lock.withLock {
            state = ReadState(
                memtable: memtable, waiting: [state.memtable] + state.waiting,
                version: state.version)
        }
    }

    /// Shows a new version, and no longer the memtable whose entries it took over.
    func show(_ version: Version, instead flushed: Memtable?) {
        // The old state is let go after the lock: it may be the last to hold a table.
        let old = lock.withLock {
            let old = state
            state = ReadState(
                memtable: old.memtable, waiting: old.waiting.filter { $0 !== flushed },
                version: version)
            return old
        }
        withExtendedLifetime(old) {}
    }
}
