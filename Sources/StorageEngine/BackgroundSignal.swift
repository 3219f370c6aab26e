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
            while !wantsFlush && !isClosing { changed.wait() }
            wantsFlush = false
            return !isClosing
        }
    }

    /// Waits for a compaction to be asked for, or for so long; false when the engine closes.
    func waitForCompaction(atMost duration: Duration? = nil) -> Bool {
        let end = duration.map { ContinuousClock.now + $0 }
        return lock.withLock {
            while !wantsCompaction && !isClosing {
                guard let end else {
                    changed.wait()
                    continue
                }
                let left = ContinuousClock.now.duration(to: end)
                if left <= .zero { break }
                changed.wait(atMost: left)
            }
            wantsCompaction = false
            return !isClosing
        }
    }

    var isClosed: Bool { lock.withLock { isClosing } }

    /// Waits between tries of something that failed; cut short when the engine closes.
    func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        lock.withLock {
            // Requests wake this as well; they do not make the next try any better.
            while !isClosing, ContinuousClock.now < end {
                changed.wait(atMost: ContinuousClock.now.duration(to: end))
            }
        }
    }
}
