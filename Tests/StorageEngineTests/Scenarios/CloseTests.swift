import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private let folder = "/db"

/// Whoever opens a folder has it alone: nothing of an engine that gave it back, or was dropped,
/// writes to it any more.
@Suite("Giving the folder back")
struct CloseTests {
    private let disk = SimulatedFilesystem(seed: 1)

    private var options: EngineOptions {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        // Compactions are the caller's alone.
        options.levelZeroCompactionTrigger = 100
        options.levelZeroSlowdownTrigger = 200
        options.levelZeroStopTrigger = 200
        return options
    }

    /// Closes an engine while another thread's work on it is held back at a call, and throws where
    /// the close does not wait for that.
    private func closeWaits(
        of engine: Engine, for work: @escaping @Sendable () throws -> Void,
        thatThen verdict: FilesystemVerdict = .run,
        heldAt isHeld: @escaping @Sendable (FilesystemCall) -> Bool
    ) throws {
        let gate = Gate()
        gate.shut()
        disk.setHook { call in
            guard isHeld(call) else { return .run }
            gate.pass()
            return verdict
        }
        let hasClosed = Atomic<Bool>(false)
        try runThreads(3) { index in
            switch index {
            case 0:
                do {
                    try work()
                } catch EngineError.closed {
                    // Cut short between two steps, as a close may.
                }
            case 1:
                _ = eventually { gate.heldCount > 0 }
                try engine.close()
                hasClosed.store(true, ordering: .releasing)
            default:
                _ = eventually { gate.heldCount > 0 }
                let isEarly = eventually(within: 0.2) { hasClosed.load(ordering: .acquiring) }
                gate.open()
                if isEarly { throw Mismatch("closed while another thread wrote to the folder") }
            }
        }
    }

    @Test("A close waits for a checkpoint that writes the header of a log without records")
    func closeWaitsForCheckpoint() throws {
        var options = options
        options.durability = .none
        let engine = try Engine.open(folder: folder, options: options)
        try engine.commit([.put([1], [1])])
        try engine.flush()
        try closeWaits(of: engine, for: { try engine.checkpoint(to: "/copy") }) { call in
            call.kind == .write && call.path.hasSuffix(".log")
        }
        let again = try Engine.open(folder: folder, options: options)
        #expect(try again.entries().count == 1)
        try again.close()
    }

    @Test("A close waits for a compaction that another thread called for")
    func closeWaitsForCaller() throws {
        let engine = try Engine.open(folder: folder, options: options)
        for round in 0..<4 {
            for key in 0..<20 { try engine.commit([.put([UInt8(key)], [UInt8(round)])]) }
            try engine.flush()
        }
        try closeWaits(of: engine, for: { try engine.compactAll() }) { call in
            call.kind == .create && call.path.hasSuffix(".sst")
        }

        let again = try Engine.open(folder: folder, options: options)
        #expect(try again.entries().map(\.value) == Array(repeating: [3], count: 20))
        try again.close()
    }

    @Test("A close during a flush that fails is clean: all is in the log")
    func closeDuringFailingFlush() throws {
        let isReadOnly = Atomic<Bool>(false)
        var options = options
        options.onEvent = { event in
            if case .becameReadOnly = event { isReadOnly.store(true, ordering: .relaxed) }
        }
        let engine = try Engine.open(folder: folder, options: options)
        let count = Atomic<Int>(0)
        let fill: @Sendable () throws -> Void = {
            while engine.statistics().memory.waitingMemtableCount == 0 {
                let number = count.add(1, ordering: .relaxed).newValue
                try engine.commit([.put([UInt8(number >> 8), UInt8(number & 255)], [])])
            }
        }
        try closeWaits(of: engine, for: fill, thatThen: .fail(code: ENOSPC)) { call in
            call.kind == .create && call.path.hasSuffix(".sst")
        }
        #expect(isReadOnly.load(ordering: .relaxed) == false)
        disk.setHook(nil)
        let again = try Engine.open(folder: folder, options: self.options)
        #expect(try again.entries().count == count.load(ordering: .relaxed))
        try again.close()
    }

    @Test("A close cuts a compaction short, which leaves nothing behind")
    func closeInterrupts() throws {
        let engine = try Engine.open(folder: folder, options: options)
        var random = SeededRandom(seed: 1)
        for _ in 0..<2 {
            for number in UInt32(0)..<1_000 {
                // In no order, so that all tables are merged at once.
                let key = number * 7_919 % 1_000
                // Of a size that does not compress away, so that there would be many tables.
                let value = random.bytes(count: 60)
                try engine.commit([.put([UInt8(key >> 8), UInt8(key & 255)], value)])
            }
            try engine.flush()
        }
        let created = Atomic<Int>(0)
        try closeWaits(of: engine, for: { try engine.compactAll() }) { call in
            let isTable = call.kind == .create && call.path.hasSuffix(".sst")
            if isTable { created.add(1, ordering: .relaxed) }
            return isTable
        }
        #expect(created.load(ordering: .relaxed) == 1)
        #expect(try DatabaseInspection.inspect(folder, filesystem: disk).unnamedFiles.isEmpty)
        let again = try Engine.open(folder: folder, options: options)
        #expect(try again.entries().count == 1_000)
        try again.close()
    }

    @Test("An engine dropped without a close keeps others out while its threads live")
    func droppedEngineKeepsLock() throws {
        do {
            let engine = try Engine.open(folder: folder, options: options)
            try engine.commit([.put([1], [1])])
        }
        #expect(throws: EngineError.locked(folder: folder)) {
            _ = try Engine.open(folder: folder, options: options)
        }
    }
}
