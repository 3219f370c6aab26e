import ProcessMeasuring

/// Measures the phases of one store: reads the kernel's counters around the timed part and again once
/// the background work has settled, so that a phase pays for all that it caused and the next one for
/// nothing of it.
///
/// The definitions are those of the engines' comparison, `Tools/bench engine`.
final class Meter {
    private let folder: String
    private let baselineMemoryBytes: Int
    /// Bytes of the keys and values that are alive.
    private var liveUserBytes = 0

    /// - Parameters:
    ///   - folder: The store's alone.
    ///   - baselineMemoryBytes: What the process held before its first store was opened.
    init(folder: String, baselineMemoryBytes: Int) {
        self.folder = folder
        self.baselineMemoryBytes = baselineMemoryBytes
    }

    /// Runs the phase and prints what it measured as a line of JSON.
    ///
    /// - Parameter makeWorker: makes the worker of the task of this number, from 0.
    func measure<W: Worker & SendableMetatype>(
        _ phase: Phase, _ makeWorker: @escaping @Sendable (Int) -> W
    ) async throws {
        Report.started(phase.name)
        try ProcessUsage.resetPeakMemory()
        let before = try ProcessUsage.now()
        let timed = try await phase.run(makeWorker)
        try waitUntilSettled("what keeps \(folder)")
        let usage = try ProcessUsage.now().since(before)
        let peak = try ProcessUsage.peakMemoryBytes()
        liveUserBytes += timed.tallies.reduce(0) { $0 + $1.addedUserBytes }
        Report.measured(
            PhaseResult(
                phase: phase, timed: timed, usage: usage,
                folderBytes: diskUsageBytes(folder: folder), liveUserBytes: liveUserBytes,
                peakMemoryBytes: max(0, peak - baselineMemoryBytes)))
    }
}

/// What one phase came to.
struct PhaseResult {
    var phase: Phase
    var timed: Phase.Timed
    /// Background work until it has settled included.
    var usage: ProcessUsage
    /// Disk usage of the folder after the phase.
    var folderBytes: Int
    /// Bytes of the keys and values that are alive after the phase.
    var liveUserBytes: Int
    /// The most memory the process held during the phase, less what it held before its first store
    /// was opened.
    var peakMemoryBytes: Int
}
