@testable import StorageEngine
import Testing

@Suite("Block cache")
struct BlockCacheTests {
    private static func block(_ cache: BlockCache) throws -> Block {
        let builder = BlockBuilder(restartInterval: 16, capacity: 64)
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        builder.add(key: empty, tag: EntryTag(sequence: 1, kind: .put), value: empty)
        let bytes = builder.finish()
        let buffer = cache.buffers.take(bytes.count)
        buffer.base.copyMemory(from: try #require(bytes.baseAddress), byteCount: bytes.count)
        return try #require(Block(buffer, count: bytes.count))
    }

    @Test("It never holds more than its capacity, and finds what it holds")
    func capacity() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        for number in 0..<2000 {
            cache.insert(try Self.block(cache), file: UInt64(number % 7), offset: number * 4096)
            #expect(cache.sizeBytes <= 1 << 20)
        }
        let found = (0..<2000).filter { cache.find(file: UInt64($0 % 7), offset: $0 * 4096) != nil }
        #expect(found.count == cache.sizeBytes / 4096)
        #expect(found.count > 150)
    }

    @Test("Blocks asked for again outlive a scan of four times the cache")
    func scanResistance() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        let hot = 0..<64
        for number in hot { cache.insert(try Self.block(cache), file: 1, offset: number * 4096) }
        for scanned in 0..<1024 {
            cache.insert(try Self.block(cache), file: 2, offset: scanned * 4096)
            if scanned % 16 == 0 {
                for number in hot { _ = cache.find(file: 1, offset: number * 4096) }
            }
        }
        let kept = hot.filter { cache.find(file: 1, offset: $0 * 4096) != nil }
        #expect(kept.count > 56, "\(kept.count) of 64 kept")
    }

    @Test("A cache of no capacity keeps nothing")
    func none() throws {
        let cache = BlockCache(capacityBytes: 0)
        cache.insert(try Self.block(cache), file: 1, offset: 0)
        #expect(cache.find(file: 1, offset: 0) == nil)
    }
}
