import KvdTestSupport
import StorageEngine
import Testing

/// Power is lost inside the file-system calls of a workload, and the engine opens again.
///
/// ``EngineCrashRun`` says what has to hold.
@Suite("Crash at every file-system call")
struct EngineCrashTests {
    private static let shards = 8
    private static let random = SeededRandom.fromEnvironment("EngineCrashTests")
    private static let workload = EngineWorkload(seed: random.seed, commitCount: 130)

    private static let synced = EngineCrashRun(
        workload: workload, random: random, durability: .synced)
    private static let interval = EngineCrashRun(
        workload: workload, random: random, durability: .interval(.seconds(3_600)),
        policies: [.losesAll, .adversarial])
    private static let unsynced = EngineCrashRun(
        workload: workload, random: random, durability: .none,
        policies: [.losesAll, .adversarial])

    private static let wholeSynced = synced.playWhole()
    private static let wholeInterval = interval.playWhole()
    private static let wholeUnsynced = unsynced.playWhole()

    @Test("The calls are those of everything that an engine does to its files")
    func activity() {
        for whole in [Self.wholeSynced, Self.wholeInterval, Self.wholeUnsynced] {
            // Inline, nothing is ever behind.
            let missing = whole.activity.missing.filter { $0 != .writersHeldUp }
            #expect(missing == [], "KVD_SEED=\(Self.random.seed)")
        }
    }

    @Test("Every acknowledged commit survives, and no half of one", arguments: 0..<shards)
    func synced(shard: Int) {
        Self.check(Self.synced, Self.wholeSynced, shard, every: 1)
    }

    @Test(
        "With intervals the state is a prefix of the commits, with all before the last one's end",
        arguments: 0..<shards)
    func interval(shard: Int) {
        Self.check(Self.interval, Self.wholeInterval, shard, every: 3)
    }

    @Test(
        "Without syncs too the state is a prefix of the commits, with all that was flushed",
        arguments: 0..<shards)
    func unsynced(shard: Int) {
        Self.check(Self.unsynced, Self.wholeUnsynced, shard, every: 3)
    }

    /// Crashes at a shard's part of one in `step` of the calls; which ones, the seed says.
    private static func check(
        _ run: EngineCrashRun, _ whole: EngineCrashRun.Whole, _ shard: Int, every step: Int
    ) {
        let first = 1 + Int(random.seed % UInt64(step))
        let points = stride(
            from: first + shard * step, through: whole.callCount, by: shards * step)
        for point in points {
            for failure in run.failures(crashingAt: point) { Issue.record("\(failure)") }
        }
    }
}
