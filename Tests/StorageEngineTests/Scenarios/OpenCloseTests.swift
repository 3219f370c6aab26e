import KvdTestSupport
import StorageEngine
import Testing

private let folder = "/db"

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Opening and closing", .timeLimit(.minutes(2)))
struct OpenCloseTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private var options: EngineOptions { .tiny(filesystem: disk) }

    private func open() throws -> Engine { try Engine.open(folder: folder, options: options) }

    private func tableCount(_ engine: Engine) -> Int {
        engine.statistics().levels.reduce(0) { $0 + $1.tableCount }
    }

    @Test("A new database is empty and stays so over a reopen")
    func empty() throws {
        let engine = try open()
        #expect(try engine.entries().isEmpty)
        #expect(try engine.value(of: bytes("a")) == nil)
        try engine.close()
        let again = try open()
        #expect(try again.entries().isEmpty)
        try again.close()
    }

    @Test("What was written is there after a reopen, from the log and from tables")
    func reopen() throws {
        var model = OrderedMapModel()
        let engine = try open()
        let inTables: [OrderedMapModel.Change] = [
            .put(bytes("a"), bytes("1")), .put(bytes("b"), bytes("2")), .add(counter: 3, 5),
        ]
        try engine.commit(inTables)
        try engine.flush()
        let inLog: [OrderedMapModel.Change] = [
            .delete(bytes("a")), .put(bytes("c"), []), .add(counter: 3, -7),
        ]
        try engine.commit(inLog)
        try engine.close()
        model.apply(inTables + inLog)
        let again = try open()
        try again.requireEqual(model)
        try again.close()
    }

    @Test("Opens that each add a key behind the others leave few tables")
    func manySmallTables() throws {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.tableSizeBytes = 64 << 10
        for round in 0..<100 {
            let engine = try Engine.open(folder: folder, options: options)
            try engine.commit([.put([UInt8(round)], [1])])
            try engine.close()
        }
        let engine = try Engine.open(folder: folder, options: options)
        #expect(try engine.entries().count == 100)
        #expect(eventually { tableCount(engine) < 30 })
        try engine.compactAll()
        #expect(tableCount(engine) < 15)
        try engine.close()
    }

    @Test("Tables whose entries shrink to little are merged into one, and not for ever")
    func largeZeros() throws {
        var options = options
        options.memtableSizeBytes = 4 << 20
        options.tableSizeBytes = 64 << 10
        let engine = try Engine.open(folder: folder, options: options)
        for number in 0..<8 {
            try engine.commit([.put([UInt8(number)], Array(repeating: 0, count: 70_000))])
        }
        try engine.compactAll()
        #expect(tableCount(engine) == 1)
        #expect(try engine.entries().count == 8)
        try engine.close()
    }

    @Test("Counters survive flush, compaction and reopen, each alone and all together")
    func counters() throws {
        var engine = try open()
        for round in 1...6 {
            try engine.commit([.add(counter: 1, 10), .add(counter: .max, -1)])
            if round % 2 == 0 { try engine.flush() }
            if round % 3 == 0 { try engine.compactAll() }
            try engine.close()
            engine = try open()
            #expect(engine.counter(1) == Int64(10 * round))
            #expect(engine.counter(.max) == Int64(-round))
            #expect(engine.counter(2) == 0)
        }
        try engine.close()
    }

    @Test("Sequences go on where they ended, so that a stamp is never given twice")
    func sequencesGoOn() throws {
        var engine = try open()
        var last: UInt64 = 0
        for round in 0..<6 {
            let sequence = try engine.submit(
                WriteBatch([.put(bytes("k"), [UInt8(round)])]), mayBlock: true)
            #expect(sequence > last)
            last = sequence
            if round == 2 { try engine.flush() }
            if round == 3 { try engine.compactAll() }
            try engine.close()
            engine = try open()
            #expect(engine.appliedSequence >= last)
            #expect(engine.durableSequence == engine.appliedSequence)
        }
        try engine.close()
    }

    @Test("A folder that an open finds, and nobody synced the name of, survives a crash after it")
    func foundFolder() throws {
        try disk.leaveFolder(folder)
        let engine = try open()
        try engine.commit([.put(bytes("a"), bytes("1"))])
        let restarted = disk.restart(.losesAll)
        let again = try Engine.open(folder: folder, options: .tiny(filesystem: restarted))
        #expect(try again.value(of: bytes("a")) == bytes("1"))
        try again.close()
    }

    @Test("A second opener is told that the folder is locked, and may open it after a close")
    func locked() throws {
        let engine = try open()
        #expect(throws: EngineError.locked(folder: folder)) { _ = try open() }
        try engine.close()
        let again = try open()
        try again.close()
    }

    @Test("An open that fails gives the lock back")
    func failedOpenUnlocks() throws {
        let engine = try open()
        try engine.commit([.put(bytes("a"), bytes("1"))])
        try engine.close()
        let current = try disk.contents(of: folder + "/CURRENT")
        try disk.corrupt(folder + "/CURRENT", at: 3)
        #expect(throws: EngineError.self) { _ = try open() }
        try disk.replaceContents(of: folder + "/CURRENT", with: current)
        let again = try open()
        #expect(try again.value(of: bytes("a")) == bytes("1"))
        try again.close()
    }

    @Test("After a close every call is refused, and a second close does nothing")
    func closed() throws {
        let engine = try open()
        try engine.commit([.put(bytes("a"), bytes("1"))])
        try engine.close()
        try engine.close()
        #expect(throws: EngineError.closed) { try engine.commit([.put(bytes("b"), [])]) }
        #expect(throws: EngineError.closed) { _ = try engine.value(of: bytes("a")) }
        #expect(throws: EngineError.closed) { _ = try engine.entries() }
        #expect(throws: EngineError.closed) { try engine.flush() }
        #expect(throws: EngineError.closed) { try engine.compactAll() }
    }

    @Test("Two engines in two folders of one disk do not meet")
    func twoFolders() throws {
        let first = try open()
        let second = try Engine.open(folder: "/other/place", options: options)
        try first.commit([.put(bytes("k"), bytes("first"))])
        try second.commit([.put(bytes("k"), bytes("second"))])
        #expect(try first.value(of: bytes("k")) == bytes("first"))
        #expect(try second.value(of: bytes("k")) == bytes("second"))
        try first.close()
        try second.close()
    }

    @Test("Files of another database in the folder are refused, not read")
    func foreignLog() throws {
        let engine = try open()
        try engine.commit([.put(bytes("a"), bytes("1"))])
        disk.crash()
        let own = disk.restart(.keepsAll)
        let stranger = SimulatedFilesystem(seed: 2)
        let other = try Engine.open(folder: folder, options: .tiny(filesystem: stranger))
        try other.commit([.put(bytes("a"), bytes("2"))])
        let log = try #require(try own.names(in: folder).last { $0.hasSuffix(".log") })
        let foreign = try stranger.contents(of: folder + "/" + log)
        try other.close()
        try own.replaceContents(of: folder + "/" + log, with: foreign)
        #expect {
            _ = try Engine.open(folder: folder, options: .tiny(filesystem: own))
        } throws: { error in
            if case .corruption(log, _, _) = error as? EngineError { true } else { false }
        }
    }
}
