import KvdTestSupport
@testable import StorageEngine
import Testing

private struct Entry {
    let key: [UInt8]
    let tag: EntryTag
    let value: [UInt8]

    func precedes(_ key: [UInt8], _ tag: EntryTag) -> Bool {
        self.key.withUnsafeBytes { left in
            key.withUnsafeBytes { compareEntries(left, self.tag, $0, tag) < 0 }
        }
    }
}

@Suite("Blocks")
struct BlockTests {
    /// Keys that share prefixes, several versions of some, in entry order.
    private static func entries(_ random: inout SeededRandom, count: Int) -> [Entry] {
        var entries: [Entry] = []
        for _ in 0..<count {
            let stem =
                ["", "a", "ab", "orders#", "orders#2026-"].randomElement(using: &random) ?? ""
            var key = [UInt8](stem.utf8)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                key.append(UInt8.random(in: 0...2, using: &random))
            }
            let tag = EntryTag(
                sequence: .random(in: 1...20, using: &random),
                kind: Bool.random(using: &random) ? .put : .delete)
            let value = [UInt8](repeating: 9, count: Int.random(in: 0...5, using: &random))
            entries.append(Entry(key: key, tag: tag, value: value))
        }
        entries.sort { $0.precedes($1.key, $1.tag) }
        var unique: [Entry] = []
        for entry in entries where unique.last.map({ $0.precedes(entry.key, entry.tag) }) ?? true {
            unique.append(entry)
        }
        return unique
    }

    private static func block(of entries: [Entry], restartInterval: Int) throws -> Block {
        let builder = BlockBuilder(restartInterval: restartInterval, capacity: 256)
        for entry in entries {
            entry.key.withUnsafeBytes { key in
                entry.value.withUnsafeBytes { builder.add(key: key, tag: entry.tag, value: $0) }
            }
        }
        return try #require(Block.make(builder.finish()))
    }

    @Test("A point search finds what a linear search finds", arguments: [1, 2, 4, 16])
    func pointSearch(restartInterval: Int) throws {
        var random = SeededRandom.fromEnvironment("BlockTests.pointSearch")
        for _ in 0..<200 {
            let entries = Self.entries(&random, count: Int.random(in: 1...60, using: &random))
            let block = try Self.block(of: entries, restartInterval: restartInterval)
            for probe in Self.entries(&random, count: 40) + entries {
                let expected = entries.first { !$0.precedes(probe.key, probe.tag) }
                let result = probe.key.withUnsafeBytes { block.search($0, tag: probe.tag) }
                switch result {
                case .malformed: Issue.record("the block is malformed")
                case .pastEnd: #expect(expected == nil)
                case .found(let found, let hasSameKey):
                    let expected = try #require(expected)
                    #expect(found.tag == expected.tag)
                    #expect([UInt8](found.value) == expected.value)
                    #expect(hasSameKey == (expected.key == probe.key))
                }
            }
        }
    }

    @Test("An iterator walks and seeks like an array, in both directions", arguments: [1, 3, 16])
    func iterator(restartInterval: Int) throws {
        var random = SeededRandom.fromEnvironment("BlockTests.iterator")
        for _ in 0..<100 {
            let entries = Self.entries(&random, count: Int.random(in: 1...60, using: &random))
            let iterator = BlockIterator()
            iterator.setBlock(try Self.block(of: entries, restartInterval: restartInterval))
            var place: Int?
            for _ in 0..<100 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    iterator.seekToFirst()
                    place = 0
                case 1:
                    iterator.seekToLast()
                    place = entries.count - 1
                case 2:
                    let probe = Self.entries(&random, count: 1)[0]
                    probe.key.withUnsafeBytes { iterator.seek($0, tag: probe.tag) }
                    place = entries.firstIndex { !$0.precedes(probe.key, probe.tag) }
                case 3:
                    guard let old = place else { continue }
                    iterator.moveNext()
                    place = old + 1 < entries.count ? old + 1 : nil
                default:
                    guard let old = place else { continue }
                    iterator.movePrevious()
                    place = old > 0 ? old - 1 : nil
                }
                #expect(iterator.isValid == (place != nil))
                if let place {
                    #expect([UInt8](iterator.key) == entries[place].key)
                    #expect(iterator.tag == entries[place].tag)
                    #expect([UInt8](iterator.value) == entries[place].value)
                }
            }
        }
    }

    @Test("Bytes that are no block are malformed, and never read outside")
    func randomBytes() throws {
        var random = SeededRandom.fromEnvironment("BlockTests.randomBytes")
        for _ in 0..<3000 {
            let entries = Self.entries(&random, count: Int.random(in: 1...20, using: &random))
            let good = try Self.block(of: entries, restartInterval: 4)
            var bytes = [UInt8](good.bytes)
            for _ in 0..<3 {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            guard let block = bytes.withUnsafeBytes({ Block.make($0) }) else { continue }
            let iterator = BlockIterator()
            iterator.setBlock(block)
            iterator.seekToFirst()
            var steps = 0
            while iterator.isValid, steps < 1000 {
                iterator.moveNext()
                steps += 1
            }
            iterator.seekToLast()
            for entry in entries {
                _ = entry.key.withUnsafeBytes { block.search($0, tag: entry.tag) }
            }
        }
    }

    @Test("A block whose restarts begin behind its first entry is malformed")
    func lateFirstRestart() throws {
        let entries = ["a", "b"].map {
            Entry(key: [UInt8]($0.utf8), tag: EntryTag(sequence: 1, kind: .put), value: [])
        }
        let good = [UInt8](try Self.block(of: entries, restartInterval: 1).bytes)
        let second = good[good.count - 8]
        #expect(second > 0)
        // A walk back from the second entry would not end.
        let bytes = good.dropLast(12) + [second, 0, 0, 0, 1, 0, 0, 0]
        #expect([UInt8](bytes).withUnsafeBytes { Block.make($0) } == nil)
    }

    @Test("A block that turns out to be malformed gives its memory back")
    func malformedMemory() throws {
        let allocator = SlabAllocator()
        let free = allocator.allocate(2_000)
        allocator.free(free)
        let bytes = [UInt8](repeating: 255, count: 2_000)
        #expect(bytes.withUnsafeBytes { Block.make($0, in: allocator) } == nil)
        struct NoBytes: Error {}
        #expect(throws: NoBytes.self) {
            _ = try Block.make(byteCount: 2_000, restartRoom: 0, in: allocator) { _ in
                throw NoBytes()
            }
        }
        // All of them, with no restart and with more than there was room for.
        for restartCount in [UInt8(0), 1, 3] {
            let bytes = Array(repeating: UInt8(0), count: 1_996) + [restartCount, 0, 0, 0]
            _ = bytes.withUnsafeBytes { bytes in
                Block.make(byteCount: 2_000, restartRoom: 0, in: allocator) {
                    $0.copyMemory(from: bytes)
                }
            }
        }
        let last = allocator.allocate(2_000)
        #expect(last.base == free.base)
        allocator.free(last)
        #expect(allocator.lentBytes == 0)
    }

    @Test(
        "A block is made whatever room for restarts was thought enough", arguments: [0, 1, 7, .max])
    func restartRoom(room: Int) throws {
        var random = SeededRandom.fromEnvironment("BlockTests.restartRoom")
        let entries = Self.entries(&random, count: 60)
        let bytes = [UInt8](try Self.block(of: entries, restartInterval: 4).bytes)
        let block = try #require(
            bytes.withUnsafeBytes { bytes in
                Block.make(byteCount: bytes.count, restartRoom: room) { $0.copyMemory(from: bytes) }
            })
        #expect([UInt8](block.bytes) == bytes)
        #expect(block.chargeBytes < 5 * bytes.count + 200)
        for entry in entries {
            let result = entry.key.withUnsafeBytes { block.search($0, tag: entry.tag) }
            guard case .found(let found, true) = result else {
                Issue.record("an entry is not found")
                continue
            }
            #expect(found.tag == entry.tag)
        }
    }

    @Test("An index that counts more blocks than its file can hold is malformed")
    func countedBlocks() throws {
        func index(count: UInt64) throws -> TableIndex? {
            let value = OutputBuffer()
            BlockHandle(offset: 0, sizeBytes: 100).append(to: value)
            value.append(varint: count)
            let entry = Entry(key: [1], tag: .last, value: [UInt8](value.bytes))
            return TableIndex(
                try Self.block(
                    of: [entry, Entry(key: [2], tag: .last, value: entry.value)],
                    restartInterval: 1),
                kind: .partitioned, fileSizeBytes: 6_000)
        }
        #expect(try index(count: 500)?.blockCount == 1_000)
        #expect(try index(count: 501) == nil)
        #expect(try index(count: 0) == nil)
        #expect(try index(count: UInt64(Int32.max)) == nil)
    }
}

@Suite("Bloom filters")
struct BloomFilterTests {
    @Test("No key that was added is denied, and few others are let through")
    func rates() {
        var random = SeededRandom.fromEnvironment("BloomFilterTests.rates")
        let hashes = (0..<20_000).map { _ in random.next() }
        let filter = OutputBuffer()
        BloomFilter.build(hashes: KeyHashes(hashes), bitsPerKey: 10, into: filter)
        for hash in hashes { #expect(BloomFilter.mayContain(hash, filter: filter.bytes)) }
        let letThrough = (0..<20_000).filter { _ in
            BloomFilter.mayContain(random.next(), filter: filter.bytes)
        }.count
        // A blocked filter of 10 bits a key lets about 1 in 100 through.
        #expect(letThrough < 500, "\(letThrough) of 20,000")
    }
}
