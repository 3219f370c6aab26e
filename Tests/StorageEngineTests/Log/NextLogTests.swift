import Glibc
import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

private let folder = "/db"

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func key(_ number: Int) -> [UInt8] { bytes("key \(1_000 + number)") }

/// A log that is made ready while the one before it fills.
@Suite("The next log, made ready ahead")
struct NextLogTests {
    private static let zeroCount = 8 << 10

    private let disk = SimulatedFilesystem(
        seed: SeededRandom.fromEnvironment("NextLogTests").seed)

    private func open(_ durability: Durability = .synced) throws -> Engine {
        var options = EngineOptions.tiny(filesystem: disk)
        options.durability = durability
        options.logZerosAheadSizeBytes = Self.zeroCount
        return try Engine.open(folder: folder, options: options)
    }

    private func logs(_ disk: SimulatedFilesystem) throws -> [String] {
        try disk.names(in: folder).filter { $0.hasSuffix(".log") }.sorted()
    }

    /// Commits until a condition holds, and returns how many commits there were in all.
    private func write(
        to engine: Engine, from first: Int = 0, until isEnough: () throws -> Bool
    ) throws -> Int {
        var number = first
        while try !isEnough() {
            try engine.commit([.put(key(number), [UInt8](repeating: 7, count: 100))])
            number += 1
            try #require(number < 10_000)
        }
        return number
    }

