import Foundation
import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

@Suite("Slowdown of writers", .timeLimit(.minutes(2)))
struct SlowdownTests {
    private let disk = SimulatedFilesystem(seed: 1)

    @Test("While flushes are held writers slow down, event loops are turned away, readers go on")
    func held() throws {
        let events = EventLog()
        let isHeld = Mutex(true)
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.waitingMemtableLimit = 1
        options.delayedWriteBytesPerSecond = 64 << 10
        options.durability = .none
        options.onEvent = events.add
        let engine = try Engine.open(folder: "/slow", options: options)
        disk.setHook { call in
            // Before the first entry is read, so that writers are ahead of the flush from the start.
            if call.kind == .create, call.path.hasSuffix(".sst") {
                while isHeld.withLock({ $0 }) { usleep(1_000) }
            }
            return .run
        }
        let batch = WriteBatch([.put([1], Array(repeating: 1, count: 200))])
        // Well before the second memtable is full: it takes some 70 of these.
        var accepted = 0
        #expect(throws: EngineError.wouldBlock) {
            while accepted < 1_000 {
                _ = try engine.submit(batch, mayBlock: false)
                accepted += 1
            }
        }
        #expect(engine.statistics().stalls.slowdownCount == 0)
        // Were this the stop, the call would not return while the flush is held. A write that the
        // machine kept from running for as long as it owed is not delayed, so another has to be.
        var began = ContinuousClock.now
        for _ in 0..<10 where engine.statistics().stalls.slowdownCount == 0 {
            let applied = engine.appliedSequence
            began = ContinuousClock.now
            #expect(try engine.submit(batch, mayBlock: true) == applied + 1)
        }
        #expect(began.duration(to: .now) >= .milliseconds(1))
        #expect(engine.statistics().stalls.slowdownCount == 1)
        #expect(engine.statistics().stalls.slowdownDuration >= .milliseconds(1))
        #expect(events.contains { if case .slowdownBegan = $0 { true } else { false } })
        #expect(engine.statistics().stalls.stopCount == 0)

        let writer = Thread {
            let batch = WriteBatch([.put([1], Array(repeating: 1, count: 200))])
            for _ in 0..<200 { _ = try? engine.submit(batch, mayBlock: true) }
        }
        writer.start()
        let hasStopped = eventually {
            events.contains { if case .stallBegan = $0 { true } else { false } }
        }
        #expect(hasStopped)
        #expect(throws: EngineError.wouldBlock) { try engine.submit(batch, mayBlock: false) }
        #expect(try engine.get([1], at: .applied)?.count == 200)
        isHeld.withLock { $0 = false }
        #expect(eventually { writer.isFinished })
        let hasEnded = eventually {
            events.contains { if case .slowdownEnded = $0 { true } else { false } }
        }
        #expect(hasEnded)
        try engine.close()
    }

    @Test("Writers who are not ahead of the flush are not slowed, though memtables wait")
    func behindTheFlush() throws {
        let gate = Gate()
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.waitingMemtableLimit = 1
        options.delayedWriteBytesPerSecond = 64 << 10
        options.durability = .none
        let engine = try Engine.open(folder: "/slow", options: options)
        gate.shut()
        disk.setHook { call in
            if call.kind == .sync, call.path.hasSuffix(".sst") { gate.pass() }
            return .run
        }
        let batch = WriteBatch([.put([1], Array(repeating: 1, count: 100))])
        while engine.statistics().memory.waitingMemtableCount == 0 {
            _ = try engine.submit(batch, mayBlock: true)
        }
        // The flush has read all but the last few entries.
        #expect(eventually { gate.heldCount > 0 })
        // A quarter of the next memtable; they would owe five milliseconds.
        for _ in 0..<30 { _ = try engine.submit(batch, mayBlock: false) }
        #expect(engine.statistics().stalls.slowdownCount == 0)
        gate.open()
        try engine.close()
    }

    @Test("A delay ends with the engine")
    func close() throws {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.waitingMemtableLimit = 1
        options.delayedWriteBytesPerSecond = 64 << 10
        let engine = try Engine.open(folder: "/slow", options: options)
        let threads = Thread {
            while (try? engine.commit([.put([1], Array(repeating: 1, count: 400))])) != nil {}
        }
        threads.start()
        #expect(eventually { engine.appliedSequence > 500 })
        try engine.close()
        #expect(eventually { threads.isFinished })
    }
}
