import Foundation
import Glibc
import KvdTestSupport
import Synchronization
import Testing

@testable import StorageEngine

@Suite("Checkpoints")
struct CheckpointTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let source = "/data/db"
    private let target = "/data/copies/one"

    private func options(_ work: BackgroundWork = .inline) -> EngineOptions {
        .tiny(filesystem: disk, backgroundWork: work)
    }

    /// Commits `count` puts of keys that come back, and of a counter.
    private static func write(
        _ engine: Engine, _ model: inout OrderedMapModel, from first: Int = 0, count: Int
    ) throws {
        for number in first..<first + count {
            let changes: [OrderedMapModel.Change] = [
                .put(
                    Array("key\(number % 70)".utf8),
                    Array(repeating: UInt8(number & 0xFF), count: 150)),
                .delete(Array("key\(number * 7 % 70)".utf8)), .add(counter: 3, Int64(number)),
            ]
            try engine.commit(changes)
            model.apply(changes)
        }
    }

    private func requireOpens(_ folder: String, _ model: OrderedMapModel) throws {
        let engine = try Engine.open(folder: folder, options: options())
        try engine.requireEqual(model)
        try engine.close()
    }

    @Test("It opens by itself, goes its own way, and outlives its source")
    func independent() throws {
        var model = OrderedMapModel()
        let engine = try Engine.open(folder: source, options: options())
        try Self.write(engine, &model, count: 333)
        try engine.checkpoint(to: target)
        let moment = model
        // The source goes on as if nothing had happened, through flushes and compactions.
        try Self.write(engine, &model, from: 333, count: 400)
        try engine.compactAll()
        try engine.requireEqual(model)
        try requireOpens(target, moment)

        var branch = moment
        let copy = try Engine.open(folder: target, options: options())
        try Self.write(copy, &branch, from: 5_000, count: 200)
        try copy.checkpoint(to: "/data/copies/two")
        try copy.close()
        try engine.requireEqual(model)
        try engine.close()
        for name in try disk.list(source) { try disk.remove(source + "/" + name) }
        try requireOpens(target, branch)
        for name in try disk.list(target) { try disk.remove(target + "/" + name) }
        try requireOpens("/data/copies/two", branch)
    }

    @Test("An empty database, one of counters alone and one just opened are copied too")
    func small() throws {
        var model = OrderedMapModel()
        var engine = try Engine.open(folder: source, options: options())
        try engine.checkpoint(to: "/empty")
        try requireOpens("/empty", model)
        try engine.commit([.add(counter: 1, 5)])
        model.apply(.add(counter: 1, 5))
        try engine.checkpoint(to: "/counters")
        try requireOpens("/counters", model)
        try engine.close()
        engine = try Engine.open(folder: source, options: options())
        try engine.checkpoint(to: "/opened")
        try requireOpens("/opened", model)
        try engine.close()
        #expect(throws: EngineError.closed) { try engine.checkpoint(to: "/closed") }
    }

    @Test("Only a new or empty folder is taken, and nothing is left in any other")
    func refusals() throws {
        let engine = try Engine.open(folder: source, options: options())
        try engine.commit([.put([1], [1])])
        try disk.createFolder("/foreign")
        _ = try disk.open("/foreign/letter", .create)
        for folder in ["/foreign", source] {
            let names = try disk.names(in: folder)
            #expect(
                throws: EngineError.invalidArgument(
                    "a checkpoint needs a new or empty folder, and \(folder) is not empty")
            ) { try engine.checkpoint(to: folder) }
            #expect(try disk.names(in: folder) == names)
        }
        try disk.createFolder("/taken")
        let held = try disk.lock("/taken/LOCK")
        #expect(throws: EngineError.locked(folder: "/taken")) {
            try engine.checkpoint(to: "/taken")
        }
        held?.release()
        try engine.checkpoint(to: "/taken")
        #expect(throws: EngineError.self) { try engine.checkpoint(to: "/taken") }
        try engine.close()
    }

    @Test("Logs of memtables that wait for their flush are part of it")
    func waitingMemtables() throws {
        let gate = Gate()
        gate.shut()
        // A test that fails must not leave a thread waiting.
        defer { gate.open() }
        var options = options(.threads)
        options.waitingMemtableLimit = 8
        let engine = try Engine.open(folder: source, options: options)
        disk.setHook { [source] call in
            let isFlush = call.path.hasPrefix(source) && call.path.hasSuffix(".sst")
            if call.kind == .write, isFlush { gate.pass() }
            return .run
        }
        var model = OrderedMapModel()
        try Self.write(engine, &model, count: 200)
        #expect(engine.statistics().memory.waitingMemtableCount >= 2)
        try engine.checkpoint(to: target)
        #expect(try disk.names(in: target).filter { $0.hasSuffix(".log") }.count >= 3)
        try requireOpens(target, model)

        // A finished log that is damaged is told now, not when the copy is needed.
        let log = try #require(disk.names(in: source).first { $0.hasSuffix(".log") })
        try disk.corrupt(source + "/" + log, at: 2_000)
        #expect { try engine.checkpoint(to: "/damaged") } throws: { error in
            if case .corruption(log, _, _) = error as? EngineError { true } else { false }
        }
        #expect(try disk.names(in: "/damaged") == ["LOCK"])
        gate.open()
        try engine.close()
    }

    @Test("Tables and logs that become obsolete meanwhile are still there for it")
    func obsolete() throws {
        let gate = Gate()
        let engine = try Engine.open(folder: source, options: options(.threads))
        var model = OrderedMapModel()
        try Self.write(engine, &model, count: 300)
        try engine.flush()
        try Self.write(engine, &model, from: 300, count: 10)
        let moment = model
        disk.setHook { call in
            if call.kind == .link { gate.pass() }
            return .run
        }
        gate.shut()
        // A test that fails must not leave a thread waiting.
        defer { gate.open() }
        let thread = TestCall { try engine.checkpoint(to: "/data/copies/one") }
        #expect(eventually { gate.heldCount == 1 })
        let before = Set(try disk.names(in: source))
        try Self.write(engine, &model, from: 310, count: 200)
        try engine.compactAll()
        try engine.compactAll()
        let after = Set(try disk.names(in: source))
        #expect(before.subtracting(after).contains { $0.hasSuffix(".log") })
        gate.open()
        try thread.wait()
        try requireOpens(target, moment)
        try engine.requireEqual(model)
        try engine.close()
    }

    @Test("Where files can not be linked they are copied", arguments: [EXDEV, EPERM, EOPNOTSUPP])
    func copies(code: Int32) throws {
        let engine = try Engine.open(folder: source, options: options())
        var model = OrderedMapModel()
        try Self.write(engine, &model, count: 300)
        disk.setHook { $0.kind == .link ? .fail(code: code) : .run }
        try engine.checkpoint(to: target)
        disk.setHook(nil)
        for name in try disk.names(in: target) where name.hasSuffix(".sst") {
            let bytes = try disk.contents(of: target + "/" + name)
            #expect(try bytes == disk.contents(of: source + "/" + name))
            #expect(try bytes == disk.durableContents(of: target + "/" + name))
        }
        try requireOpens(target, model)
        try engine.close()
    }

    @Test("A table that is gone is an error, and leaves the folder empty")
    func missingTable() throws {
        let engine = try Engine.open(folder: source, options: options())
        var model = OrderedMapModel()
        try Self.write(engine, &model, count: 300)
        let table = try #require(disk.names(in: source).last { $0.hasSuffix(".sst") })
        try disk.remove(source + "/" + table)
        #expect { try engine.checkpoint(to: target) } throws: { error in
            if case .io(let cause) = error as? EngineError { cause.code == ENOENT } else { false }
        }
        #expect(try disk.names(in: target) == ["LOCK"])
        try engine.close()
    }

    @Test("On a real disk tables are shared, and the copy outlives the source")
    func onDisk() throws {
        let root = FileManager.default.temporaryDirectory.path + "/kvd-checkpoint-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let options = EngineOptions.tiny(filesystem: POSIXFilesystem())
        let engine = try Engine.open(folder: root + "/db", options: options)
        var model = OrderedMapModel()
        try Self.write(engine, &model, count: 300)
        try engine.checkpoint(to: root + "/copy")
        let names = try POSIXFilesystem().list(root + "/copy").filter { $0.hasSuffix(".sst") }
        #expect(!names.isEmpty)
        for name in names {
            var information = stat()
            #expect(stat(root + "/copy/" + name, &information) == 0)
            #expect(information.st_nlink == 2)
        }
        try engine.close()
        try FileManager.default.removeItem(atPath: root + "/db")
        let copy = try Engine.open(folder: root + "/copy", options: options)
        try copy.requireEqual(model)
        try copy.close()
    }
}

/// A call that runs on a thread of its own.
private final class TestCall: Sendable {
    private let outcome = Mutex<Result<Void, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread {
            let outcome = Result { try body() }
            self.outcome.withLock { $0 = outcome }
        }.start()
    }

    /// Returns, or throws, as the call did.
    func wait() throws {
        #expect(eventually { outcome.withLock { $0 != nil } })
        try outcome.withLock { $0 }?.get()
    }
}
