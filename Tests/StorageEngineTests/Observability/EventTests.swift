import Foundation
import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

@Suite("Events")
struct EventTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let folder = "/events"

    @Test("A flush and a compaction are told when they begin and when they end")
    func work() throws {
        let events = EventLog()
        var options = EngineOptions.tiny(filesystem: disk)
        options.onEvent = events.add
        let engine = try Engine.open(folder: folder, options: options)
        for _ in 0..<2 {
            try engine.commit([.put([1], [1])])
            try engine.flush()
        }
        try engine.compactAll()
        let shape = events.all.map { event in
            switch event {
            case .flushBegan(_, let entries): "flush of \(entries)"
            case .flushEnded(let flush): "flushed \(flush.entryCount) to \(flush.tables.count)"
            case .compactionBegan(let input):
                "merge \(input.tableCount) from \(input.fromLevel), \(input.reason)"
            case .compactionEnded(let summary): "merged to \(summary.outputTableCount)"
            case .moved(_, _, let from, _): "move from \(from)"
            default: event.description
            }
        }
        #expect(
            shape == [
                "flush of 1", "flushed 1 to 1", "flush of 1", "flushed 1 to 1",
                "move from 0", "merge 2 from 0, requested", "merged to 1",
            ])
        for event in events.all { #expect(!event.description.contains("\n")) }
        try engine.close()
    }

    @Test("A read that meets damage is told, beside the error for whoever read")
    func corruption() throws {
        let events = EventLog()
        var options = EngineOptions.tiny(filesystem: disk)
        options.onEvent = events.add
        let engine = try Engine.open(folder: folder, options: options)
        try engine.commit([.put([1], [1])])
        try engine.flush()
        let table = try #require(disk.names(in: folder).first { $0.hasSuffix(".sst") })
        try disk.corrupt(folder + "/" + table, at: 2)
        #expect(throws: EngineError.self) { try engine.value(of: [1]) }
        let told = events.contains { event in
            if case .corruption(let description) = event {
                description.contains(table)
            } else {
                false
            }
        }
        #expect(told)
        #expect(engine.statistics().corruptionCount == 1)
        try engine.close()
    }

    @Test("A sync that takes longer than the threshold is told, with its file")
    func slowDisk() throws {
        let events = EventLog()
        var options = EngineOptions.tiny(filesystem: disk)
        options.slowDiskThreshold = .milliseconds(2)
        options.onEvent = events.add
        let engine = try Engine.open(folder: folder, options: options)
        disk.setHook { call in
            // The sleep is at least as long as it says.
            if call.kind == .sync, call.path.hasSuffix(".log") { usleep(3_000) }
            return .run
        }
        try engine.commit([.put([1], [1])])
        disk.setHook(nil)
        let told = events.contains { event in
            if case .diskSlow(let file, .sync, let duration) = event {
                file.hasSuffix(".log") && duration >= .milliseconds(3)
            } else {
                false
            }
        }
        #expect(told)
        #expect(engine.statistics().slowDiskCount >= 1)
        try engine.close()
    }

    @Test("A writer that waits for a flush is told when it begins to wait and when it goes on")
    func stall() throws {
        let events = EventLog()
        let isHeld = Mutex(true)
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.waitingMemtableLimit = 1
        options.onEvent = events.add
        let engine = try Engine.open(folder: folder, options: options)
        disk.setHook { call in
            if call.kind == .write, call.path.hasSuffix(".sst") {
                while isHeld.withLock({ $0 }) { usleep(1_000) }
            }
            return .run
        }
        let writer = Thread {
            for number in 0..<200 {
                let key = [UInt8(number)]
                try? engine.commit([.put(key, Array(repeating: 1, count: 400))])
            }
        }
        writer.start()
        let hasBegun = eventually {
            events.contains { if case .stallBegan = $0 { true } else { false } }
        }
        #expect(hasBegun)
        isHeld.withLock { $0 = false }
        let hasEnded = eventually {
            events.contains { if case .stallEnded = $0 { true } else { false } }
        }
        #expect(hasEnded)
        #expect(engine.statistics().stalls.stopCount >= 1)
        #expect(engine.statistics().stalls.stopDuration > .zero)
        #expect(eventually { writer.isFinished })
        try engine.close()
    }

    @Test("A stream carries the newest events and ends with the engine")
    func stream() async throws {
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        let whole = engine.events()
        let short = engine.events(bufferedCount: 1)
        try engine.commit([.put([1], [1])])
        try engine.flush()
        try engine.close()
        var names: [String] = []
        for await event in whole {
            switch event {
            case .flushBegan: names.append("began")
            case .flushEnded: names.append("ended")
            default: names.append(event.description)
            }
        }
        #expect(names == ["began", "ended"])
        var shortCount = 0
        for await _ in short { shortCount += 1 }
        #expect(shortCount == 1)
        for await _ in engine.events() { Issue.record("an event of a closed engine") }
    }
}
