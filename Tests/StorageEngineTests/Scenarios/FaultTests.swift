import Glibc
import KvdTestSupport
import StorageEngine
import Testing

/// One file-system call of a workload fails, each in turn, and the machine goes on.
///
/// What has to hold: whatever is acknowledged stays, before and after a reopen and a crash; a file
/// whose sync failed is never synced again; a database that can no longer promise durability
/// refuses writes with a clear error and still answers reads.
@Suite("One failing file-system call")
struct FaultTests {
    private static let shards = 8
    private static let random = SeededRandom.fromEnvironment("FaultTests")
    private static let workload = EngineWorkload(
        seed: random.seed, commitCount: 130, hasEpisodes: false)

    /// The calls of the whole workload when nothing fails.
    private static let calls: [FilesystemCall] = {
        let disk = SimulatedFilesystem(seed: random.seed)
        disk.recordCalls()
        let (progress, engine) = workload.run(.tiny(filesystem: disk))
        precondition(progress.errors.isEmpty, "the dry run failed: \(progress.errors)")
        try? engine?.close()
        return disk.recordedCalls
    }()

    @Test("An input or output error at any call", arguments: 0..<shards)
    func inputOutputError(shard: Int) {
        for call in Self.calls where call.number % Self.shards == shard {
            Self.check(call, code: EIO)
        }
    }

    @Test("A full disk at any call", arguments: 0..<shards)
    func diskFull(shard: Int) {
        for call in Self.calls where call.number % Self.shards == shard && call.kind.isMutation {
            Self.check(call, code: ENOSPC)
        }
    }

    private static func check(_ call: FilesystemCall, code: Int32) {
        let disk = SimulatedFilesystem(seed: random.seed)
        disk.recordCalls()
        disk.fail(at: call.number, code: code)
        do {
            try play(call, disk)
        } catch {
            Issue.record("KVD_SEED=\(random.seed), errno \(code) at \(call): \(error)")
        }
    }

    private static func play(_ call: FilesystemCall, _ disk: SimulatedFilesystem) throws {
        let options = EngineOptions.tiny(filesystem: disk)
        let (progress, engine) = workload.run(options, stopsAtError: false)
        try requireNoSecondSync(call, disk)
        guard let engine else {
            // The open, or a reopen inside, failed; the next one may not.
            return try requireSurvivors(disk, progress)
        }
        // The last calls are those of the close; they must not fail under the comparison instead.
        let isInClose = disk.callCount < call.number
        if !isInClose { try requireErrorsAreHonest(progress, engine) }
        if !isInClose, progress.errors.isEmpty {
            try engine.requireEqual(workload.states[progress.acknowledged])
        }
        try? engine.close()
        try requireNoSecondSync(call, disk)
        if !isInClose, progress.errors.isEmpty, call.kind != .remove {
            try requireNoLeftovers(disk)
        }
        try requireSurvivors(disk, progress)
    }

    /// What was tried again left nothing behind of the first try.
    private static func requireNoLeftovers(_ disk: SimulatedFilesystem) throws {
        let unnamed = try DatabaseInspection.inspect(EngineWorkload.folder, filesystem: disk)
            .unnamedFiles
        if !unnamed.isEmpty { throw Mismatch("left behind: \(unnamed)") }
    }

    /// After the first refusal every commit is refused as read-only, and reads go on.
    private static func requireErrorsAreHonest(
        _ progress: EngineWorkload.Progress, _ engine: Engine
    ) throws {
        if progress.commitErrors.isEmpty { return }
        for error in progress.commitErrors {
            guard case .readOnly(let reason) = error, !reason.isEmpty else {
                throw Mismatch("a commit failed with \(error), not as read-only")
            }
        }
        // Counters show what is applied; entries only what is durable, which is what counts here.
        try engine.requireEqual(workload.states[progress.acknowledged], counters: false)
    }

    /// What a failed sync left behind is unknown for good, so no later sync may vouch for it.
    private static func requireNoSecondSync(
        _ failed: FilesystemCall, _ disk: SimulatedFilesystem
    ) throws {
        guard failed.kind == .sync else { return }
        let again = disk.recordedCalls.first { call in
            call.number > failed.number && call.kind == .sync && call.path == failed.path
        }
        if let again { throw Mismatch("synced again: \(again)") }
    }

    private static func requireSurvivors(
        _ disk: SimulatedFilesystem, _ progress: EngineWorkload.Progress
    ) throws {
        // Those that could not be made durable may be there or not; those refused after may not.
        let range = progress.acknowledged...progress.applied
        let restarted = disk.restart(.losesAll)
        let afterCrash = try Engine.open(
            folder: EngineWorkload.folder, options: .tiny(filesystem: restarted))
        let count = try workload.commits(in: afterCrash, among: range)
        try afterCrash.commit([.put(Array("more".utf8), [])])
        try afterCrash.close()
        let reopened = try Engine.open(
            folder: EngineWorkload.folder, options: .tiny(filesystem: restarted))
        var state = workload.states[count]
        state.apply(.put(Array("more".utf8), []))
        try reopened.requireEqual(state)
        try reopened.close()
    }
}
