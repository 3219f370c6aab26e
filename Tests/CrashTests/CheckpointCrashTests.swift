import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

/// Power is lost, or a call fails, inside every single file-system call of a checkpoint.
///
/// What has to hold: the database that was copied is unharmed; the folder is empty, or does not
/// open, or is a whole checkpoint.
@Suite("Crash at every file-system call of a checkpoint")
struct CheckpointCrashTests {
    private static let target = "/copies/one"
    private static let random = SeededRandom.fromEnvironment("CheckpointCrashTests")
    /// One that leaves tables in two levels and a log, and one that leaves a log alone: where the
    /// new folder gets few names, a crash that keeps the wrong ones of them is likely.
    private static let workloads = [130, 3].map {
        EngineWorkload(seed: random.seed, commitCount: $0)
    }

    /// The calls of a checkpoint, the first to the last.
    private static func calls(_ workload: EngineWorkload) throws -> ClosedRange<Int> {
        let disk = SimulatedFilesystem(seed: random.seed)
        let engine = try play(workload, disk)
        let first = disk.callCount + 1
        try engine.checkpoint(to: target)
        return first...disk.callCount
    }

    private static func play(
        _ workload: EngineWorkload, _ disk: SimulatedFilesystem
    ) throws -> Engine {
        let (progress, engine) = workload.run(.tiny(filesystem: disk))
        guard let engine, progress.errors.isEmpty else { throw Mismatch("\(progress.errors)") }
        return engine
    }

    @Test("What is copied is tables of two levels and a log, or a log alone")
    func workloads() throws {
        for (workload, levelCount) in zip(Self.workloads, [2, 0]) {
            let disk = SimulatedFilesystem(seed: Self.random.seed)
            let engine = try Self.play(workload, disk)
            let levels = engine.statistics().levels.count { $0.tableCount > 0 }
            #expect(levels == levelCount, "KVD_SEED=\(Self.random.seed)")
            try engine.checkpoint(to: Self.target)
            #expect(try disk.names(in: Self.target).contains { $0.hasSuffix(".log") })
        }
    }

    @Test(
        "A crash leaves no half of a checkpoint that opens, and the source as it was",
        arguments: [0, 1])
    func crash(workload index: Int) throws {
        let workload = Self.workloads[index]
        let calls = try Self.calls(workload)
        // The last point is a crash after the call returned.
        for point in calls.lowerBound...calls.upperBound + 1 {
            let disk = SimulatedFilesystem(seed: Self.random.seed)
            disk.crash(at: point)
            let engine = try Self.play(workload, disk)
            let isDone = (try? engine.checkpoint(to: Self.target)) != nil
            #expect(isDone == (point > calls.upperBound))
            for policy in CrashPolicy.all {
                do {
                    let restarted = disk.restart(policy)
                    try Self.requireWhole(workload, restarted, EngineWorkload.folder)
                    let isThere = try Self.requireWholeOrNone(workload, restarted)
                    if isDone, !isThere { throw Mismatch("it returned and nothing is there") }
                } catch {
                    Issue.record(
                        "KVD_SEED=\(Self.random.seed), crash at \(point), \(policy): \(error)")
                }
            }
        }
    }

