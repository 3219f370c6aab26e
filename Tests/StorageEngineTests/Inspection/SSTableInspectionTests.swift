import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Inspection of tables")
struct SSTableInspectionTests {
    private let files = InspectedFiles()

    private static func tables() throws -> [String: [UInt8]] {
        try InspectedFiles.database().merging(InspectedFiles.fixture()) { one, _ in one }
            .filter { $0.key.hasSuffix(".sst") }
    }

    /// A table of numbered puts, of which every tenth key is deleted at a later sequence.
    private func written(compression: Compression, bits: Int = 10) throws -> InspectedFile {
        var options = EngineOptions()
        options.blockSizeBytes = 512
        options.compression = compression
        options.bloomBitsPerKey = bits
        let path = "/made/000077.sst"
        let handle = try files.filesystem.open(path, .create)
        let writer = SSTableWriter(
            handle: handle, number: 77, options: options, filterBits: FilterBits(uniform: bits))
        for number in 1000..<1500 {
            let key = Array("key \(number)".utf8)
            let value = Array("the value of \(number)".utf8)
            try key.withUnsafeBytes { key in
                if number % 10 == 0 {
                    try writer.add(
                        key: key, tag: EntryTag(sequence: 5000, kind: .delete),
                        value: UnsafeRawBufferPointer(start: nil, count: 0), isNewKey: true,
                        pin: nil)
                }
                try value.withUnsafeBytes { value in
                    try writer.add(
                        key: key, tag: EntryTag(sequence: UInt64(number), kind: .put), value: value,
                        isNewKey: number % 10 != 0, pin: number % 10 == 0 ? 4000...4500 : nil)
                }
            }
        }
        _ = try writer.finish()
        return try InspectedFile.open(path, filesystem: files.filesystem)
    }

    @Test("A table shows its properties, filter and blocks", arguments: [Compression.none, .lz4])
    func shape(compression: Compression) throws {
        let file = try written(compression: compression)
        let table = try SSTableInspection(file)
        #expect(table.footer.number == 77)
        #expect(table.footer.version == 1)
        #expect(
            table.properties
                == .init(
                    entryCount: 550, deletionCount: 50, smallestSequence: 1000,
                    largestSequence: 5000, longestKeyBytes: 8))
        let filter = try #require(table.filter)
        #expect(filter.probeCount == 6)
        // 500 keys of 10 bits take ten lines.
        #expect(filter.sizeBytes == 8 + 640)
        #expect(filter.bitsPerEntry == Double(648 * 8) / 550)
        var blocks: [SSTableInspection.Block] = []
        while let block = try table.nextBlock() { blocks.append(block) }
        #expect(blocks.count == table.indexEntryCount)
        #expect(blocks.count > 10)
        // Blocks follow each other without gaps, trailers between them.
        var offset = 0
        for block in blocks {
            #expect(block.offset == offset)
            offset += block.storedBytes + 5
            #expect(block.uncompressedBytes <= 512)
            #expect(block.compression == (compression == .none ? "none" : "lz4"))
            #expect((block.storedBytes < block.uncompressedBytes) == (compression == .lz4))
        }
        #expect(table.footer.filter?.offset == offset)
    }

    @Test("A table's entries come in order, newest version first, and are checked")
    func entries() throws {
        let entries = try SSTableInspection(written(compression: .lz4)).verifiedEntries()
        #expect(entries.count == 550)
        #expect(
            entries[0]
                == .init(
                    key: InspectedBytes(Array("key 1000".utf8)), sequence: 5000, isDeletion: true,
                    value: InspectedBytes([])))
        #expect(
            entries[1]
                == .init(
                    key: InspectedBytes(Array("key 1000".utf8)), sequence: 1000, isDeletion: false,
                    value: InspectedBytes(Array("the value of 1000".utf8))))
        #expect(entries.filter(\.isDeletion).count == 50)
    }

    @Test("A table without a filter has none")
    func noFilter() throws {
        let table = try SSTableInspection(written(compression: .lz4, bits: 0))
        #expect(table.filter == nil)
        #expect(table.footer.filter == nil)
        #expect(try table.verifiedEntries().count == 550)
    }

    @Test("Tables that an engine wrote are whole, under their name and under another")
    func engineTables() throws {
        let tables = try Self.tables()
        #expect(tables.count >= 3)
        for (name, bytes) in tables {
            let entries = try SSTableInspection(files.file(name, bytes)).verifiedEntries()
            #expect(!entries.isEmpty)
            let copy = try files.file("copy", bytes)
            #expect(copy.kind == .table)
            #expect(try SSTableInspection(copy).verifiedEntries() == entries)
        }
    }

    @Test("A table under another table's name is damage")
    func wrongNumber() throws {
        let bytes = try #require(try Self.tables().values.first)
        #expect(throws: EngineError.self) {
            try SSTableInspection(files.file("999999.sst", bytes))
        }
    }

    @Test("Every changed byte of a table is found, at or before its place or in the footer")
    func changedAnywhere() throws {
        for (name, bytes) in try Self.tables() {
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(place % 8)
                let error = try #require(
                    throws: EngineError.self, "changed at \(place) of \(name)"
                ) { try SSTableInspection(files.file(name, damaged)).verifiedEntries() }
                switch error {
                case .corruption(let file, let offset, _):
                    #expect(file == name)
                    #expect(offset <= place || place >= bytes.count - 80)
                // The format version is looked at before anything of that version is.
                case .unsupportedFormat: #expect(place >= bytes.count - 80)
                default: Issue.record("\(error)")
                }
            }
        }
    }

    @Test("A table cut at any byte is damage")
    func cutAnywhere() throws {
        for (name, bytes) in try Self.tables() {
            for cut in bytes.indices {
                #expect(throws: EngineError.self, "cut at \(cut) of \(name)") {
                    try SSTableInspection(files.file(name, bytes[..<cut])).verifiedEntries()
                }
            }
        }
    }

    @Test("One damaged block does not hide those after it")
    func goesOn() throws {
        let file = try written(compression: .none)
        let first = try #require(try SSTableInspection(file).nextBlock())
        let handle = try files.filesystem.open(file.path, .update)
        try [UInt8(0xFF)].withUnsafeBytes { try handle.write($0, at: first.storedBytes / 2) }
        let table = try SSTableInspection(file)
        var damages: [EngineError] = []
        var count = 0
        while let block = try table.nextBlock() {
            count += 1
            do throws(EngineError) { try table.verify(block) } catch { damages.append(error) }
        }
        #expect(count == table.indexEntryCount)
        #expect(
            damages == [
                .corruption(file: "000077.sst", offset: 0, reason: "the block's checksum is wrong")
            ])
        // What was not read is not counted as missing.
        try table.verifyTotals()
    }
}

