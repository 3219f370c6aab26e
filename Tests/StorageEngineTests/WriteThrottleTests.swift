import KvdTestSupport
import Testing

@testable import StorageEngine

@Suite("Write throttle")
struct WriteThrottleTests {
    private static let random = SeededRandom.fromEnvironment("WriteThrottleTests")
    private let start = ContinuousClock.now

    private func throttle(
        sublevels: Int = 0, waiting: Int = 0, _ change: (inout EngineOptions) -> Void = { _ in }
    ) -> WriteThrottle {
        var options = EngineOptions()
        options.levelZeroCompactionTrigger = 4
        options.levelZeroSlowdownTrigger = 12
        options.levelZeroStopTrigger = 20
        change(&options)
        var throttle = WriteThrottle(options)
        let backlog = WriteBacklog(levelZeroSublevels: sublevels, waitingMemtables: waiting)
        _ = throttle.update(backlog, now: start)
        return throttle
    }

    @Test("Pressure rises evenly from the slowdown to the stop of level 0")
    func levelZeroPressure() {
        var last = 0.0
        for sublevels in 0...30 {
            let throttle = throttle(sublevels: sublevels)
            let pressure = throttle.pressure(memtableLead: 1)
            #expect(throttle.isSlowing == (sublevels >= 12))
            #expect((throttle.stopReason != nil) == (sublevels >= 20))
            switch sublevels {
            case ..<12: #expect(pressure == 0)
            case 12...20: #expect(abs(pressure - last - 0.1) < 1e-9)
            default: #expect(pressure == 1)
            }
            last = pressure
        }
    }

    @Test("Waiting memtables slow writers only where the next must stop, the more they are ahead")
    func memtablePressure() {
        let one = throttle(waiting: 1)
        #expect(!one.isSlowing && one.stopReason == nil)
        #expect(one.pressure(memtableLead: 1) == 0)
        let two = throttle(waiting: 2)
        #expect(two.isSlowing && two.stopReason == "2 memtables wait for their flush")
        for lead in [0.01, 0.25, 0.5, 0.75] {
            let pressure = two.pressure(memtableLead: lead)
            // How many times the rate they may write.
            #expect(abs((1 - pressure) / pressure - 16 * (1 - lead)) < 1e-9)
        }
        for lead in [0, -0.5] { #expect(two.pressure(memtableLead: lead) == 0) }
        #expect(WriteThrottle.memtableLead(fill: 0.25, flushed: 0) == 0.25)
        #expect(WriteThrottle.memtableLead(fill: 0.25, flushed: 0.5) == 0)
        #expect(WriteThrottle.memtableLead(fill: 0.75, flushed: 1) == 0.25)
        #expect(abs(WriteThrottle.memtableLead(fill: 0.95, flushed: 1) - 0.7) < 1e-9)
        #expect(WriteThrottle.memtableLead(fill: 0.25, flushed: 1) < 0)
        for flushed in [0, 0.5, 1] {
            #expect(WriteThrottle.memtableLead(fill: 1, flushed: flushed) == 1)
        }
        #expect(two.pressure(memtableLead: 1.5) == 1)
        // Level 0 may be further behind.
        #expect(throttle(sublevels: 16, waiting: 2).pressure(memtableLead: 0.5) == 0.5)
    }

    @Test("Writers together get the rate of the pressure, however small or large their writes are")
    func rate() {
        var random = Self.random
        for sublevels in 12...20 {
            var throttle = throttle(sublevels: sublevels)
            let pressure = throttle.pressure(memtableLead: 0)
            let bytesPerSecond = Double(16 << 20) * (1 - pressure) / pressure
            var now = start
            var written = 0
            while start.duration(to: now) < .seconds(2) {
                // Larger writes would owe more than the 10 ms that a write waits at most.
                let bytes = random.int(in: 1...Int(bytesPerSecond / 200))
                let delay = throttle.delay(bytes: bytes, memtableLead: 0, now: now)
                #expect(delay == .zero || delay >= .milliseconds(1) && delay <= .milliseconds(10))
                // A sleep lasts longer than was asked for; the rate must not suffer.
                let oversleep: Duration =
                    delay == .zero ? .zero : .microseconds(random.int(in: 0...300))
                now += delay + oversleep + .nanoseconds(200)
                written += bytes
            }
            let seconds = start.duration(to: now) / .seconds(1)
            let reached = Double(written) / seconds
            #expect(
                abs(reached / bytesPerSecond - 1) < 0.02,
                "\(sublevels) sublevels: \(reached) of \(bytesPerSecond), seed \(random.seed)")
        }
    }

