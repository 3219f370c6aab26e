import KvdTestSupport
import StorageEngine
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Snapshots and cursors over time")
struct SnapshotTests {
    private let disk = SimulatedFilesystem(seed: 1)
    private let engine: Engine

    init() throws {
        engine = try Engine.open(folder: "/db", options: .tiny(filesystem: disk))
    }

    /// Writes version `number` of 100 keys; every third key is deleted in odd versions.
    private func write(version number: Int, _ model: inout OrderedMapModel) throws {
        let changes = (0..<100).map { index -> OrderedMapModel.Change in
            index % 3 == 0 && number % 2 == 1
                ? .delete(bytes("key\(index)"))
                : .put(bytes("key\(index)"), bytes("version \(number) of \(index)"))
        }
        try engine.commit(changes)
        model.apply(changes)
    }

    @Test("Each snapshot keeps its version over later writes, flushes and compactions")
    func versions() throws {
        var model = OrderedMapModel()
        var held: [(Snapshot, OrderedMapModel)] = []
        for number in 0..<8 {
            try write(version: number, &model)
            held.append((engine.snapshot(), model))
            if number % 2 == 0 { try engine.flush() }
            if number % 3 == 0 { try engine.compactAll() }
        }
        try engine.compactAll()
        for (snapshot, model) in held {
            try engine.requireEqual(model, at: .snapshot(snapshot))
            for entry in model.entries {
                #expect(
                    try engine.value(of: entry.key, at: .snapshot(snapshot)) == entry.value)
            }
        }
        try engine.close()
    }

    @Test("Once a snapshot is released, a compaction lets its versions go")
    func release() throws {
        var model = OrderedMapModel()
        try write(version: 0, &model)
        let snapshot = engine.snapshot()
        try write(version: 2, &model)
        try engine.compactAll()
        let withBoth = try tableBytes()
        withExtendedLifetime(consume snapshot) {}
        try write(version: 4, &model)
        try engine.compactAll()
        #expect(try tableBytes() < withBoth)
        try engine.requireEqual(model)
        try engine.close()
    }

    @Test("What came and went after a snapshot leaves nothing behind while it lives")
    func comesAndGoes() throws {
        try engine.commit([.put(bytes("kept"), bytes("value"))])
        let snapshot = engine.snapshot()
        for round in 0..<2 {
            for index in 0..<100 { try engine.commit([.put(bytes("key\(index)"), bytes("v"))]) }
            if round == 1 { try engine.flush() }
            for index in 0..<50 { try engine.commit([.delete(bytes("key\(index)"))]) }
            try engine.commit([.deleteRange(bytes("key"), bytes("kez"))])
            if round == 1 { try engine.compactAll() }
        }
        #expect(entryCount == 1)
        #expect(engine.statistics().levels.allSatisfy { $0.rangeDeletionCount == 0 })
        #expect(try engine.entries(at: .snapshot(snapshot)).count == 1)
        try engine.close()
    }

    @Test("Releasing a snapshot frees what it alone kept, by itself, while an older one lives")
    func releaseOfANewer() throws {
        var model = OrderedMapModel()
        try write(version: 0, &model)
        let oldest = engine.snapshot()
        let oldModel = model
        try write(version: 2, &model)
        var newer: Snapshot? = engine.snapshot()
        try write(version: 4, &model)
        try engine.compactAll()
        #expect(entryCount == 300)
        withExtendedLifetime(newer) {}
        newer = nil
        // Without threads, compactions that are due follow the next flush.
        try engine.commit([.put(bytes("zzz"), bytes("value"))])
        model.apply([.put(bytes("zzz"), bytes("value"))])
        try engine.flush()
        #expect(entryCount == 201)
        try engine.requireEqual(oldModel, at: .snapshot(oldest))
        try engine.requireEqual(model)
        withExtendedLifetime(oldest) {}
        try engine.close()
    }

    private var entryCount: Int { engine.statistics().levels.reduce(0) { $0 + $1.entryCount } }

    private func tableBytes() throws -> Int {
        try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }
            .reduce(0) { try $0 + disk.contents(of: "/db/\($1)").count }
    }

    @Test("Deleted keys leave nothing behind once everything is compacted")
    func deletedKeysGo() throws {
        for index in 0..<300 { try engine.commit([.put(bytes("key\(index)"), bytes("value"))]) }
        try engine.compactAll()
        for index in 0..<300 { try engine.commit([.delete(bytes("key\(index)"))]) }
        try engine.compactAll()
        #expect(try engine.entries().isEmpty)
        #expect(try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }.isEmpty)
        try engine.close()
    }

    @Test("A cursor keeps walking what it saw while its tables are compacted away")
    func cursorOutlivesTables() throws {
        var model = OrderedMapModel()
        try write(version: 0, &model)
        try engine.flush()
        let seen = model
        let cursor = try engine.cursor()
        try cursor.seekToFirst()
        var found: [OrderedMapModel.Entry] = []
        var number = 2
        while let entry = cursor.entry {
            found.append(entry)
            if found.count % 25 == 0 {
                try write(version: number, &model)
                try engine.compactAll()
                number += 2
            }
            try cursor.next()
        }
        #expect(found == seen.entries)
        try engine.requireEqual(model)
        try engine.close()
    }

    @Test("Files of compacted tables go once no cursor holds them")
    func filesGo() throws {
        var model = OrderedMapModel()
        for number in 0..<4 {
            try write(version: number * 2, &model)
            try engine.flush()
        }
        var cursor: Cursor? = try engine.cursor()
        try cursor?.seekToFirst()
        try write(version: 8, &model)
        try engine.compactAll()
        let held = try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }.count
        cursor = nil
        try engine.compactAll()
        let left = try disk.names(in: "/db").filter { $0.hasSuffix(".sst") }.count
        #expect(left < held)
        #expect(left == engine.statistics().levels.reduce(0) { $0 + $1.tableCount })
        try engine.close()
    }

    @Test("A pinned value stays readable after its key is gone and its table too")
    func pinnedValue() throws {
        try engine.commit([.put(bytes("a"), bytes("kept"))])
        try engine.flush()
        let pinned = try bytes("a").withUnsafeBytes { try engine.get($0) }
        let value = try #require(pinned)
        try engine.commit([.delete(bytes("a"))])
        try engine.compactAll()
        for index in 0..<400 { try engine.commit([.put(bytes("b\(index)"), bytes("filler"))]) }
        try engine.compactAll()
        #expect(withExtendedLifetime(value) { Array(value.bytes) } == bytes("kept"))
        try engine.close()
    }

    @Test("A cached-only read never touches the disk")
    func cachedOnly() throws {
        for index in 0..<100 { try engine.commit([.put(bytes("key\(index)"), bytes("value"))]) }
        try engine.compactAll()
        try engine.close()
        let cold = try Engine.open(folder: "/db", options: .tiny(filesystem: disk))
        let key = bytes("key50")
        disk.recordCalls()
        #expect(throws: EngineError.wouldBlock) {
            _ = try cold.value(of: key, mode: .cachedOnly)
        }
        #expect(disk.recordedCalls.isEmpty)
        #expect(try cold.value(of: key, mode: .blocking) == bytes("value"))
        disk.recordCalls()
        #expect(try cold.value(of: key, mode: .cachedOnly) == bytes("value"))
        #expect(disk.recordedCalls.isEmpty)
        try cold.close()
    }
}
