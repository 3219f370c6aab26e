/// A moment that reads can go back to, until the object is released.
///
/// A snapshot costs a number in a list; what it pins are the versions of keys that later writes
/// replaced, which compactions must keep.
public final class Snapshot: Sendable {
    /// The commit sequence the snapshot shows.
    public let sequence: UInt64
    private let list: SnapshotList

    fileprivate init(sequence: UInt64, list: SnapshotList) {
        self.sequence = sequence
        self.list = list
    }

    deinit { list.remove(sequence) }
}

/// The snapshots alive. `@unchecked Sendable`: guarded by `lock`.
final class SnapshotList: @unchecked Sendable {
    private let lock = Lock()
    /// Rising, one for each snapshot alive.
    private var sequences: [UInt64] = []
    /// What waits for a snapshot to be released.
    private var releaseAction: (@Sendable () -> Void)?

    /// Makes a snapshot of the sequence `current` returns, which is asked under the lock so that a
    /// compaction that reads the list later sees it.
    func make(_ current: () -> UInt64) -> Snapshot {
        lock.withLock {
            let sequence = current()
            let place = sequences.lastIndex { $0 <= sequence }.map { $0 + 1 } ?? 0
            sequences.insert(sequence, at: place)
            return Snapshot(sequence: sequence, list: self)
        }
    }

    fileprivate func remove(_ sequence: UInt64) {
        let action = lock.withLock {
            if let place = sequences.firstIndex(of: sequence) { sequences.remove(at: place) }
            defer { releaseAction = nil }
            return releaseAction
        }
        action?()
    }

    /// Calls back once, at the next release of a snapshot.
    ///
    /// - Parameter known: What the caller takes to be alive.
    /// - Returns: False where it is not any more; then nothing is called.
    func atNextRelease(after known: [UInt64], _ action: @escaping @Sendable () -> Void) -> Bool {
        lock.withLock {
            // New snapshots only add to the end.
            guard sequences.starts(with: known) else { return false }
            releaseAction = action
            return true
        }
    }

    /// The sequences alive, rising.
    var all: [UInt64] { lock.withLock { sequences } }
}
