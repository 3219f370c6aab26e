import Foundation
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// An engine that takes no more writes, because a table could not be written, still makes those it
/// took durable: nothing is wrong with its log.
@Suite("Read-only after a table could not be written", .timeLimit(.minutes(2)))
struct ReadOnlyTests {
    private let disk = SimulatedFilesystem(seed: 1)
    /// Set when the engine of ``fillUntilHeld(tables:log:)`` says that it is read-only.
    private let readOnly = Flag()

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    /// Lets every try to create a table fail.
    private func failTables() {
        disk.setHook { call in
            call.kind == .create && call.path.hasSuffix(".sst") ? .fail(code: EIO) : .run
        }
    }

    /// Writes until the engine is read-only.
    ///
    /// - Returns: How many writes were acknowledged.
    private func fillUp(_ durability: Durability) throws -> (engine: Engine, acknowledged: Int) {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.durability = durability
        let engine = try Engine.open(folder: "/db", options: options)
        failTables()
        for number in 0..<10_000 {
            do throws(EngineError) {
                try engine.commit([.put(bytes("key \(number)"), bytes("value"))])
            } catch {
                guard case .readOnly = error else { throw error }
                return (engine, number)
            }
        }
        throw Mismatch("ten thousand writes without a flush")
    }

    private func requireAll(_ count: Int) throws {
        let restarted = disk.restart(.losesAll)
        let again = try Engine.open(folder: "/db", options: .tiny(filesystem: restarted))
        #expect(try again.entries().count == count)
        try again.close()
    }

    @Test(
        "A close makes what was acknowledged durable",
        arguments: [Durability.none, .interval(.seconds(3_600))])
    func close(durability: Durability) throws {
        let (engine, acknowledged) = try fillUp(durability)
        #expect(throws: EngineError.self) { try engine.close() }
        try requireAll(acknowledged)
    }

