/// How the commit path tells background work that there is something to do.
///
/// `@unchecked Sendable`: guarded by `lock`.
final class BackgroundSignal: @unchecked Sendable {
    private let lock: Lock
    private let changed: Condition
    private var wantsFlush = false
    private var wantsCompaction = false
    private var isClosing = false

    init() {
        lock = Lock()
        changed = Condition(lock)
    }

    func requestFlush() { set { wantsFlush = true } }
    func requestCompaction() { set { wantsCompaction = true } }
    func close() { set { isClosing = true } }

    private func set(_ body: () -> Void) {
        lock.withLock {
            body()
            changed.broadcast()
        }
    }

    /// Waits for a flush to be asked for; false when the engine closes.
    func waitForFlush() -> Bool {
        lock.withLock {
            wait { !wantsFlush && !isClosing }
            wantsFlush = false
            return !isClosing
        }
    }

    /// Waits for a compaction to be asked for, or for so long; false when the engine closes.
    func waitForCompaction(atMost duration: Duration? = nil) -> Bool {
        let end = duration.map { ContinuousClock.now + $0 }
        return lock.withLock {
            wait(until: end) { !wantsCompaction && !isClosing }
            wantsCompaction = false
            return !isClosing
        }
    }

    var isClosed: Bool { lock.withLock { isClosing } }

    /// Waits between tries of something that failed; cut short when the engine closes.
    func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        // Requests wake this as well; they do not make the next try any better.
        lock.withLock { wait(until: end) { !isClosing } }
    }

    /// Waits, with the lock held, while something is so, and until `end` at most.
    private func wait(
        until end: ContinuousClock.Instant? = nil, while isSo: () -> Bool
    ) {
        while isSo() {
            guard let end else {
                changed.wait()
                continue
            }
            let left = ContinuousClock.now.duration(to: end)
            if left <= .zero { return }
            changed.wait(atMost: left)
        }
    }
}
