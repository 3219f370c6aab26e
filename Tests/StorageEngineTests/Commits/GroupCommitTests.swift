import Foundation
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Blocking writers that share syncs: each is woken when its writes are durable, and not before.
@Suite("Group commit of blocking writers")
struct GroupCommitTests {
    private static let writerCount = 8

    private let disk = SimulatedFilesystem(seed: 1)
    /// One for each of the first syncs of a log.
    private let gates = [Gate(), Gate()]
    private let succeeded = Count()
    private let failed = Count()

    private final class Count: Sendable {
        private let number = Atomic<Int>(0)
        func raise() -> Int { number.add(1, ordering: .acquiringAndReleasing).newValue }
        var value: Int { number.load(ordering: .acquiring) }
    }

    private func open(
        _ durability: Durability = .synced, memtableSizeBytes: Int = 1 << 20
    ) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.memtableSizeBytes = memtableSizeBytes
        options.durability = durability
        return try Engine.open(folder: "/db", options: options)
    }

    /// Holds the first syncs of logs back behind their gates, and lets one of them fail.
    private func holdSyncs(failing failure: Int? = nil) -> Count {
        let count = Count()
        for gate in gates { gate.shut() }
        disk.setHook { [gates] call in
            guard call.kind == .sync, call.path.hasSuffix(".log") else { return .run }
            let number = count.raise()
            if number <= gates.count { gates[number - 1].pass() }
            return number == failure ? .fail(code: EIO) : .run
        }
        return count
    }

    /// Starts writers and returns when all of them have submitted.
    private func startWriters(_ count: Int, _ engine: Engine) {
        let expected = engine.appliedSequence + UInt64(count)
        for index in 0..<count {
            let thread = Thread { [succeeded, failed] in
                do throws(EngineError) {
                    try engine.commit([.put(bytes("\(expected)/\(index)"), [])])
                    _ = succeeded.raise()
                } catch {
                    _ = failed.raise()
                }
            }
            thread.start()
        }
        #expect(eventually { engine.appliedSequence == expected })
    }

    @Test("Those who come during a sync share the next, and wait for no later one")
    func sharedSync() throws {
        let engine = try open()
        let syncs = holdSyncs()
        startWriters(1, engine)
        #expect(eventually { gates[0].heldCount == 1 })
        startWriters(Self.writerCount, engine)
        gates[0].open()
        #expect(eventually { gates[1].heldCount == 1 && succeeded.value == 1 })
        gates[1].open()
        #expect(eventually { succeeded.value == 1 + Self.writerCount })
        #expect(syncs.value == 2)
        #expect(failed.value == 0)
        try engine.close()
    }

    @Test("A sync that fails is told to its group and to the next", arguments: [1, 2])
    func failedSync(number: Int) throws {
        let engine = try open()
        let syncs = holdSyncs(failing: number)
        startWriters(1, engine)
        #expect(eventually { gates[0].heldCount == 1 })
        startWriters(Self.writerCount, engine)
        for gate in gates { gate.open() }
        #expect(eventually { succeeded.value + failed.value == 1 + Self.writerCount })
        #expect(succeeded.value == number - 1)
        #expect(syncs.value == number)
        #expect(throws: EngineError.self) { try engine.close() }
    }

    @Test("Completions are called by whoever leads, and keep no writer waiting")
    func completionsBesideWriters() throws {
        let engine = try open()
        _ = holdSyncs()
        startWriters(1, engine)
        #expect(eventually { gates[0].heldCount == 1 })
        let sequence = try engine.submit(WriteBatch([.put(bytes("k"), [])]), mayBlock: true)
        let completed = Count()
        engine.whenDurable(sequence) { error in if error == nil { _ = completed.raise() } }
        startWriters(1, engine)
        gates[0].open()
        #expect(eventually { succeeded.value == 1 && gates[1].heldCount == 1 })
        #expect(completed.value == 0)
        gates[1].open()
        #expect(eventually { succeeded.value == 2 && completed.value == 1 })
        try engine.close()
    }

    @Test("Writers without a pause do not keep the log from being synced at intervals")
    func intervalUnderLoad() throws {
        // A log is synced where it is complete as well, which is none of these: one takes it all.
        let engine = try open(.interval(.milliseconds(5)), memtableSizeBytes: 256 << 20)
        let syncs = Count()
        disk.setHook { call in
            if call.kind == .sync, call.path.hasSuffix(".log") { _ = syncs.raise() }
            return .run
        }
        let end = ContinuousClock.now + .seconds(60)
        try runThreads(4) { index in
            while syncs.value < 5, ContinuousClock.now < end {
                try engine.commit([.put(bytes("\(index)"), [])])
            }
        }
        #expect(syncs.value >= 5)
        try engine.close()
    }
}
