import Foundation

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
        try settle()
        let usage = try ProcessUsage.now().since(before)
        let peak = try ProcessUsage.peakMemoryBytes()
        liveUserBytes += timed.tallies.reduce(0) { $0 + $1.addedUserBytes }
        Report.measured(
            PhaseResult(
                phase: phase, timed: timed, usage: usage,
                folderBytes: diskUsageBytes(folder: folder), liveUserBytes: liveUserBytes,
                peakMemoryBytes: max(0, peak - baselineMemoryBytes)))
    }

    /// Background work that lasts longer than this is not going to end.
    private static let settleLimit = Duration.seconds(300)

    /// Waits until the process has neither worked nor written for a while: flushes and compactions
    /// are over. The same test for every engine.
    ///
    /// It blocks its thread: a task that sleeps is woken through a file, which counts as written.
    private func settle() throws {
        let clock = ContinuousClock()
        let begin = clock.now
        var quietSince = begin
        var last = try ProcessUsage.now()
        while clock.now - quietSince < .milliseconds(400) {
            if clock.now - begin > Self.settleLimit { throw Unsettled(folder: folder) }
            usleep(50_000)
            let now = try ProcessUsage.now()
            let step = now.since(last)
            if step.cpuSeconds > 0.005 || step.writtenBytes > 0 { quietSince = clock.now }
            last = now
        }
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

/// An engine whose background work does not end.
struct Unsettled: Error, CustomStringConvertible {
    let folder: String

    var description: String { "what keeps \(folder) has not come to rest" }
}