/// Tables whose bytes are as they were written, and wrong: what checksums can not find.
@Suite("Checks of a table's entries")
struct SSTableCheckTests {
    private func check(
        _ entries: [(key: String, sequence: UInt64, kind: UInt8)], separator: String = "z",
        filteredKeys: [String]? = nil, entryCount: UInt64? = nil, deletionCount: UInt64 = 0
    ) throws {
        let builder = BlockBuilder(restartInterval: 16, capacity: 512)
        for entry in entries {
            [UInt8](entry.key.utf8).withUnsafeBytes {
                builder.add(
                    key: $0, tag: EntryTag(word: entry.sequence << 8 | UInt64(entry.kind)),
                    value: UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
        let iterator = BlockIterator()
        let block = try #require(Block.make(builder.finish()))
        iterator.setBlock(block)
        let filter = OutputBuffer()
        BloomFilter.build(
            hashes: KeyHashes(
                (filteredKeys ?? entries.map(\.key)).map { key in
                    [UInt8](key.utf8).withUnsafeBytes { XXHash64.hash($0) }
                }), bitsPerKey: 20, into: filter)
        var check = SSTableCheck(
            file: "t",
            properties: SSTableProperties(
                entryCount: entryCount ?? UInt64(entries.count), deletionCount: deletionCount,
                smallestSequence: 1, largestSequence: 9, longestKeyBytes: 1))
        try check.take(
            iterator, offset: 3, separator: [UInt8](separator.utf8), filter: filter.bytes)
        try check.finish(propertiesOffset: 4)
    }

    @Test("Entries in order pass")
    func whole() throws {
        try check([("a", 9, 1), ("a", 2, 1), ("b", 1, 0)], deletionCount: 1)
        try check([("a", 1, 1)], separator: "a")
    }

    private func expectDamage(
        _ reason: String, offset: Int = 3, _ body: () throws -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(sourceLocation: sourceLocation) {
            try body()
        } throws: { error in
            guard case .corruption("t", offset, let text) = error as? EngineError else {
                return false
            }
            return text.contains(reason)
        }
    }

    @Test("Each thing that is wrong is named")
    func wrong() {
        expectDamage("entry 1 is not after") { try check([("b", 1, 1), ("a", 2, 1)]) }
        expectDamage("entry 1 is not after") { try check([("a", 1, 1), ("a", 2, 1)]) }
        expectDamage("entry 1 is not after") { try check([("a", 1, 1), ("a", 1, 1)]) }
        expectDamage("unknown kind 7") { try check([("a", 1, 7)]) }
        expectDamage("sequence 10") { try check([("a", 10, 1)]) }
        expectDamage("sequence 0") { try check([("a", 0, 1)]) }
        expectDamage("filter") { try check([("a", 1, 1), ("b", 1, 1)], filteredKeys: ["a"]) }
        expectDamage("too early") { try check([("a", 1, 1), ("c", 1, 1)], separator: "b") }
        expectDamage("2 entries and 0", offset: 4) {
            try check([("a", 1, 1), ("b", 1, 1)], entryCount: 3)
        }
        expectDamage("1 entries and 1", offset: 4) { try check([("a", 1, 0)]) }
    }
}
