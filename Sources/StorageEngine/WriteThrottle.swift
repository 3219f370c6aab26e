/// How much waits for flushes and compactions, as far as writers have to care.
struct WriteBacklog: Equatable {
    var levelZeroSublevels = 0
    /// Full memtables, the active one not counted.
    var waitingMemtables = 0
}

/// Slows writers in time, so that they seldom have to stop: a pure function of what is behind, the
/// bytes written and the time.
///
/// ## How
/// Pressure is 0 below the slowdown trigger and reaches 1 just past the stop trigger. Under a
/// pressure of `p` all writers together may write `rate × (1 - p) / p`, where `rate` is
/// ``EngineOptions/delayedWriteBytesPerSecond``: no bound at 0, `rate` in the middle, nothing at 1.
/// Whatever flushes and compactions sustain lies on that curve, so the pressure settles where
/// writers are as fast as they are. A write owes the time that its bytes take at this rate. Time
/// that passed by itself counts, and debts below 1 ms are left to the writes that follow: no thread
/// sleeps for less with any accuracy, and a small write does not wait longer than its bytes call
/// for. A write waits for 10 ms at most; what it owes beyond is forgiven, and the stop remains
/// behind it.
///
/// Writers are slowed only where a compaction or a second flush is due, so neither ever idles for
/// their sake and the throughput stays what these two sustain. For the same reason one memtable
/// that waits is no cause: only where the next full one would have to stop do writers slow down.
/// A flush takes much more a second than a compaction, so there they may write up to sixteen times
/// `rate`, the less the further they are ahead of it, and freely while they are not: they may fill
/// a memtable half as fast as the flush comes past another. What is left is for its syncs, and only
/// its last tenth is filled ever more slowly whatever was flushed.
///
/// Bytes that deeper levels are behind are no pressure of their own: level 0 is compacted into
/// them, so it grows too.
///
/// Sources: LevelDB's `MakeRoomForWrite` (1 ms for each write from 8 files of level 0 on, however
/// small, which holds small writes to a thousand a second); RocksDB's `WriteController` (a rate,
/// which is lowered while the backlog grows and raised while it shrinks).
struct WriteThrottle {
    static let longestDelay: Duration = .milliseconds(10)
    static let shortestDelay: Duration = .milliseconds(1)
    private static let flushRateFactor = 16.0
    /// What part of the active memtable may be filled for each part of another that is flushed.
    private static let fillForFlushed = 0.5
    /// The last part of the active memtable, over which that allowance ends.
    private static let lastPart = 0.1

    private let slowdownTrigger: Int
    private let stopTrigger: Int
    private let waitingLimit: Int
    private let bytesPerSecond: Double
    private(set) var backlog = WriteBacklog()
    /// Whether writes have to ask for their delay.
    private(set) var isSlowing = false
    /// When all that was written so far is paid for.
    private var paidAt: ContinuousClock.Instant?
    /// The delays since writers last ran freely.
    private var slowdown: Slowdown?

    private struct Slowdown {
        let began: ContinuousClock.Instant
        var toldBacklog: WriteBacklog
        var delayedWriteCount = 0
    }

    init(_ options: EngineOptions) {
        slowdownTrigger = options.levelZeroSlowdownTrigger
        stopTrigger = options.levelZeroStopTrigger
        waitingLimit = options.waitingMemtableLimit
        bytesPerSecond = Double(options.delayedWriteBytesPerSecond)
    }

    /// Takes in a new backlog.
    ///
    /// - Returns: The end of a slowdown, where this is one.
    mutating func update(_ backlog: WriteBacklog, now: ContinuousClock.Instant) -> EngineEvent? {
        self.backlog = backlog
        isSlowing =
            backlog.levelZeroSublevels >= slowdownTrigger
            || backlog.waitingMemtables >= waitingLimit
        guard !isSlowing, let slowdown else { return nil }
        self.slowdown = nil
        paidAt = nil
        return .slowdownEnded(
            delayedWriteCount: slowdown.delayedWriteCount,
            duration: slowdown.began.duration(to: now))
    }

    /// How far writers are ahead of a flush: 1 where they have filled their memtable, whatever was
    /// flushed, and not above 0 where they are not ahead.
    ///
    /// - Parameters:
    ///   - fill: How much of the active memtable is full, from 0 to 1.
    ///   - flushed: How much of the oldest memtable that waits a flush has come past, from 0 to 1.
    static func memtableLead(fill: Double, flushed: Double) -> Double {
        fill - flushed * fillForFlushed * min(max((1 - fill) / lastPart, 0), 1)
    }

    /// How far writers have to slow down: 0 not at all, 1 as much as there is.
    ///
    /// - Parameter memtableLead: See ``memtableLead(fill:flushed:)``.
    func pressure(memtableLead: Double) -> Double {
        let excess = backlog.levelZeroSublevels - slowdownTrigger + 1
        let levelZero = Double(excess) / Double(stopTrigger - slowdownTrigger + 2)
        guard backlog.waitingMemtables >= waitingLimit else { return min(max(levelZero, 0), 1) }
        // The pressure under which writers may write `rate × flushRateFactor × (1 - lead)`.
        let memtables =
            memtableLead <= 0 ? 0 : 1 / (1 + Self.flushRateFactor * (1 - min(memtableLead, 1)))
        return min(max(levelZero, memtables), 1)
    }

    /// How long a write has to wait before it goes on; zero, or 1 ms to 10 ms.
    mutating func delay(
        bytes: Int, memtableLead: Double, now: ContinuousClock.Instant
    ) -> Duration {
        // Threads sleep for longer than they ask; what that came to is theirs.
        let start = max(paidAt ?? now, now - Self.longestDelay)
        let end = min(
            start + cost(bytes, pressure(memtableLead: memtableLead)), now + Self.longestDelay)
        paidAt = end
        let delay = now.duration(to: end)
        return delay < Self.shortestDelay ? .zero : delay
    }

    private func cost(_ bytes: Int, _ pressure: Double) -> Duration {
        let longest = Double(Self.longestDelay / .seconds(1))
        if pressure >= 1 { return Self.longestDelay }
        let seconds = Double(bytes) / bytesPerSecond * pressure / (1 - pressure)
        return .seconds(min(seconds, longest))
    }

    /// Counts a write that is delayed.
    ///
    /// - Returns: What is to be told: the first delay, or the first for another reason.
    mutating func noteDelayed(_ delay: Duration, now: ContinuousClock.Instant) -> EngineEvent? {
        var current = slowdown ?? Slowdown(began: now, toldBacklog: backlog)
        let event: EngineEvent? =
            if slowdown == nil {
                .slowdownBegan(reason: reason, delay: delay)
            } else if current.toldBacklog != backlog {
                .slowdownChanged(reason: reason, delay: delay)
            } else {
                nil
            }
        current.toldBacklog = backlog
        current.delayedWriteCount += 1
        slowdown = current
        return event
    }

    /// Why no new memtable can be begun; nil where one can.
    var stopReason: String? {
        let stops =
            backlog.waitingMemtables >= waitingLimit || backlog.levelZeroSublevels >= stopTrigger
        return stops ? reason : nil
    }

    private var reason: String {
        backlog.waitingMemtables >= waitingLimit
            ? "\(backlog.waitingMemtables) memtables wait for their flush"
            : "level 0 has \(backlog.levelZeroSublevels) sublevels"
    }
}

extension WriteBacklog {
    init(_ state: ReadState) {
        levelZeroSublevels = state.version.levelZeroSublevelCount
        waitingMemtables = state.waiting.count
    }
}
