import Histogram
import Testing

@testable import EngineBench

@Suite struct ResultTests {
    @Test func aSpreadHasTheMiddleAndTheEnds() {
        #expect(Spread([]) == nil)
        let odd = Spread([5, 1, 3])
        #expect(odd?.median == 3 && odd?.least == 1 && odd?.most == 5)
        #expect(Spread([4, 1, 2, 9])?.median == 3)
    }

    @Test func aComparisonKeepsEnginesPhasesAndRoundsApart() {
        let comparison = Comparison(
            results: [
                result(.kvd, .fillseq, round: 1, seconds: 1),
                result(.kvd, .fillseq, round: 2, seconds: 2),
                result(.kvd, .fillseq, round: 3, seconds: 4),
                result(.lmdb, .fillseq, round: 1, seconds: 10),
                result(.kvd, .scan, round: 1, seconds: 8),
            ], engines: [.kvd, .lmdb])
        #expect(comparison.phases == [.fillseq, .scan])
        #expect(comparison.spread(.kvd, .fillseq, \.operationsPerSecond)?.median == 500)
        #expect(comparison.spread(.lmdb, .fillseq, \.operationsPerSecond)?.median == 100)
        #expect(comparison.spread(.lmdb, .scan, \.operationsPerSecond) == nil)
    }

    @Test func amplificationTakesTheLargerCounter() {
        let one = result(.kvd, .fillseq, round: 1, seconds: 1)
        #expect(one.writeAmplification == 3)
        #expect(one.deviceWriteAmplification == 4)
        #expect(one.spaceAmplification == 0.5)
        var read = one
        read.userBytesWritten = 0
        #expect(read.writeAmplification == nil)
        #expect(read.deviceWriteAmplification == nil)
    }

    @Test func aLatencyLogFindsPercentiles() {
        let log = LatencyLog(capacity: 8)
        log.begin()
        for _ in 0..<8 { _ = log.mark() }
        let histogram = LatencyLog.histogram([log], clock: TickClock())
        #expect(histogram.totalCount == 8)
    }

    @Test(arguments: [99, 100, 999, 1_000])
    func aPercentileTakesAsManyOperationsAsItNames(count: Int) throws {
        let meter = try Meter(
            kind: .kvd, round: 1, operationLimit: count, syncedOperationLimit: 1, limitSeconds: 1)
        meter.logs[0].begin()
        for _ in 0..<count { _ = meter.logs[0].mark() }
        let latency = meter.latency(0..<1)
        #expect((latency.p99 != nil) == (count >= 100))
        #expect((latency.p999 != nil) == (count >= 1_000))
    }

    @Test func figuresHaveThreeDigitsThatMatter() {
        #expect(formatRate(812.4) == "812")
        #expect(formatRate(45_321) == "45.3 k")
        #expect(formatRate(999_600) == "1.00 M")
        #expect(formatShort(0.5) == "0.50")
    }

    @Test func bytesAreGivenInTheLargestUnitTheyFill() {
        #expect(formatBytes(812) == "812 B")
        #expect(formatBytes(999_999) == "977 KiB")
        #expect(formatBytes(64 << 20) == "64.0 MiB")
        #expect(formatBytes(UInt64(24) << 30) == "24.0 GiB")
        #expect(formatBytes(5 << 40) == "5120 GiB")
    }
}

/// What a child would report.
func result(_ engine: EngineKind, _ phase: Phase, round: Int, seconds: Double) -> PhaseResult {
    PhaseResult(
        engine: engine, phase: phase, round: round, operations: 1_000, seconds: seconds,
        latency: nil, cpuSeconds: 1, settledSeconds: seconds, bytesGivenToWrites: 3_000,
        bytesSentToDisk: 2_000, bytesTakenFromReads: 0, bytesFetchedFromDisk: 0,
        bytesWrittenByDevice: 4_000, userBytesWritten: 1_000, folderBytes: 500,
        liveUserBytes: 1_000, peakMemoryBytes: 9, isCutShort: false)
}
