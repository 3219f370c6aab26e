import Glibc
import KvdTestSupport
import StorageEngine
import Testing

/// One way to play a workload until a crash, and what has to hold after it.
///
/// The state is that of a prefix of the commits, the prefix contains every one that was promised to
/// survive, and the database takes writes and keeps them over another crash.
struct EngineCrashRun: Sendable, CustomTestStringConvertible {
    let workload: EngineWorkload
    let random: SeededRandom
    let durability: Durability
    var backgroundWork = BackgroundWork.inline
    /// What survives a crash; each point is tried with one more, drawn from all there are.
    ///
    /// These are both ends of what may survive, and two outcomes between them.
    var policies: [CrashPolicy] = [.losesAll, .keepsAll, .journalled, .adversarial]

    /// Whether tables take so long to be synced that writers have to wait for them.
    var holdsWritersUp = false

    var testDescription: String {
        "\(durability), \(backgroundWork)" + (holdsWritersUp ? ", writers held up" : "")
    }

    private func options(_ disk: SimulatedFilesystem) -> EngineOptions {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: backgroundWork)
        options.durability = durability
        // Inline there is no thread to end them; the workload does.
        options.simulation.endsIntervalsByCall = true
        if holdsWritersUp {
            options.waitingMemtableLimit = 1
            options.delayedWriteBytesPerSecond = 1 << 20
        }
        return options
    }

    @Sendable
    private func delay(_ call: FilesystemCall) {
        if holdsWritersUp, call.kind == .sync, call.path.hasSuffix(".sst") { usleep(8_000) }
    }

    // MARK: Without a crash

    /// A whole run, its close included.
    struct Whole {
        let callCount: Int
        let activity: EngineActivity
    }

    func playWhole() -> Whole {
        let disk = SimulatedFilesystem(seed: random.seed)
        let activity = EngineActivity()
        var options = options(disk)
        activity.observe(&options, on: disk, delay: delay)
        let (progress, engine) = workload.run(options)
        precondition(progress.errors.isEmpty, "the dry run failed: \(progress.errors)")
        try? engine?.close()
        print("\(testDescription): \(disk.callCount) crash points, \(activity.summary)")
        return Whole(callCount: disk.callCount, activity: activity)
    }

    // MARK: With one

    /// Crashes at a call, or, where the run does not make so many, after its last one, and opens what
    /// is left of it under several policies.
    ///
    /// - Returns: What did not hold, in words.
    func failures(crashingAt point: Int) -> [String] {
        let disk = SimulatedFilesystem(seed: random.seed)
        disk.crash(at: point)
        disk.setHook { call in
            delay(call)
            return .run
        }
        let (progress, engine) = workload.run(options(disk))
        var random = random.split(UInt64(point))
        let drawn = CrashPolicy.all.randomElement(using: &random) ?? .losesAll
        var failures: [String] = []
        for policy in policies + [drawn] {
            do {
                let restarted = disk.restart(policy)
                try recover(restarted, progress.synced...progress.applied, &random)
            } catch {
                failures.append(
                    """
                    KVD_SEED=\(self.random.seed), \(testDescription), crash at call \(point) under \
                    \(policy) after \(progress.synced) commits that have to survive: \(error)
                    """)
            }
        }
        // Its threads end; its disk is gone.
        try? engine?.close()
        return failures
    }

    private func open(_ disk: SimulatedFilesystem) throws -> Engine {
        try Engine.open(folder: EngineWorkload.folder, options: options(disk))
    }

    /// Opens what a crash left, at times with a second crash inside the recovery itself.
    private func recover(
        _ disk: SimulatedFilesystem, _ range: ClosedRange<Int>, _ random: inout SeededRandom
    ) throws {
        var disk = disk
        if random.chance(1, in: 2) {
            disk.crash(at: random.int(in: 1...60))
            // Where the recovery took fewer calls than that: close it as a user would.
            if let engine = try? open(disk) { try? engine.close() }
            disk = disk.restart(CrashPolicy.all.randomElement(using: &random) ?? .losesAll)
        }
        let engine = try open(disk)
        defer { try? engine.close() }
        let count = try workload.commits(in: engine, among: range)
        try requireWritable(engine, disk, workload.states[count])
    }

    /// Writes, crashes once more without a close, and finds the write.
    private func requireWritable(
        _ engine: Engine, _ disk: SimulatedFilesystem, _ state: OrderedMapModel
    ) throws {
        var state = state
        let changes: [OrderedMapModel.Change] = [
            .put(Array("after the crash".utf8), Array("written".utf8)), .delete(Array("key1".utf8)),
            .add(counter: 1, 7),
        ]
        try engine.commit(changes)
        state.apply(changes)
        try engine.requireEqual(state)
        switch durability {
        case .synced: break
        case .interval: try engine.endInterval()
        case .none: try engine.flush()
        }
        let reopened = try open(disk.restart(.losesAll))
        defer { try? reopened.close() }
        try reopened.requireEqual(state)
        try reopened.close()
    }
}
