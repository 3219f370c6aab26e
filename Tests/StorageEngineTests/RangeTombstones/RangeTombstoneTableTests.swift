import KvdTestSupport
@testable import StorageEngine
import Testing

/// Tables of format version 2: their range tombstone block, and what is made of a damaged one.
@Suite("Range tombstones in tables")
struct RangeTombstoneTableTests {
    private static let path = "/db/000007.sst"
    private let disk: SimulatedFilesystem

    init() throws {
        disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/db")
    }

    private func write(
        _ keys: [[UInt8]], _ list: RangeTombstoneList?
    ) throws -> SSTableMetadata {
        var options = EngineOptions.tiny(filesystem: disk)
        options.bloomBitsPerKey = 10
        try? disk.remove(Self.path)
        let writer = SSTableWriter(
            handle: try disk.open(Self.path, .create), number: 7, options: options,
            filterBits: FilterBits(uniform: 10))
        let value: [UInt8] = [1, 2, 3]
        for key in keys {
            try key.withUnsafeBytes { key in
                try value.withUnsafeBytes {
                    try writer.add(
                        key: key, tag: EntryTag(sequence: 5, kind: .put), value: $0,
                        isNewKey: true, pin: nil)
                }
            }
        }
        for index in 0..<(list?.count ?? 0) {
            guard let list else { break }
            writer.addRangeTombstones(
                lower: list.lower(index), upper: list.upper(index),
                newestFirst: list.sequences(index))
        }
        return try writer.finish()
    }

    private func open(_ metadata: SSTableMetadata) throws -> SSTable {
        try SSTable(
            metadata: metadata, folder: "/db", filesystem: disk,
            cache: BlockCache(capacityBytes: 1 << 16),
            graveyard: Graveyard(signal: BackgroundSignal()),
            observer: EngineObserver(onEvent: nil))
    }

    /// Writes other bytes in the file's place.
    private func replace(_ bytes: [UInt8]) throws {
        try disk.remove(Self.path)
        let handle = try disk.open(Self.path, .create)
        try bytes.withUnsafeBytes { try handle.write($0, at: 0) }
    }

    /// The first version number in a footer.
    private func version(of bytes: [UInt8]) -> UInt8 { bytes[bytes.count - 16] }

    @Test("What was written is read, and the bounds take it in")
    func roundTrip() throws {
        var random = SeededRandom.fromEnvironment("RangeTombstoneTableTests.roundTrip")
        for _ in 0..<200 {
            let removals = (0..<random.int(in: 1...40)).map {
                Removal.random(&random, sequence: UInt64($0 + 1))
            }
            let list = try #require(RangeTombstoneList.of(removals))
            let keys = Removal.allKeys.filter { _ in random.chance(1, in: 20) }
            let metadata = try write(keys, list)
            let table = try open(metadata)
            #expect(table.rangeTombstones?.removals == list.removals)
            #expect(metadata.rangeDeletionCount == list.removals.count)
            #expect(metadata.entryCount == keys.count)
            #expect(metadata.largestSequence == max(keys.isEmpty ? 0 : 5, list.largestSequence))
            #expect(version(of: try disk.contents(of: Self.path)) == 2)
            for key in Removal.allKeys {
                let isClaimed =
                    !Version.precedes(key, metadata.smallestKey)
                    && !Version.precedes(metadata.largestKey, key)
                if removals.contains(where: { $0.covers(key) }) || keys.contains(key) {
                    #expect(isClaimed)
                }
                let found = try key.withUnsafeBytes {
                    try table.get($0, hash: XXHash64.hash($0), sequence: 100, mode: .blocking)
                }
                #expect((found != nil) == keys.contains(key))
            }
        }
    }

    @Test("A table without any is of version 1, as ever")
    func versionOne() throws {
        let metadata = try write([[1], [2]], nil)
        #expect(version(of: try disk.contents(of: Self.path)) == 1)
        #expect(try open(metadata).rangeTombstones == nil)
    }

