/// Holds writers up that flushes or compactions are behind of, as ``WriteThrottle`` says.
///
/// ## Thread safety
/// All of it happens under the lock given at `init`, which a wait gives up.
final class WriteGate {
    private let observer: EngineObserver
    /// Inline work is done before the next call, so nothing can be behind.
    private let isAlwaysOpen: Bool
    private let changed: Condition
    private var throttle: WriteThrottle

    init(_ options: EngineOptions, lock: Lock, observer: EngineObserver) {
        self.observer = observer
        isAlwaysOpen = options.backgroundWork == .inline
        changed = Condition(lock)
        throttle = WriteThrottle(options)
    }

    /// Whether writers may have to pay for what they write with a delay.
    var isSlowing: Bool { throttle.isSlowing }

    /// Why no new memtable may begin; nil where one may.
    var stopReason: String? { throttle.stopReason }

    /// Looks at what flushes and compactions are behind with.
    func update(_ state: ReadState) {
        if isAlwaysOpen { return }
        let event = throttle.update(WriteBacklog(state), now: .now)
        if let event { observer.report(event) }
    }

    /// Lets those who wait look again.
    func wakeAll() { changed.broadcast() }

    /// Delays a writer.
    ///
    /// A caller that may not wait is turned away only where a delay is due, with nothing charged, and
    /// pays when it comes back on a thread that may: so event loops take part in the slowdown and
    /// never sleep.
    ///
    /// - Parameters:
    ///   - memtableLead: See ``WriteThrottle/memtableLead(fill:flushed:)``.
    ///   - isWorthIt: Whether the write may still be taken.
    /// - Throws: ``EngineError/wouldBlock``.
    func slowDown(
        bytes: Int, memtableLead: Double, mayBlock: Bool, while isWorthIt: () -> Bool
    ) throws(EngineError) {
        var charged = throttle
        let began = ContinuousClock.now
        let delay = charged.delay(bytes: bytes, memtableLead: memtableLead, now: began)
        if delay > .zero, !mayBlock { throw .wouldBlock }
        throttle = charged
        if delay == .zero { return }
        if let event = throttle.noteDelayed(delay, now: began) { observer.report(event) }
        let end = began + delay
        while throttle.isSlowing, isWorthIt(), ContinuousClock.now < end {
            changed.wait(atMost: ContinuousClock.now.duration(to: end))
        }
        observer.slowdowns.note(began.duration(to: .now))
    }

    /// Holds a writer that needs a new memtable until one may begin.
    ///
    /// - Parameter isNeeded: Whether the writer still needs one, and may still be taken: others who
    ///   waited as well may have begun one before it.
    /// - Throws: ``EngineError/wouldBlock``.
    func stop(
        _ reason: String, mayBlock: Bool, while isNeeded: () -> Bool
    ) throws(EngineError) {
        if !mayBlock { throw .wouldBlock }
        observer.stall(reason) {
            while stopReason != nil, isNeeded() { changed.wait() }
        }
    }
}
