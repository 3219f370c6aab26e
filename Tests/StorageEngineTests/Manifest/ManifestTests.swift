import Glibc
import KvdTestSupport
import StorageEngine
import Synchronization
import Testing

private let folder = "/db"

@Suite("The manifest and the files it names")
struct ManifestTests {
    /// Rising keys, so that tables of level 0 lie over none of the base level and move as they are.
    private static func fill(
        _ disk: SimulatedFilesystem, onEvent: (@Sendable (EngineEvent) -> Void)? = nil
    ) throws -> (engine: Engine, error: EngineError?) {
        var options = EngineOptions.tiny(filesystem: disk)
        options.compression = .none
        options.onEvent = onEvent
        let engine = try Engine.open(folder: folder, options: options)
        for index in 0..<2000 {
            do throws(EngineError) {
                let key = [UInt8(index >> 8), UInt8(index & 0xFF)]
                try engine.commit([.put(key, Array(repeating: 7, count: 60))])
            } catch {
                return (engine, error)
            }
        }
        return (engine, nil)
    }

    @Test("A table's move that the manifest did not take makes the engine read-only")
    func failedMove() throws {
        let dry = SimulatedFilesystem(seed: 1)
        dry.recordCalls()
        let firstMove = Mutex<Int?>(nil)
        let (engine, error) = try Self.fill(dry) { event in
            if case .moved = event { firstMove.withLock { $0 = $0 ?? dry.callCount } }
        }
        #expect(error == nil)
        try engine.close()
        let moved = try #require(firstMove.withLock { $0 }, "no table was moved")
        let sync = try #require(
            dry.recordedCalls.last {
                $0.number <= moved && $0.kind == .sync && $0.path.contains("MANIFEST")
            })

        let disk = SimulatedFilesystem(seed: 1)
        disk.recordCalls()
        disk.fail(at: sync.number, code: EIO)
        let (failed, refusal) = try Self.fill(disk)
        guard case .readOnly = refusal else {
            Issue.record(
                "the commit after the failed move ended with \(String(describing: refusal))")
            return
        }
        #expect(throws: EngineError.self) { try failed.close() }
        let later = disk.recordedCalls.filter { $0.number > sync.number && $0.path == sync.path }
        #expect(later.isEmpty, "a manifest was used after its sync failed")
    }

    @Test(
        "A changed byte of a manifest is refused, wherever it is before what nothing vouches for",
        arguments: [false, true])
    func changedByte(isClosed: Bool) throws {
        let disk = SimulatedFilesystem(seed: 1)
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        for index in 0..<4 {
            try engine.commit([.put([UInt8(index)], [1])])
            try engine.flush()
        }
        if isClosed { try engine.close() }
        let killed = disk.restart(.losesAll)
        let file = try InspectedFile.open("\(folder)/CURRENT", filesystem: killed)
        let inspection = try ManifestInspection(file)
        var lastEdit = 0
        while let step = try inspection.next() {
            if case .edit(let edit) = step { lastEdit = edit.offset }
        }
        try #require(lastEdit > 100)
        // The mark of a clean end is 15 bytes.
        let vouchedEnd = isClosed ? try killed.contents(of: file.path).count - 15 : lastEdit
        for place in 0..<vouchedEnd {
            let changed = killed.restart(.keepsAll)
            try changed.corrupt(file.path, at: place, mask: 1 << UInt8(place % 8))
            do {
                try Engine.open(folder: folder, options: .tiny(filesystem: changed)).close()
                Issue.record("byte \(place) of \(vouchedEnd) was not noticed")
            } catch EngineError.corruption(let name, _, _) {
                #expect(name == file.name, "byte \(place) of \(vouchedEnd)")
            }
        }
    }

    @Test("A manifest whose state alone outgrows the limit is not rolled at every edit")
    func largeState() throws {
        let disk = SimulatedFilesystem(seed: 1)
        let engine = try Engine.open(folder: folder, options: .tiny(filesystem: disk))
        let batch = WriteBatch()
        for counter in 0..<300_000 { batch.add(counter: UInt64(counter), 1) }
        try engine.commit(batch)
        try engine.flush()
        disk.recordCalls()
        for round in 0..<5 {
            try engine.commit([.put([1], [UInt8(round)])])
            try engine.flush()
        }
        let created = disk.recordedCalls.filter {
            $0.kind == .create && $0.path.contains("MANIFEST")
        }
        #expect(created.count <= 1)
        try engine.close()
    }

    @Test(
        "Files whose names only resemble kvd's are left alone",
        arguments: ["7.log", "+000012.log", "00000000000009.sst", "18446744073709551615.log"])
    func foreignNames(name: String) throws {
        let disk = SimulatedFilesystem(seed: 1)
        let options = EngineOptions.tiny(filesystem: disk)
        let engine = try Engine.open(folder: folder, options: options)
        try engine.commit([.put([1], [1])])
        try engine.close()
        _ = try disk.open(folder + "/" + name, .create)
        let again = try Engine.open(folder: folder, options: options)
        #expect(try again.value(of: [1]) == [1])
        try again.close()
        #expect(try disk.names(in: folder).contains(name))
    }
}
