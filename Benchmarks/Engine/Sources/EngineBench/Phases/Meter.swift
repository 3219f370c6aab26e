internal import Histogram
internal import ProcessMeasuring

/// Measures phases in one process: reads the kernel's counters around the timed part and again once
/// the background work has settled.
final class Meter {
    let kind: EngineKind
    let round: Int
    let clock = TickClock()
    /// A log for each thread a phase may have, all of them touched before the engine is opened.
    let logs: [LatencyLog]
    /// The longest that a timed part may take.
    let limitSeconds: Double
    private let baselineMemoryBytes: Int

    /// What the timed part of a phase did.
    struct Timed {
        var operations: Int
        var seconds: Double
        var threads = 1
        var isCutShort = false
        /// Which logs hold the latencies; nil where single operations are not timed.
        var logs: Range<Int>? = 0..<1
    }

    /// - Parameters:
    ///   - operationLimit: The most that each of the first two threads of a phase does.
    ///   - syncedOperationLimit: The most that each further thread does.
    init(
        kind: EngineKind, round: Int, operationLimit: Int, syncedOperationLimit: Int,
        limitSeconds: Double
    ) throws {
        self.kind = kind
        self.round = round
        self.limitSeconds = limitSeconds
        logs = (0..<32).map {
            LatencyLog(capacity: $0 < 2 ? operationLimit : syncedOperationLimit)
        }
        baselineMemoryBytes = try ProcessUsage.memoryBytes()
    }

    /// - Parameters:
    ///   - userBytesPerOperation: 0 for reads.
    ///   - liveEntries: How many entries there are afterwards; by default all of the workload's, and
    ///     for a phase that fills the database as many as it wrote.
    func measure(
        _ phase: Phase, _ database: FilledDatabase, userBytesPerOperation: Int = 0,
        liveEntries: Int? = nil, _ timed: () throws -> Timed
    ) throws -> PhaseResult {
        let device = BlockDevice(holding: database.settings.folder)
        let deviceBefore = device?.bytesWrittenAfterSync()
        try ProcessUsage.resetPeakMemory()
        let before = try ProcessUsage.now()
        let timed = try timed()
        let settledSeconds = timed.seconds + (try database.settle())
        let usage = try ProcessUsage.now().since(before)
        let peak = try ProcessUsage.peakMemoryBytes()
        let written = device?.bytesWrittenAfterSync().flatMap { now in deviceBefore.map { now - $0 }
        }
        let all = database.workload.entryCount
        let live = liveEntries ?? (phase.isFill ? min(timed.operations, all) : all)
        return PhaseResult(
            engine: kind, phase: phase, round: round, operations: timed.operations,
            seconds: timed.seconds, latency: timed.logs.map(latency),
            cpuSeconds: usage.cpuSeconds, settledSeconds: settledSeconds,
            bytesGivenToWrites: usage.bytesGivenToWrites,
            bytesSentToDisk: usage.bytesSentToDisk,
            bytesTakenFromReads: usage.bytesTakenFromReads,
            bytesFetchedFromDisk: usage.bytesFetchedFromDisk,
            bytesWrittenByDevice: written,
            userBytesWritten: timed.operations * userBytesPerOperation,
            folderBytes: diskUsageBytes(folder: database.settings.folder),
            liveUserBytes: live * database.workload.entryBytes,
            peakMemoryBytes: max(0, peak - baselineMemoryBytes),
            isCutShort: timed.isCutShort)
    }

    func latency(_ range: Range<Int>) -> PhaseResult.Latency {
        let histogram = LatencyLog.histogram(logs[range], clock: clock)
        func microseconds(_ percentile: Double) -> Double {
            Double(histogram.valueAtPercentile(percentile)) / 1e3
        }
        let count = histogram.totalCount
        return PhaseResult.Latency(
            p50: microseconds(50), p99: count >= 100 ? microseconds(99) : nil,
            p999: count >= 1_000 ? microseconds(99.9) : nil, max: microseconds(100))
    }
}