    @Test(
        "It is there, empty and on stable storage, before the memtable is full",
        arguments: [Durability.synced, .none])
    func ready(_ durability: Durability) throws {
        let engine = try open(durability)
        let count = try write(to: engine) { try logs(disk).count == 2 }
        #expect(engine.statistics().flushCount == 0)
        let next = "\(folder)/\(try logs(disk)[1])"
        #expect(
            try disk.durableContents(of: next) == [UInt8](repeating: 0, count: Self.zeroCount))
        for policy in CrashPolicy.all where durability == .synced {
            let again = try Engine.open(
                folder: folder, options: .tiny(filesystem: disk.restart(policy)))
            #expect(try again.entries().count == count)
            try again.close()
        }
        try? engine.close()
    }

    @Test("A close takes it away, and one that took over and was never written to")
    func close() throws {
        var engine = try open()
        _ = try write(to: engine) { try logs(disk).count == 2 }
        try engine.close()
        #expect(try logs(disk).count == 1)
        engine = try open()
        _ = try write(to: engine) { try logs(disk).count == 2 }
        try engine.flush()
        #expect(try logs(disk).count == 1)
        try engine.close()
        #expect(try logs(disk).isEmpty)
        #expect(try !open().entries().isEmpty)
    }

    @Test("No commit creates a log or syncs the folder for one, but the first")
    func rotation() throws {
        let engine = try open()
        disk.recordCalls()
        var submitted = 0
        _ = try write(to: engine) {
            submitted += 1
            return engine.statistics().flushCount == 5
        }
        try engine.close()
        // Inline work comes after a submit, so what a commit does itself is known by its place: a
        // log's creation is followed by its first group only where nobody made it ready.
        let calls = disk.recordedCalls.filter { $0.path.hasSuffix(".log") }
        let created = calls.indices.filter { calls[$0].kind == .create }
        #expect(created.count >= 6)
        for index in created.dropFirst() {
            let path = calls[index].path
            let zeros = calls[index...].first { $0.kind == .write }
            #expect(zeros?.path == path && zeros?.byteCount == 4 << 10)
            // Between its creation and its first group the log before it is written to.
            let first = calls[index...].filter { $0.path == path && $0.kind == .write }.dropFirst(2)
                .first
            let others = calls[index...].prefix { $0 != first }.filter {
                $0.path != path && $0.kind == .write
            }
            #expect(!others.isEmpty, "\(path)")
        }
    }

    @Test("It is made while a flush goes on that writers are ahead of")
    func readyDuringFlush() throws {
        var options = EngineOptions.tiny(filesystem: disk, backgroundWork: .threads)
        options.memtableSizeBytes = 64 << 10
        let engine = try Engine.open(folder: folder, options: options)
        let (begin, end) = (Gate(), Gate())
        begin.shut()
        end.shut()
        disk.setHook { call in
            if call.kind == .create, call.path.hasSuffix(".sst") { begin.pass() }
            if call.kind == .sync, call.path.hasSuffix(".sst") { end.pass() }
            return .run
        }
        let count = try write(to: engine) {
            engine.statistics().memory.waitingMemtableCount == 1
        }
        #expect(eventually { begin.heldCount > 0 })
        #expect(try logs(disk).count == 2)
        // More than half a memtable beside the full one.
        let all = try write(to: engine, from: count) {
            engine.statistics().memory.memtableBytes > (64 + 40) << 10
        }
        #expect(try logs(disk).count == 2)
        begin.open()
        #expect(try eventually { try logs(disk).count == 3 })
        // The flush has not come to its end, where it would have been made anyway.
        #expect(engine.statistics().flushCount == 0)
        end.open()
        #expect(try engine.entries().count == all)
        try engine.close()
    }

    /// Lets one call for the next log fail, and returns the name of the log before it and how many
    /// commits there were.
    private func failing(
        _ kind: FilesystemCall.Kind, _ engine: Engine, code: Int32 = EIO
    ) throws -> (String, Int) {
        let first = try write(to: engine) { try !logs(disk).isEmpty }
        let current = try #require(try logs(disk).first)
        let failures = Atomic(0)
        disk.setHook { call in
            let isNext = call.path.hasSuffix(".log") && !call.path.hasSuffix(current)
            guard call.kind == kind, isNext || kind == .syncFolder,
                failures.add(1, ordering: .relaxed).oldValue == 0
            else { return .run }
            return .fail(code: code)
        }
        let count = try write(to: engine, from: first) { failures.load(ordering: .relaxed) > 0 }
        return (current, count)
    }

    @Test(
        "Whatever fails of the file while it is made, the writes go on without it",
        arguments: [FilesystemCall.Kind.create, .write, .sync])
    func failure(_ kind: FilesystemCall.Kind) throws {
        let engine = try open()
        let (current, count) = try failing(kind, engine)
        #expect(try logs(disk) == [current])
        let all = try write(to: engine, from: count) { engine.statistics().flushCount == 2 }
        #expect(try engine.entries().count == all)
        try engine.close()
        let again = try Engine.open(
            folder: folder, options: .tiny(filesystem: disk.restart(.losesAll)))
        #expect(try again.entries().count == all)
        try again.close()
    }

    @Test("A folder that can not be opened for it keeps nobody from writing, and the file goes")
    func folderNotOpened() throws {
        let engine = try open()
        let (current, count) = try failing(.syncFolder, engine, code: EMFILE)
        #expect(try logs(disk) == [current])
        let all = try write(to: engine, from: count) { engine.statistics().flushCount == 2 }
        #expect(try engine.entries().count == all)
        try engine.close()
    }

    @Test("A folder that can not be synced for it makes the engine read-only, and loses nothing")
    func folderFailure() throws {
        let engine = try open()
        let (_, count) = try failing(.syncFolder, engine)
        let error = #expect(throws: EngineError.self) { try engine.commit([.put([1], [])]) }
        guard case .readOnly = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(throws: EngineError.self) { try engine.close() }
        let again = try Engine.open(
            folder: folder, options: .tiny(filesystem: disk.restart(.losesAll)))
        #expect(try again.entries().count == count)
        try again.close()
    }

    private func nextLog() throws -> NextLog {
        try disk.createFolder(folder)
        let options = EngineOptions.tiny(filesystem: disk)
        let versions = try VersionSet(
            contents: Manifest.Contents(databaseID: .random()), nextFileNumber: 1, folder: folder,
            options: options, cache: BlockCache(capacityBytes: 0),
            graveyard: Graveyard(signal: BackgroundSignal()),
            observer: EngineObserver(onEvent: nil))
        return NextLog(versions: versions, options: options)
    }

    @Test("One that is ready only after its turn is not used, so that logs keep their order")
    func late() throws {
        let next = try nextLog()
        let first = next.take()
        next.request()
        let taken = Mutex<LogFile?>(nil)
        disk.setHook { call in
            if call.kind == .create { taken.withLock { $0 = next.take() } }
            return .run
        }
        try next.prepareIfAskedFor()
        disk.setHook(nil)
        let second = try #require(taken.withLock { $0 })
        #expect(try logs(disk) == [])
        let third = next.take()
        #expect(first.number < second.number && second.number < third.number)
    }

    @Test("One that a failed rotation gives back is the next again")
    func givenBack() throws {
        let next = try nextLog()
        next.request()
        try next.prepareIfAskedFor()
        let file = next.take()
        next.giveBack(file)
        next.request()
        try next.prepareIfAskedFor()
        #expect(try logs(disk).count == 1)
        #expect(next.take() === file)
        next.discard()
    }

    @Test("One that was left behind is no damage, one that the next log's header names is")
    func leftBehind() throws {
        let engine = try open()
        let count = try write(to: engine) { try logs(disk).count == 2 }
        let crashed = disk.restart(.keepsAll)
        let (used, unused) = (try logs(crashed)[0], try logs(crashed)[1])
        // Nothing but zeros between two logs that follow each other.
        let number = try #require(FileName(unused)?.number)
        let header = try header(of: used, on: crashed)
        func reopened(predecessor: UInt64) throws -> Int {
            let disk = crashed.restart(.keepsAll)
            let later = LogSegment(
                file: LogFile(number: number + 1, folder: folder, options: .tiny(filesystem: disk)),
                header: LogHeader(
                    databaseID: header.databaseID, logNumber: number + 1,
                    predecessorNumber: predecessor, predecessorSizeBytes: UInt64.max,
                    predecessorLastSequence: UInt64(count), predecessorIsSynced: false),
                options: .tiny(filesystem: disk))
            later.takePending(syncs: true)
            try later.writeTaken(syncs: true)
            let again = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
            defer { try? again.close() }
            return try again.entries().count
        }
        #expect(try reopened(predecessor: header.logNumber) == count)
        let error = #expect(throws: EngineError.self) { try reopened(predecessor: number) }
        guard case .corruption(unused, 0, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try? engine.close()
    }

    private func header(of log: String, on disk: SimulatedFilesystem) throws -> LogHeader {
        let handle = try disk.open("\(folder)/\(log)", .read)
        let number = try #require(FileName(log)?.number)
        let reader = try LogReader(handle, name: log, fileNumber: number)
        return try #require(try reader.readHeader())
    }
}
