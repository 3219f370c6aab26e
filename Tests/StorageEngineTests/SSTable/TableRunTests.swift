import KvdTestSupport
@testable import StorageEngine
import Testing

/// Tables written and opened without an engine, beside the array of their entries.
private struct Run {
    let filesystem = MemoryFilesystem()
    let cache: BlockCache
    var keys: [[UInt8]] = []
    var tables: [SSTable] = []

    init(cacheBytes: Int) throws {
        cache = BlockCache(capacityBytes: cacheBytes)
        try filesystem.createFolder("/db")
    }

    static func value(_ key: [UInt8]) -> [UInt8] { [UInt8](key.suffix(6)) + [7] }

    /// - Parameter change: What happens to the file between its end and its opening.
    mutating func add(
        _ more: [[UInt8]], number: UInt64, compression: Compression = .lz4,
        change: (any FileHandle) throws -> Void = { _ in }
    ) throws {
        var options = EngineOptions()
        options.blockSizeBytes = 1 << 10
        options.compression = compression
        let path = FileName.table(number).path(in: "/db")
        let handle = try filesystem.open(path, .create)
        let writer = SSTableWriter(
            handle: handle, number: number, options: options, filterBits: FilterBits(uniform: 10))
        for key in more {
            try key.withUnsafeBytes { key in
                try Self.value([UInt8](key)).withUnsafeBytes {
                    try writer.add(
                        key: key, tag: EntryTag(sequence: 5, kind: .put), value: $0, isNewKey: true,
                        pin: nil)
                }
            }
        }
        let metadata = try writer.finish()
        try change(handle)
        keys += more
        tables.append(
            try SSTable(
                metadata: metadata, folder: "/db", filesystem: filesystem, cache: cache,
                graveyard: Graveyard(signal: BackgroundSignal()),
                observer: EngineObserver(onEvent: nil)))
    }
}

@Suite("Sorted runs of tables")
struct TableRunTests {
    /// Long keys that differ at their ends, so that an index entry is long as well.
    private static func keys(_ random: inout SeededRandom, count: Int, stem: String) -> [[UInt8]] {
        let prefix = [UInt8](repeating: 0x61, count: 900) + [UInt8](stem.utf8)
        return (0..<count).map { index in
            let number = UInt32(index * 16 + Int.random(in: 0..<8, using: &random))
            return prefix + withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
        }
    }

    private static func run(_ random: inout SeededRandom, partitioned: Bool, cacheBytes: Int)
        throws -> Run
    {
        var run = try Run(cacheBytes: cacheBytes)
        for (place, stem) in ["b", "c", "e"].enumerated() {
            let count = partitioned ? 2_500 : 60
            try run.add(keys(&random, count: count, stem: stem), number: UInt64(place + 1))
        }
        return run
    }