    @Test("An error leaves an empty folder, and the next try works", arguments: [EIO, ENOSPC])
    func error(code: Int32) throws {
        let workload = Self.workloads[0]
        for point in try Self.calls(workload) {
            let disk = SimulatedFilesystem(seed: Self.random.seed)
            let engine = try Self.play(workload, disk)
            disk.fail(at: point, code: code)
            do {
                if (try? engine.checkpoint(to: Self.target)) == nil {
                    let names = (try? disk.names(in: Self.target)) ?? []
                    if names != [] && names != ["LOCK"] { throw Mismatch("it left \(names)") }
                    try engine.checkpoint(to: Self.target)
                }
                // The source takes writes as before.
                try engine.commit([.put(Array("after".utf8), [1])])
                let restarted = disk.restart(.losesAll)
                try Self.requireWhole(workload, restarted, Self.target)
            } catch {
                Issue.record("KVD_SEED=\(Self.random.seed), errno \(code) at \(point): \(error)")
            }
        }
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    /// A write between each two calls of a checkpoint in its folder; the source's own calls may come
    /// under locks that the write needs.
    private static func writeMeanwhile(
        _ engine: Engine, _ disk: SimulatedFilesystem, _ written: Count
    ) {
        disk.setHook { call in
            if call.path.hasPrefix("/copies") {
                let number = written.value.withLock { $0 }
                let batch = WriteBatch([.put(meanwhile(number), [1])])
                if (try? engine.submit(batch, mayBlock: false)) != nil {
                    written.value.withLock { $0 += 1 }
                }
            }
            return .run
        }
    }

    private static func meanwhile(_ number: Int) -> [UInt8] {
        Array("meanwhile \(10_000 + number)".utf8)
    }

    @Test(
        "What is written meanwhile is in a checkpoint up to one of the writes, whatever crashes",
        arguments: [Durability.synced, .none])
    func writesMeanwhile(durability: Durability) throws {
        let workload = Self.workloads[0]
        var options = EngineOptions.tiny(filesystem: SimulatedFilesystem(seed: 0))
        options.durability = durability
        var (point, isDone, most) = (0, false, 0)
        while !isDone {
            point += 1
            let disk = SimulatedFilesystem(seed: Self.random.seed)
            options.filesystem = disk
            let (progress, engine) = workload.run(options)
            guard let engine, progress.errors.isEmpty else { throw Mismatch("\(progress.errors)") }
            let written = Count()
            Self.writeMeanwhile(engine, disk, written)
            disk.crash(at: disk.callCount + point)
            isDone = (try? engine.checkpoint(to: Self.target)) != nil
            for policy in CrashPolicy.all {
                do {
                    let restarted = disk.restart(policy)
                    let names = (try? restarted.names(in: Self.target)) ?? []
                    if !names.contains("CURRENT") {
                        if isDone { throw Mismatch("it returned and nothing is there") }
                        continue
                    }
                    most = max(most, try Self.requirePrefix(workload, restarted, written))
                } catch {
                    Issue.record(
                        "KVD_SEED=\(Self.random.seed), crash at \(point), \(policy): \(error)")
                }
            }
        }
        #expect(most > 0)
    }

    /// Checks that a checkpoint has all from before it and, of what was written meanwhile, the first
    /// few; returns how many.
    private static func requirePrefix(
        _ workload: EngineWorkload, _ disk: SimulatedFilesystem, _ written: Count
    ) throws -> Int {
        let engine = try Engine.open(folder: target, options: .tiny(filesystem: disk))
        let limit = written.value.withLock { $0 }
        let found = try (0..<limit).filter { try engine.get(meanwhile($0)) != nil }
        guard found == Array(0..<found.count) else { throw Mismatch("of \(limit) it has \(found)") }
        for number in found { try engine.commit([.delete(meanwhile(number))]) }
        try engine.close()
        try requireWhole(workload, disk, target)
        return found.count
    }

    /// Whether a checkpoint is there; a folder with a part of one must not open.
    private static func requireWholeOrNone(
        _ workload: EngineWorkload, _ disk: SimulatedFilesystem
    ) throws -> Bool {
        let names = (try? disk.names(in: target)) ?? []
        if names.allSatisfy({ $0 == "LOCK" }) { return false }
        if names.contains("CURRENT") {
            try requireWhole(workload, disk, target)
            return true
        }
        do throws(EngineError) {
            let engine = try Engine.open(folder: target, options: .tiny(filesystem: disk))
            try engine.close()
        } catch {
            if case .corruption(let file, _, _) = error, file == "CURRENT" { return false }
            throw error
        }
        throw Mismatch("it opened without CURRENT: \(names)")
    }

    private static func requireWhole(
        _ workload: EngineWorkload, _ disk: SimulatedFilesystem, _ folder: String
    ) throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        let all = workload.states.count - 1
        _ = try workload.commits(in: engine, among: all...all)
        try engine.close()
    }
}
