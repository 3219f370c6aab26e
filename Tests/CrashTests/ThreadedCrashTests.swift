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
    private static let pointCount = 32

    @Test(
        "What was promised to survive does, and no half of a commit",
        arguments: [Durability.synced, .interval(.milliseconds(1)), .none])
    func crash(durability: Durability) async {
        let run = EngineCrashRun(
            workload: EngineWorkload(seed: Self.random.seed, commitCount: 130),
            random: Self.random, durability: durability, backgroundWork: .threads,
            policies: [.losesAll, .adversarial])
        // A flush that a crash interrupts is tried again, after a pause.
        let (whole, failures) = await onThread {
            let whole = run.playWhole()
            var random = run.random.split(0)
            let failures = (0..<Self.pointCount).flatMap { _ in
                run.failures(crashingAt: random.int(in: 1...whole.callCount))
            }
            return (whole, failures)
        }
        // Whether a log is done before the next one begins, whether that is ready by then, and who
        // gets to garbage first, are questions of time.
        let missing = whole.activity.missing.filter {
            ![.readyLog, .severalLogs, .garbageRewrite].contains($0)
        }
        #expect(missing == [], "KVD_SEED=\(Self.random.seed)")
        for failure in failures { Issue.record("\(failure)") }
    }
}
