import KvdTestSupport
import StorageEngine
import Testing

/// Power is lost while the engine's own threads write logs, flush and compact.
///
/// They make their calls in another order each time, so a point is another call in each run, and a
/// seed alone does not repeat a failure. ``EngineCrashRun`` says what has to hold all the same.
@Suite("Crash of an engine with threads")
struct ThreadedCrashTests {
    private static let random = SeededRandom.fromEnvironment("ThreadedCrashTests")

    @Test(
        "What was promised to survive does, and no half of a commit",
        arguments: [Durability.synced, .interval(.milliseconds(1)), .none])
    func crash(durability: Durability) async {
        // Whether a log is done before the next one begins, whether that is ready by then, who gets to
        // garbage, sublevels and small tables first, and whether writers have to wait, are questions of
        // time.
        await check(
            run(durability), pointCount: 32,
            unless: [
                .readyLog, .severalLogs, .garbageRewrite, .garbageRunMerge, .sublevelMerge,
                .smallTablesMerge, .writersHeldUp,
            ])
    }

    @Test(
        "The same while writers are delayed and wait for flushes",
        arguments: [Durability.synced, .none])
    func heldUp(durability: Durability) async {
        var run = run(durability)
        run.holdsWritersUp = true
        await check(
            run, pointCount: 12,
            unless: [
                .readyLog, .severalLogs, .garbageRewrite, .garbageRunMerge, .sublevelMerge,
                .smallTablesMerge, .drop, .requestedRewrite,
            ])
    }

    private func run(_ durability: Durability) -> EngineCrashRun {
        EngineCrashRun(
            workload: EngineWorkload(seed: Self.random.seed, commitCount: 130),
            random: Self.random, durability: durability, backgroundWork: .threads,
            policies: [.losesAll, .adversarial])
    }

    /// - Parameter questionsOfTime: What need not be seen.
    private func check(
        _ run: EngineCrashRun, pointCount: Int, unless questionsOfTime: [EngineActivity.Kind]
    ) async {
        // A flush that a crash interrupts is tried again, after a pause.
        let (whole, failures) = await onThread {
            let whole = run.playWhole()
            var random = run.random.split(0)
            let failures = (0..<pointCount).flatMap { _ in
                run.failures(crashingAt: random.int(in: 1...whole.callCount))
            }
            return (whole, failures)
        }
        let missing = whole.activity.missing.filter { !questionsOfTime.contains($0) }
        #expect(missing == [], "KVD_SEED=\(Self.random.seed)")
        for failure in failures { Issue.record("\(failure)") }
    }
}