    @Test("A writer slower than the rate is never delayed")
    func slowWriter() {
        var throttle = throttle(sublevels: 16)
        var now = start
        for _ in 0..<10_000 {
            #expect(throttle.delay(bytes: 8 << 10, memtableLead: 0, now: now) == .zero)
            now += .milliseconds(1)
        }
    }

    @Test("A write that owes more waits for 10 ms, and the next pays only for itself")
    func longestDelay() {
        var throttle = throttle(sublevels: 19)
        var now = start
        let first = throttle.delay(bytes: 256 << 20, memtableLead: 0, now: now)
        #expect(first == .milliseconds(10))
        now += first
        #expect(throttle.delay(bytes: 100, memtableLead: 0, now: now) == .zero)
        var full = self.throttle(sublevels: 25)
        #expect(full.delay(bytes: 1, memtableLead: 0, now: start) == .milliseconds(10))
    }

    @Test("A slowdown is told when it begins, when its reason changes and when it ends")
    func events() {
        var throttle = throttle(sublevels: 13)
        let delay = Duration.milliseconds(2)
        #expect(
            throttle.noteDelayed(delay, now: start)
                == .slowdownBegan(reason: "level 0 has 13 sublevels", delay: delay))
        #expect(throttle.noteDelayed(delay, now: start) == nil)
        let worse = WriteBacklog(levelZeroSublevels: 14, waitingMemtables: 0)
        #expect(throttle.update(worse, now: start) == nil)
        #expect(
            throttle.noteDelayed(delay, now: start)
                == .slowdownChanged(reason: "level 0 has 14 sublevels", delay: delay))
        #expect(
            throttle.update(WriteBacklog(), now: start + .seconds(3))
                == .slowdownEnded(delayedWriteCount: 3, duration: .seconds(3)))
        #expect(throttle.update(WriteBacklog(), now: start + .seconds(4)) == nil)
    }

    /// Level 0 fed by writers that never pause, and compacted at a rate of its own a few sublevels
    /// at a time.
    @Test("Where compaction keeps on, writers are as fast as it is and do not stop")
    func closedLoop() {
        let memtableBytes = 64 << 20
        for drainBytesPerSecond in [8 << 20, 30 << 20, 100 << 20, 300 << 20] {
            var throttle = throttle()
            let batchBytes = 64 << 10
            var now = start
            var (written, flushed, drained, stops) = (0, 0, 0, 0)
            var compactionEnds: ContinuousClock.Instant?
            let seconds = 60.0
            while start.duration(to: now) < .seconds(seconds) {
                if written - flushed >= memtableBytes { flushed += memtableBytes }
                if let ends = compactionEnds, ends <= now {
                    drained += 4 * memtableBytes
                    compactionEnds = nil
                }
                let sublevels = (flushed - drained) / memtableBytes
                if compactionEnds == nil, sublevels >= 4 {
                    let time = Double(4 * memtableBytes) / Double(drainBytesPerSecond)
                    compactionEnds = now + .seconds(time)
                }
                let backlog = WriteBacklog(levelZeroSublevels: sublevels, waitingMemtables: 0)
                if backlog != throttle.backlog { _ = throttle.update(backlog, now: now) }
                if throttle.stopReason != nil { stops += 1 }
                now += .microseconds(100)
                if throttle.isSlowing {
                    now += throttle.delay(bytes: batchBytes, memtableLead: 0, now: now)
                }
                written += batchBytes
            }
            // What fits into level 0 before the stop comes on top of what was compacted.
            let sustained = drainBytesPerSecond * Int(seconds)
            #expect(written >= sustained, "\(drainBytesPerSecond)")
            #expect(written <= sustained + 20 * memtableBytes, "\(drainBytesPerSecond)")
            #expect(stops == 0, "\(drainBytesPerSecond)")
        }
    }
}
