import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// No durable read shows what a crash could take back, and nobody is told of success before it is
/// certain.
@Suite("Durable before visible")
struct VisibilityTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let engine: Engine
    private let key = bytes("key")

    init() throws {
        engine = try Engine.open(
            folder: "/db", options: .tiny(filesystem: disk, backgroundWork: .threads))
        try engine.commit([.put(key, bytes("old")), .add(counter: 1, 1)])
    }

    /// Holds every sync of a log back behind the gate.
    private func holdSyncs(_ gate: Gate) {
        gate.shut()
        disk.setHook { call in
            if call.kind == .sync, call.path.hasSuffix(".log") { gate.pass() }
            return .run
        }
    }

    @Test("A write under way is visible to applied reads and not to durable ones")
    func pendingWrite() throws {
        let gate = Gate()
        holdSyncs(gate)
        let before = engine.durableSequence
        let sequence = try engine.submit(
            WriteBatch([.put(key, bytes("new")), .put(bytes("other"), [])]), mayBlock: true)
        let outcome = Mutex<[EngineError?]>([])
        engine.whenDurable(sequence) { error in outcome.withLock { $0.append(error) } }
        #expect(eventually { gate.heldCount > 0 })

        #expect(engine.appliedSequence == sequence)
        #expect(engine.durableSequence == before)
        #expect(try engine.value(of: key, at: .applied) == bytes("new"))
        #expect(try engine.value(of: key, at: .durable) == bytes("old"))
        #expect(try engine.entries(at: .durable).map(\.key) == [key])
        #expect(try engine.entries(at: .applied).count == 2)
        let snapshot = engine.snapshot()
        #expect(try engine.value(of: key, at: .snapshot(snapshot)) == bytes("old"))
        #expect(outcome.withLock { $0.isEmpty }, "told before it was durable")

        gate.open()
        #expect(eventually { outcome.withLock { $0.count } == 1 })
        #expect(outcome.withLock { $0[0] } == nil)
        #expect(engine.durableSequence == sequence)
        #expect(try engine.value(of: key, at: .durable) == bytes("new"))
        #expect(try engine.value(of: key, at: .snapshot(snapshot)) == bytes("old"))
        try engine.close()
    }

    @Test("A completion for what is durable already comes at once")
    func alreadyDurable() throws {
        let called = Mutex(0)
        engine.whenDurable(engine.durableSequence) { error in
            #expect(error == nil)
            called.withLock { $0 += 1 }
        }
        #expect(called.withLock { $0 } == 1)
        try engine.close()
    }

    @Test("Who waits for a sync that fails is told so, once, and the old value stays")
    func failedSync() throws {
        disk.setHook { call in
            call.kind == .sync && call.path.hasSuffix(".log") ? .fail(code: EIO) : .run
        }
        let sequence = try engine.submit(WriteBatch([.put(key, bytes("new"))]), mayBlock: true)
        let outcome = Mutex<[EngineError?]>([])
        engine.whenDurable(sequence) { error in outcome.withLock { $0.append(error) } }
        #expect(eventually { outcome.withLock { $0.count } == 1 })
        guard case .readOnly = outcome.withLock({ $0[0] }) else {
            Issue.record("the completion got \(outcome.withLock { $0 })")
            return
        }
        #expect(try engine.value(of: key) == bytes("old"))
        #expect {
            try engine.commit([.put(key, [])])
        } throws: { error in
            if case .readOnly = error as? EngineError { true } else { false }
        }
        #expect(throws: EngineError.self) { try engine.close() }
        #expect(outcome.withLock { $0.count } == 1)
    }

    @Test("Commits that wait together share one sync")
    func groupCommit() throws {
        let gate = Gate()
        holdSyncs(gate)
        let writers = 8
        let done = Mutex(0)
        let first = try engine.submit(WriteBatch([.put(bytes("first"), [])]), mayBlock: true)
        engine.whenDurable(first) { _ in }
        #expect(eventually { gate.heldCount > 0 })
        // The log's sync is held; all that comes now gathers behind it.
        disk.recordCalls()
        let sequences = try (0..<writers).map { index in
            try engine.submit(WriteBatch([.put(bytes("w\(index)"), [])]), mayBlock: true)
        }
        for sequence in sequences {
            engine.whenDurable(sequence) { error in
                #expect(error == nil)
                done.withLock { $0 += 1 }
            }
        }
        gate.open()
        #expect(eventually { done.withLock { $0 } == writers })
        let syncs = disk.recordedCalls.filter { $0.kind == .sync && $0.path.hasSuffix(".log") }
        #expect(syncs.count == 1, "\(syncs)")
        try engine.close()
    }

    @Test("Completions come in the order of the sequences")
    func completionOrder() throws {
        let order = Mutex<[UInt64]>([])
        var expected: [UInt64] = []
        for index in 0..<200 {
            let sequence = try engine.submit(
                WriteBatch([.put(bytes("k\(index)"), [])]), mayBlock: true)
            expected.append(sequence)
            engine.whenDurable(sequence) { _ in order.withLock { $0.append(sequence) } }
        }
        #expect(eventually { order.withLock { $0.count } == expected.count })
        // Those durable by the time they are asked for complete at once, on this thread, and may
        // overtake the thread that completes a group; so only sameness is promised across both.
        #expect(order.withLock { $0.sorted() } == expected)
        try engine.close()
    }

    @Test("A close makes what was submitted durable")
    func closeCompletes() throws {
        let sequence = try engine.submit(WriteBatch([.put(key, bytes("new"))]), mayBlock: true)
        let outcome = Mutex<[EngineError?]>([])
        engine.whenDurable(sequence) { error in outcome.withLock { $0.append(error) } }
        try engine.close()
        #expect(outcome.withLock { $0.count } == 1)
        let restarted = disk.restart(.losesAll)
        let again = try Engine.open(folder: "/db", options: .tiny(filesystem: restarted))
        #expect(try again.value(of: key) == bytes("new"))
        try again.close()
    }

    @Test("With an interval, a write is acknowledged unsynced and synced soon after")
    func interval() throws {
        try engine.close()
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.durability = .interval(.milliseconds(20))
        let engine = try Engine.open(folder: "/db", options: options)
        try engine.commit([.put(key, bytes("new"))])
        #expect(try engine.value(of: key) == bytes("new"))
        let log = try #require(try disk.names(in: "/db").last { $0.hasSuffix(".log") })
        let contents = try disk.contents(of: "/db/\(log)")
        #expect(try eventually { try disk.durableContents(of: "/db/\(log)") == contents })
        let restarted = disk.restart(.losesAll)
        let again = try Engine.open(folder: "/db", options: .tiny(filesystem: restarted))
        #expect(try again.value(of: key) == bytes("new"))
        try again.close()
        try? engine.close()
    }
}
