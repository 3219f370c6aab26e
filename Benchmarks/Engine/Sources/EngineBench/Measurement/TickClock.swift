internal import CBenchShims
internal import Glibc

/// The processor's time stamp counter, measured against the monotonic clock.
struct TickClock: Sendable {
    let ticksPerSecond: Double

    /// Watches both clocks for 50 ms.
    init() {
        let before = Self.monotonicSeconds()
        let first = bench_ticks()
        var after = before
        while after - before < 0.05 { after = Self.monotonicSeconds() }
        ticksPerSecond = Double(bench_ticks() - first) / (after - before)
    }

    @inline(__always)
    static func now() -> UInt64 { bench_ticks() }

    func seconds(_ ticks: UInt64) -> Double { Double(ticks) / ticksPerSecond }

    func ticks(seconds: Double) -> UInt64 { UInt64(seconds * ticksPerSecond) }

    static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
