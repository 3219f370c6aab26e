import KvdTestSupport
import StorageEngine
import Testing

/// Power is lost inside every single file-system call of a workload, and the engine opens again.
///
/// What has to hold: the state is that of a prefix of the commits, the prefix contains every
/// acknowledged one, and the database takes writes and keeps them over another crash.
@Suite("Crash at every file-system call")
struct EngineCrashTests {
    private static let shards = 8
    private static let random = SeededRandom.fromEnvironment("EngineCrashTests")
    private static let workload = EngineWorkload(seed: random.seed, commitCount: 300)

    /// The number of calls that the whole workload makes when nothing fails.
    private static let callCount: Int = {
        let disk = SimulatedFilesystem(seed: random.seed)
        let (progress, engine) = workload.run(.tiny(filesystem: disk))
        precondition(progress.errors.isEmpty, "the dry run failed: \(progress.errors)")
        try? engine?.close()
        print("EngineCrashTests: \(disk.callCount) crash points")
        return disk.callCount
    }()

    @Test("Every acknowledged commit survives, and no half of one", arguments: 0..<shards)
    func synced(shard: Int) {
        for point in stride(from: 1 + shard, through: Self.callCount, by: Self.shards) {
            Self.check(point) { disk in .tiny(filesystem: disk) }
        }
    }

    @Test("Without syncs too the state is a prefix of the commits", arguments: 0..<shards)
    func unsynced(shard: Int) {
        // Far fewer calls are made without a sync for each commit; the rest of the points lie
        // beyond the end, and are crashes after the last call.
        for point in stride(from: 1 + shard, through: Self.callCount, by: Self.shards * 5) {
            Self.check(point, promisesAcknowledged: false) { disk in
                var options = EngineOptions.tiny(filesystem: disk)
                options.durability = .none
                return options
            }
        }
    }

    private static func check(
        _ point: Int, promisesAcknowledged: Bool = true,
        _ options: (SimulatedFilesystem) -> EngineOptions
    ) {
        let disk = SimulatedFilesystem(seed: random.seed)
        disk.crash(at: point)
        let (progress, engine) = workload.run(options(disk))
        withExtendedLifetime(engine) {
            var random = random.split(UInt64(point))
            // Both ends of what may survive, and two outcomes between them.
            let policies = [
                .losesAll, .keepsAll, .journalled, .adversarial,
                CrashPolicy.all.randomElement(using: &random) ?? .losesAll,
            ]
            let least = promisesAcknowledged ? progress.acknowledged : 0
            for policy in policies {
                do {
                    let restarted = disk.restart(policy)
                    try recover(
                        restarted, options, least...progress.attempted, &random)
                } catch {
                    Issue.record(
                        """
                        KVD_SEED=\(Self.random.seed), crash at call \(point) under \(policy) after \
                        \(progress.acknowledged) acknowledged commits: \(error)
                        """)
                }
            }
        }
    }

    /// Opens what a crash left, at times with a second crash inside the recovery itself.
    private static func recover(
        _ disk: SimulatedFilesystem, _ options: (SimulatedFilesystem) -> EngineOptions,
        _ range: ClosedRange<Int>, _ random: inout SeededRandom
    ) throws {
        var disk = disk
        if random.chance(1, in: 2) {
            disk.crash(at: random.int(in: 1...60))
            if let engine = try? Engine.open(
                folder: EngineWorkload.folder, options: options(disk))
            {
                // The recovery took fewer calls than that: close it as a user would.
                try? engine.close()
            }
            disk = disk.restart(CrashPolicy.all.randomElement(using: &random) ?? .losesAll)
        }
        let engine = try Engine.open(folder: EngineWorkload.folder, options: options(disk))
        let count = try workload.commits(in: engine, among: range)
        try requireWritable(engine, disk, options, workload.states[count])
    }

    /// Writes, crashes once more without a close, and finds the write.
    private static func requireWritable(
        _ engine: Engine, _ disk: SimulatedFilesystem,
        _ options: (SimulatedFilesystem) -> EngineOptions, _ state: OrderedMapModel
    ) throws {
        var state = state
        let changes: [OrderedMapModel.Change] = [
            .put(Array("after the crash".utf8), Array("written".utf8)), .delete(Array("key1".utf8)),
            .add(counter: 1, 7),
        ]
        try engine.commit(changes)
        state.apply(changes)
        try engine.requireEqual(state)
        if options(disk).durability != .synced { try engine.flush() }
        let again = disk.restart(.losesAll)
        let reopened = try Engine.open(folder: EngineWorkload.folder, options: options(again))
        try reopened.requireEqual(state)
        try reopened.close()
    }
}
