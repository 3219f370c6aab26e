import Glibc
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
        let log = try #require(try disk.names(in: "/db").last { $0.hasSuffix(".log") })
        #expect(
            try eventually(within: 60) {
                try disk.durableContents(of: "/db/\(log)") == disk.contents(of: "/db/\(log)")
            })
        try requireAll(acknowledged)
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