    @Test("Syncs at intervals go on")
    func interval() throws {
        // Longer than it takes until the last try at a table has failed.
        let (engine, acknowledged) = try fillUp(.interval(.seconds(2)))
        let logs = try disk.names(in: "/db").filter { $0.hasSuffix(".log") }
        #expect(
            try eventually(within: 60) {
                try logs.allSatisfy {
                    try disk.durableContents(of: "/db/\($0)") == disk.contents(of: "/db/\($0)")
                }
            })
        try requireAll(acknowledged)
        try? engine.close()
    }

    @Test(
        "A folder whose sync failed is not synced again: names may be lost",
        arguments: [false, true])
    func folderSync(compacts: Bool) throws {
        let tried = Mutex((tables: 0, failures: 0))
        var options = EngineOptions.tiny(filesystem: disk)
        options.onEvent = { [readOnly] event in
            if case .becameReadOnly = event { readOnly.set() }
        }
        let engine = try Engine.open(folder: "/db", options: options)
        try engine.commit([.put(bytes("key"), bytes("value"))])
        if compacts {
            // A table beside it, or nothing would be rewritten.
            try engine.flush()
            try engine.commit([.put(bytes("key"), bytes("newer"))])
            try engine.flush()
        }
        disk.setHook { call in
            tried.withLock { tried in
                if call.kind == .create, call.path.hasSuffix(".sst") { tried.tables += 1 }
                guard call.kind == .syncFolder, tried.tables > 0, tried.failures == 0 else {
                    return .run
                }
                tried.failures += 1
                return .fail(code: EIO)
            }
        }
        #expect(throws: EngineError.self) { try compacts ? engine.compactAll() : engine.flush() }
        #expect(readOnly.isSet)
        #expect(tried.withLock { $0.tables } == 1)
        #expect(try engine.entries().count == 1)
        try? engine.close()
        try requireAll(1)
    }

    /// A commit that waits while another leads, and whether it succeeded in the end.
    private final class Committer: Sendable {
        private let outcome = Mutex<Result<Void, EngineError>?>(nil)
        var hasSucceeded: Bool {
            outcome.withLock { if case .success = $0 { true } else { false } }
        }
        var isDone: Bool { outcome.withLock { $0 != nil } }

        init(_ engine: Engine, _ key: String) {
            Thread.detachNewThread { [self] in
                let result = Result { () throws(EngineError) in
                    try engine.commit([.put(bytes(key), [])])
                }
                outcome.withLock { $0 = result }
            }
        }
    }

    /// Writes until a flush is held back before its table, which fails once it is let go.
    ///
    /// - Returns: How many writes were acknowledged.
    private func fillUntilHeld(tables: Gate, log: Gate) throws -> (engine: Engine, count: Int) {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.onEvent = { [readOnly] event in
            if case .becameReadOnly = event { readOnly.set() }
        }
        let engine = try Engine.open(folder: "/db", options: options)
        tables.shut()
        disk.setHook { call in
            if call.kind == .sync, call.path.hasSuffix(".log") { log.pass() }
            guard call.kind == .create, call.path.hasSuffix(".sst") else { return .run }
            tables.pass()
            return .fail(code: EIO)
        }
        var count = 0
        let isHeld = try eventually {
            count += 1
            try engine.commit([.put(bytes("key \(count)"), [UInt8](repeating: 1, count: 500))])
            return tables.heldCount == 1
        }
        #expect(isHeld)
        return (engine, count)
    }

    @Test("A checkpoint makes what was submitted before durable")
    func checkpoint() throws {
        let tables = Gate()
        let (engine, count) = try fillUntilHeld(tables: tables, log: Gate())
        _ = try engine.submit(WriteBatch([.put(bytes("submitted"), [])]), mayBlock: true)
        #expect(engine.durableSequence < engine.appliedSequence)
        tables.open()
        #expect(eventually { readOnly.isSet })
        try engine.checkpoint(to: "/copy")
        #expect(engine.durableSequence == engine.appliedSequence)
        try requireAll(count + 1)
        try? engine.close()
    }

    @Test("Those who wait for a sync meanwhile, or ask later, learn that they are durable")
    func waitingMeanwhile() throws {
        let (tables, log) = (Gate(), Gate())
        let (engine, number) = try fillUntilHeld(tables: tables, log: log)
        log.shut()
        let leader = Committer(engine, "leader")
        #expect(eventually { log.heldCount == 1 })
        let next = Committer(engine, "next")
        #expect(eventually { engine.appliedSequence == UInt64(number + 2) })
        tables.open()
        #expect(eventually { readOnly.isSet })
        let asked = Mutex<(error: EngineError?, isDurable: Bool)?>(nil)
        let last = engine.appliedSequence
        engine.whenDurable(last) { error in
            asked.withLock { $0 = (error, engine.durableSequence >= last) }
        }
        log.open()
        #expect(
            eventually {
                leader.isDone && next.isDone && engine.durableSequence == engine.appliedSequence
            })
        #expect(leader.hasSucceeded && next.hasSucceeded)
        #expect(eventually { asked.withLock { $0 != nil } })
        #expect(asked.withLock { $0?.error } == nil)
        #expect(asked.withLock { $0?.isDurable } == true)
        try requireAll(number + 2)
        try? engine.close()
    }

    @Test("What was submitted before becomes durable, in logs that follow each other")
    func submittedBefore() throws {
        let engine = try Engine.open(folder: "/db", options: .tiny(filesystem: disk))
        try engine.commit([.put(bytes("first"), [])])
        failTables()
        var submitted = 1
        // The log is sealed with some of these pending, and states how long it will be with them.
        while submitted < 10_000 {
            do throws(EngineError) {
                let batch = WriteBatch([.put(bytes("key \(submitted)"), bytes("value"))])
                _ = try engine.submit(batch, mayBlock: true)
                submitted += 1
            } catch {
                guard case .readOnly = error else { throw error }
                break
            }
        }
        let outcome = Mutex<EngineError?>(.closed)
        engine.whenDurable(engine.appliedSequence) { error in outcome.withLock { $0 = error } }
        #expect(outcome.withLock { $0 } == nil)
        #expect(try disk.names(in: "/db").filter { $0.hasSuffix(".log") }.count == 2)
        try requireAll(submitted)
    }
}