    @Test("The bounds of cut pieces do not meet, and a plain upper end is claimed")
    func bounds() throws {
        let cut = try write([[5]], .of([Removal([3], [5, 0], 9)]))
        #expect(cut.smallestKey == [3])
        #expect(cut.largestKey == [5])
        let open = try write([[5]], .of([Removal([5, 0], [8], 9)]))
        #expect(open.smallestKey == [5])
        #expect(open.largestKey == [8])
        let alone = try write([], .of([Removal([], [0], 9)]))
        #expect(alone.smallestKey == [])
        #expect(alone.largestKey == [])
    }

    @Test("No changed byte is taken for another tombstone")
    func flippedBytes() throws {
        let metadata = try write(
            [[1], [7]], .of([Removal([2], [4], 9), Removal([3], [6], 8), Removal([9], [9, 9], 7)]))
        let bytes = try disk.contents(of: Self.path)
        // The data block and the filter are read later, and checked then.
        let table = try open(metadata)
        let expected = table.rangeTombstones?.removals
        var refusals = 0
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x41
            try replace(changed)
            do {
                #expect(try open(metadata).rangeTombstones?.removals == expected)
            } catch EngineError.corruption {
                refusals += 1
            }
        }
        #expect(refusals > 100)
    }

    @Test("A table and the manifest must agree on the count")
    func wrongCount() throws {
        var metadata = try write([[1]], .of([Removal([2], [4], 9)]))
        for count in [0, 2] {
            metadata.rangeDeletionCount = count
            #expect(throws: EngineError.self) { try open(metadata) }
        }
    }

    @Test("A version that is not known is refused as such")
    func unknownVersion() throws {
        let metadata = try write([[1]], .of([Removal([2], [4], 9)]))
        var bytes = try disk.contents(of: Self.path)
        let footer = bytes.count - SSTableFormat.footerSizeBytes
        bytes[bytes.count - 16] = 3
        let crc = bytes[footer..<bytes.count - 8].withUnsafeBytes { Checksum.crc32c($0) }
        for index in 0..<4 {
            bytes[bytes.count - 8 + index] = UInt8(truncatingIfNeeded: crc >> (8 * index))
        }
        try replace(bytes)
        do {
            _ = try open(metadata)
            Issue.record("a table of version 3 was opened")
        } catch EngineError.unsupportedFormat(let text) {
            #expect(text.contains("3.1"))
        }
    }

    /// A block of entries as a writer that is wrong could write them, checksums and all.
    private func read(
        _ entries: [(key: [UInt8], tag: EntryTag, value: [UInt8])], count: Int? = nil
    ) throws -> [Removal]? {
        let builder = BlockBuilder(restartInterval: 16, capacity: 64)
        for entry in entries {
            entry.key.withUnsafeBytes { key in
                entry.value.withUnsafeBytes { builder.add(key: key, tag: entry.tag, value: $0) }
            }
        }
        let block = try #require(Block.make(builder.finish()))
        return RangeTombstoneBlock.read(block, expectedCount: count ?? entries.count)?.removals
    }

    private func tag(_ sequence: UInt64, _ kind: EntryKind = .deleteRange) -> EntryTag {
        EntryTag(sequence: sequence, kind: kind)
    }

    @Test("A block with a right checksum and wrong entries is refused")
    func malformedBlocks() throws {
        let first = (key: [UInt8(1)], tag: tag(5), value: [UInt8(3)])
        #expect(try read([first])?.count == 1)
        #expect(try read([first, ([1], tag(4), [3]), ([3], tag(9), [4])])?.count == 3)
        #expect(try read([], count: 0) == nil)
        #expect(try read([first], count: 2) == nil)
        #expect(try read([([1], tag(5, .put), [3])]) == nil)
        #expect(try read([([3], tag(5), [3])]) == nil)
        #expect(try read([([3], tag(5), [1])]) == nil)
        // Two ends for one begin, one sequence twice, a rising one, an overlap, a step back.
        #expect(try read([first, ([1], tag(4), [2])]) == nil)
        #expect(try read([first, ([1], tag(5), [3])]) == nil)
        #expect(try read([first, ([1], tag(6), [3])]) == nil)
        #expect(try read([first, ([2], tag(4), [5])]) == nil)
        #expect(try read([([2], tag(5), [3]), ([0], tag(4), [1])]) == nil)
    }
}
