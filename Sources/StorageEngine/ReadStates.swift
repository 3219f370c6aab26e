// Unsafe pointers: `shown` holds the address of `state`, which is not released before every reader
// that may have loaded it has left (see `ReadPins`).

internal import CKvdShims

/// The read state in force, swapped whole.
///
/// `@unchecked Sendable`: `state` and `retired` are guarded by `lock`, `shown` is atomic.
final class ReadStates: @unchecked Sendable {
    private let lock = Lock()
    private var state: ReadState
    /// The address of `state`, for readers that do not take the lock.
    private let shown: UnsafeMutablePointer<UInt64>
    private let pins = ReadPins()
    /// States that readers may still be in.
    private var retired: [ReadState] = []

    init(_ state: ReadState) {
        self.state = state
        shown = .allocate(capacity: 1)
        shown.initialize(to: Self.address(state))
    }

    deinit { shown.deallocate() }

    private static func address(_ state: ReadState) -> UInt64 {
        UInt64(UInt(bitPattern: Unmanaged.passUnretained(state).toOpaque()))
    }

    /// The state, to keep.
    var current: ReadState { lock.withLock { state } }

    /// Lends the state for one read, without a lock or a count that readers share.
    ///
    /// `body` may wait for the disk, and must not wait for a flush or compaction: they wait for it.
    @inline(__always)
    func withPinned<Result, Failure: Error>(_ body: (ReadState) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        let pin = pins.enter()
        defer { pins.leave(pin) }
        guard let address = UnsafeRawPointer(bitPattern: UInt(kvd_load_ordered_u64(shown))) else {
            preconditionFailure("a state is always shown")
        }
        return try Unmanaged<ReadState>.fromOpaque(address).borrow(body)
    }

    /// Puts a new memtable in front; the one before waits for its flush.
    func rotate(to memtable: Memtable) {
        // The old state goes with the flush that follows: what it holds is needed until then.
        lock.withLock {
            replace(
                with: ReadState(
                    memtable: memtable, waiting: [state.memtable] + state.waiting,
                    version: state.version))
        }
    }

    /// Shows a new version, and no longer the memtable whose entries it took over; lets old states
    /// go when their readers have left.
    func show(_ version: Version, instead flushed: Memtable?) {
        let old = lock.withLock {
            replace(
                with: ReadState(
                    memtable: state.memtable, waiting: state.waiting.filter { $0 !== flushed },
                    version: version))
            defer { retired.removeAll() }
            return retired
        }
        pins.waitForReaders()
        withExtendedLifetime(old) {}
    }

    private func replace(with new: ReadState) {
        retired.append(state)
        state = new
        kvd_store_ordered_u64(shown, Self.address(new))
    }
}
