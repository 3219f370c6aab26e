// Unsafe pointers: the log owns its bytes until it is released.

internal import Histogram

/// How long each operation of one thread took.
///
/// The clock is read once an operation, between one and the next, so a latency includes making the
/// next key (about 10 ns). Latencies are written down as they come, 4 bytes each into memory that
/// was touched before, and counted in an HdrHistogram after the phase: recording costs the same few
/// nanoseconds for every engine and never a cache miss for a histogram's bucket.
///
/// `@unchecked Sendable`: one thread writes, and the others read after it has been joined.
final class LatencyLog: @unchecked Sendable {
    /// Latencies are stored in units of 8 ticks, about 3 ns, and stop at 2^32 of them, about 13 s.
    private static let shift: UInt64 = 3
    private let entries: UnsafeMutableBufferPointer<UInt32>
    private var count = 0
    private var last: UInt64 = 0

    init(capacity: Int) {
        entries = .allocate(capacity: capacity)
        entries.initialize(repeating: 0)
    }

    deinit { entries.deallocate() }

    var capacity: Int { entries.count }

    /// The first operation begins now.
    func begin() {
        count = 0
        last = TickClock.now()
    }

    /// The next operation begins now: what was done since the last does not count.
    func beginOperation() { last = TickClock.now() }

    /// An operation ended, and the next begins.
    ///
    /// - Returns: The time, in ticks.
    @inline(__always)
    func mark() -> UInt64 {
        let now = TickClock.now()
        entries[count] = UInt32(clamping: (now &- last) >> Self.shift)
        count += 1
        last = now
        return now
    }

    /// Nanosecond latencies of several threads together.
    static func histogram(_ logs: some Sequence<LatencyLog>, clock: TickClock) -> Histogram<UInt64>
    {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        let nanosecondsPerUnit = Double(1 << shift) / clock.ticksPerSecond * 1e9
        for log in logs {
            for entry in log.entries[..<log.count] {
                histogram.record(UInt64(Double(entry) * nanosecondsPerUnit))
            }
        }
        return histogram
    }
}