    @Test("A large index is kept in partitions, a small one in memory")
    func partitioning() throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.partitioning")
        let small = try Self.run(&random, partitioned: false, cacheBytes: 0)
        let large = try Self.run(&random, partitioned: true, cacheBytes: 0)
        #expect(large.tables[0].blockCount > 20 * small.tables[0].blockCount)
        // A whole index of the large ones would take more than 900 bytes a block.
        #expect(large.tables[0].blockCount > 600)
        // A block takes more of such keys than one: they share most of their bytes.
        #expect(large.tables[0].blockCount < 1_000)
        #expect(large.tables[0].memoryBytes < 200_000)
    }

    @Test("A table that is being written counts its index, which is large where keys are long")
    func estimatedSize() throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.estimatedSize")
        var options = EngineOptions()
        options.compression = .none
        options.blockSizeBytes = 1 << 10
        let filesystem = MemoryFilesystem()
        try filesystem.createFolder("/db")
        let writer = SSTableWriter(
            handle: try filesystem.open("/db/1.sst", .create), number: 1, options: options,
            filterBits: FilterBits(uniform: options.bloomBitsPerKey))
        for key in Self.keys(&random, count: 2_000, stem: "b") {
            try key.withUnsafeBytes {
                try writer.add(
                    key: $0, tag: EntryTag(sequence: 5, kind: .put), value: $0, isNewKey: true,
                    pin: nil)
            }
        }
        let estimate = writer.estimatedSizeBytes
        let size = try writer.finish().sizeBytes
        #expect(abs(size - estimate) < size / 20, "\(estimate) of \(size) bytes")
    }

    @Test(
        "Point reads find every key and no other",
        arguments: [(false, 1 << 20), (true, 64 << 10), (true, 8 << 20), (true, 0)])
    func pointReads(partitioned: Bool, cacheBytes: Int) throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.pointReads")
        let run = try Self.run(&random, partitioned: partitioned, cacheBytes: cacheBytes)
        let sorted = SortedRun(run.tables)
        for index in stride(from: 0, to: run.keys.count, by: 7) {
            for (key, isThere) in [(run.keys[index], true), (run.keys[index] + [0], false)] {
                let found = try key.withUnsafeBytes { key in
                    let table = sorted.firstTable(endingAtOrAfter: key)
                    guard table < sorted.count else { return nil as SSTable.Found? }
                    return try run.tables[table].get(
                        key, hash: XXHash64.hash(key), sequence: 9, mode: .blocking)
                }
                #expect((found != nil) == isThere)
                if let found {
                    withExtendedLifetime(found.block) {
                        #expect([UInt8](found.value) == Run.value(key))
                    }
                }
            }
        }
    }

    @Test(
        "A walk goes as over an array, in both directions, with blocks in the cache or not",
        arguments: [(false, 1 << 20), (true, 64 << 10), (true, 0)])
    func walk(partitioned: Bool, cacheBytes: Int) throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.walk")
        let run = try Self.run(&random, partitioned: partitioned, cacheBytes: cacheBytes)
        for readsAll in [false, true] {
            let source = TableRunSource(
                SortedRun(run.tables), mode: .blocking, use: readsAll ? .rewriting : .kept)
            var place: Int?
            for _ in 0..<300 {
                switch Int.random(in: 0..<7, using: &random) {
                case 0:
                    try source.seekToFirst()
                    place = 0
                case 1:
                    try source.seekToLast()
                    place = run.keys.count - 1
                case 2, 3:
                    let index = Int.random(in: 0..<run.keys.count, using: &random)
                    let isAfter = Bool.random(using: &random)
                    try (run.keys[index] + (isAfter ? [0] : [])).withUnsafeBytes {
                        try source.seek($0, tag: .first)
                    }
                    place = isAfter ? index + 1 : index
                case 4:
                    let index = Int.random(in: 0..<run.keys.count, using: &random)
                    try run.keys[index].withUnsafeBytes {
                        try source.seekBackward($0, tag: .first)
                    }
                    place = index - 1
                case 5:
                    for _ in 0..<200 {
                        guard let old = place else { break }
                        try source.moveNext()
                        place = old + 1 < run.keys.count ? old + 1 : nil
                    }
                default:
                    for _ in 0..<200 {
                        guard let old = place else { break }
                        try source.movePrevious()
                        place = old > 0 ? old - 1 : nil
                    }
                }
                if let found = place, !run.keys.indices.contains(found) { place = nil }
                #expect(source.isValid == (place != nil))
                if let place {
                    #expect([UInt8](source.key) == run.keys[place])
                    #expect([UInt8](source.value) == Run.value(run.keys[place]))
                }
            }
        }
    }

    @Test("A read that may not wait says so for a partition as for a data block")
    func cachedOnly() throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.cachedOnly")
        let run = try Self.run(&random, partitioned: true, cacheBytes: 8 << 20)
        let key = run.keys[1_000]
        func get(_ mode: ReadMode) throws -> Bool {
            try key.withUnsafeBytes {
                try run.tables[0].get($0, hash: XXHash64.hash($0), sequence: 9, mode: mode) != nil
            }
        }
        #expect(throws: EngineError.wouldBlock) { try get(.cachedOnly) }
        #expect(try get(.blocking))
        #expect(try get(.cachedOnly))
    }

    @Test("A partition with fewer blocks than the index says is damage at every read")
    func wrongPartition() throws {
        var random = SeededRandom.fromEnvironment("TableRunTests.wrongPartition")
        var run = try Run(cacheBytes: 8 << 20)
        let keys = Self.keys(&random, count: 2_500, stem: "b")
        try run.add(keys, number: 1, compression: .none) { file in
            try Self.changeTopOfIndex(file, number: 1) { top in
                // The last entry's last byte, before the restarts' offsets, says how many blocks.
                let count = top.suffix(4).reversed().reduce(0) { $0 << 8 + Int($1) }
                top[top.count - 4 - 4 * count - 1] += 1
            }
        }
        let last = try #require(keys.last)
        for _ in 0..<3 {
            #expect {
                try last.withUnsafeBytes {
                    _ = try run.tables[0].get(
                        $0, hash: XXHash64.hash($0), sequence: 9, mode: .blocking)
                }
            } throws: {
                if case EngineError.corruption = $0 { true } else { false }
            }
        }
    }

    /// Changes the top block of a table's index, which is not compressed, and its checksum with it.
    private static func changeTopOfIndex(
        _ file: any FileHandle, number: UInt64, _ change: (inout [UInt8]) -> Void
    ) throws {
        let size = try file.size()
        func read(_ count: Int, at offset: Int) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            _ = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
            return bytes
        }
        let footerBytes = SSTableFormat.footerSizeBytes
        let footer = try read(footerBytes, at: size - footerBytes).withUnsafeBytes {
            try SSTableFooter.read($0, file: "table", fileSize: size)
        }
        let offset = footer.index.offset
        var top = try read(footer.index.sizeBytes, at: offset)
        change(&top)
        let compression = SSTableFormat.StoredCompression.raw.rawValue
        let checksum = top.withUnsafeBytes {
            SSTableFormat.checksum(
                stored: $0, compression: compression, fileNumber: number, offset: offset)
        }
        try withUnsafeBytes(of: checksum.littleEndian) { checksum in
            try (top + [compression] + checksum).withUnsafeBytes { try file.write($0, at: offset) }
        }
    }
}
