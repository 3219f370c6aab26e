import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("Block cache")
struct BlockCacheTests {
    private static let blockBytes = 4096

    private static func block(number: Int = 0, in allocator: SlabAllocator? = nil) throws -> Block {
        let builder = BlockBuilder(restartInterval: 16, capacity: 64)
        let key = [UInt8](String(number).utf8)
        let value = [UInt8](repeating: 0, count: blockBytes)
        key.withUnsafeBytes { key in
            value.withUnsafeBytes {
                builder.add(key: key, tag: EntryTag(sequence: 1, kind: .put), value: $0)
            }
        }
        return try #require(Block.make(builder.finish(), in: allocator))
    }

    private static func number(of block: Block) -> Int? {
        block.restartEntry(0).flatMap { Int(String(decoding: $0.unshared, as: UTF8.self)) }
    }

    @Test("It never holds more than its capacity, and finds what it holds")
    func capacity() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        let tables = (0..<7).map { BlockSlots(count: 2000, salt: $0) }
        defer { for slots in tables { cache.removeAll(slots) } }
        for number in 0..<2000 {
            cache.insert(try Self.block(number: number), tables[number % 7], number)
            #expect(cache.sizeBytes <= 1 << 20)
        }
        let found = (0..<2000).compactMap { number in
            cache.find(tables[number % 7], number, for: .kept).map { (number, $0) }
        }
        for (number, block) in found { #expect(Self.number(of: block) == number) }
        let chargeBytes = try Self.block(number: 1000).chargeBytes
        #expect(abs(found.count * chargeBytes - cache.sizeBytes) < 8 * found.count)
        #expect(found.count > 150)
    }

    /// How many of some blocks a cache of some 250 still has after a scan of blocks of another table.
    private static func keptCount(
        of hotCount: Int = 64,
        _ scan: (_ cache: BlockCache, _ hot: BlockSlots, _ scanned: BlockSlots) throws -> Void
    ) throws -> Int {
        let cache = BlockCache(capacityBytes: 1 << 20)
        let hot = BlockSlots(count: hotCount, salt: 0)
        let scanned = BlockSlots(count: 1024, salt: 5)
        defer {
            cache.removeAll(hot)
            cache.removeAll(scanned)
        }
        for number in 0..<hotCount { cache.insert(try block(), hot, number) }
        try scan(cache, hot, scanned)
        return (0..<hotCount).count { cache.find(hot, $0, for: .kept) != nil }
    }

    /// Brings in twice as many blocks as the cache of ``keptCount(_:)`` holds.
    private static func scanTwice(_ cache: BlockCache, _ scanned: BlockSlots) throws {
        let scanCount = 2 * (1 << 20) / (try block().chargeBytes)
        for place in 0..<scanCount { cache.insert(try block(), scanned, place) }
    }

    @Test("Blocks asked for again outlive a scan of four times the cache")
    func scanResistance() throws {
        let kept = try Self.keptCount { cache, hot, scanned in
            for place in 0..<1024 {
                cache.insert(try Self.block(), scanned, place)
                if place % 16 == 0 {
                    for number in 0..<64 { _ = cache.find(hot, number, for: .kept) }
                }
            }
        }
        #expect(kept > 56, "\(kept) of 64 kept")
    }

    @Test("Blocks that were asked for before a scan of twice the cache's size are there after it")
    func scanWithoutReads() throws {
        // A cache that evicts what was read least recently would have none of them left.
        let kept = try Self.keptCount { cache, hot, scanned in
            for _ in 0..<3 {
                for number in 0..<64 { _ = cache.find(hot, number, for: .kept) }
            }
            try Self.scanTwice(cache, scanned)
        }
        #expect(kept > 56, "\(kept) of 64 kept")
    }

    @Test("Blocks asked for again that fill most of a cache outlive a scan of four times its size")
    func largeHotSet() throws {
        let hotCount = 192
        let kept = try Self.keptCount(of: hotCount) { cache, hot, scanned in
            for _ in 0..<4 {
                for number in 0..<hotCount { _ = cache.find(hot, number, for: .kept) }
            }
            for place in 0..<1024 { cache.insert(try Self.block(), scanned, place) }
        }
        #expect(kept > 180, "\(kept) of \(hotCount) kept")
    }

    /// Nothing remembers blocks that are gone, so a new set gets in only by what it is asked for in
    /// probation.
    @Test("Another hot set takes the place of one that nobody asks for any more")
    func changingHotSet() throws {
        var random = SeededRandom.fromEnvironment("BlockCacheTests.changingHotSet")
        let cache = BlockCache(capacityBytes: 1 << 20)
        let tables = (0..<2).map { BlockSlots(count: 192, salt: $0 * 7) }
        defer { for slots in tables { cache.removeAll(slots) } }
        for slots in tables {
            var missCount = 0
            for round in 0..<60 * slots.count {
                if round == 40 * slots.count { missCount = 0 }
                let number = Int.random(in: 0..<slots.count, using: &random)
                if cache.find(slots, number, for: .kept) == nil {
                    missCount += 1
                    cache.insert(try Self.block(), slots, number)
                }
            }
            #expect(missCount < slots.count, "\(missCount) misses in \(20 * slots.count) reads")
        }
    }

    @Test("An eviction does not spend the credit of a whole large cache")
    func boundedEviction() throws {
        let charge = try Self.block().chargeBytes
        let perShard = 2_000
        let cache = BlockCache(capacityBytes: 16 * perShard * charge)
        let slots = BlockSlots(count: 16 * perShard + 16, salt: 0)
        defer { cache.removeAll(slots) }
        // All in one shard.
        let numbers = (0..<perShard).map { $0 * 16 }
        for number in numbers {
            cache.insert(try Self.block(), slots, number)
            for _ in 0..<4 { _ = cache.find(slots, number, for: .kept) }
        }
        #expect(cache.sizeBytes == perShard * charge)
        cache.insert(try Self.block(), slots, 16 * perShard)
        #expect(cache.sizeBytes == perShard * charge)
        // What has credit is not taken out by this; it would have none after three rounds.
        let credited = numbers.count { slots.evict($0) == nil }
        #expect(credited > perShard / 2, "\(credited) of \(perShard) have credit")
        // Those that were taken out by hand are not the cache's any more.
        #expect(numbers.count { slots.find($0, raisesCredit: false) != nil } >= perShard - 1)
    }

    @Test(
        "A walk over much and a compaction give no credit to what they find",
        arguments: [CacheUse.passing, .rewriting])
    func walksWithoutCredit(use: CacheUse) throws {
        let kept = try Self.keptCount { cache, hot, scanned in
            for _ in 0..<3 {
                for number in 0..<64 { #expect(cache.find(hot, number, for: use) != nil) }
            }
            try Self.scanTwice(cache, scanned)
        }
        #expect(kept == 0, "\(kept) of 64 kept")
    }

    @Test("The memory of a block that went is used again, and not before its last reader is done")
    func memory() throws {
        let charge = try Self.block(number: 10).chargeBytes
        // One block fits each of the sixteen shards, whatever the allocator adds.
        let cache = BlockCache(capacityBytes: 16 * (charge + 200))
        let slots = BlockSlots(count: 64, salt: 0)
        defer { cache.removeAll(slots) }
        cache.insert(try Self.block(number: 10, in: cache.allocator), slots, 0)
        let first = try #require(cache.find(slots, 0, for: .kept)).base
        // The find gave the block credit, which the hand takes first.
        cache.insert(try Self.block(number: 11, in: cache.allocator), slots, 16)
        #expect(cache.find(slots, 0, for: .kept) == nil)
        let third = try Self.block(number: 12, in: cache.allocator)
        #expect(third.base == first)
        let held = try #require(cache.find(slots, 16, for: .kept))
        cache.insert(third, slots, 32)
        #expect(cache.find(slots, 16, for: .kept) == nil)
        let fourth = try Self.block(number: 13, in: cache.allocator)
        #expect(fourth.base != held.base)
        #expect(Self.number(of: held) == 11)
    }

    /// Blocks of one size go in any order, so that few slabs are empty before most of them have gone.
    @Test(
        "A full cache whose blocks become another size does not take twice its capacity",
        arguments: [300, 12_000])
    func otherSizes(stepBytes: Int) throws {
        var random = SeededRandom.fromEnvironment("BlockCacheTests.otherSizes")
        let capacity = 32 << 20
        let cache = BlockCache(capacityBytes: capacity)
        let tables = (0..<6).map { BlockSlots(count: 16_000, salt: $0 * 7) }
        defer { for slots in tables { cache.removeAll(slots) } }
        var most = 0
        for (size, slots) in tables.enumerated() {
            let byteCount = 3_000 + stepBytes * size
            for _ in 0..<4 * capacity / byteCount {
                let number = Int.random(in: 0..<4 * capacity / 3 / byteCount, using: &random)
                if cache.find(slots, number, for: .kept) == nil {
                    cache.insert(try Self.block(of: byteCount, in: cache.allocator), slots, number)
                }
                most = max(most, cache.allocator.mappedBytes)
            }
        }
        #expect(most < 2 * capacity, "\(most >> 20) MiB")
    }

    private static func block(of byteCount: Int, in allocator: SlabAllocator) throws -> Block {
        let bytes = Array(repeating: UInt8(0), count: byteCount - 4) + [1, 0, 0, 0]
        return try #require(bytes.withUnsafeBytes { Block.make($0, in: allocator) })
    }

    @Test("A small cache of blocks of very many sizes holds half of what it may at least")
    func manySizes() throws {
        var random = SeededRandom.fromEnvironment("BlockCacheTests.manySizes")
        let capacity = 4 << 20
        let cache = BlockCache(capacityBytes: capacity)
        let slots = BlockSlots(count: 2_000, salt: 0)
        defer { cache.removeAll(slots) }
        for _ in 0..<20_000 {
            let number = Int.random(in: 0..<slots.count, using: &random)
            if cache.find(slots, number, for: .kept) == nil {
                let byteCount = Int.random(in: 1_024...16_000, using: &random)
                cache.insert(try Self.block(of: byteCount, in: cache.allocator), slots, number)
            }
        }
        #expect(cache.sizeBytes > capacity / 2, "\(cache.sizeBytes >> 10) KiB")
    }

    @Test("Blocks that are held thinly over much memory leave the cache half its capacity")
    func thinlyHeldBlocks() throws {
        let capacity = 1 << 20
        let cache = BlockCache(capacityBytes: capacity)
        let slots = BlockSlots(count: 512, salt: 0)
        defer { cache.removeAll(slots) }
        var blocks = try (0..<8_000).map { try Self.block(number: $0, in: cache.allocator) }
        blocks = blocks.enumerated().filter { $0.offset % 31 == 0 }.map(\.element)
        #expect(cache.allocator.mappedBytes > 20 << 20)
        for number in 0..<512 {
            cache.insert(try Self.block(number: number, in: cache.allocator), slots, number)
        }
        #expect((capacity * 3 / 8...capacity / 2).contains(cache.sizeBytes))
        #expect(Self.number(of: blocks[7]) == 217)
    }

    @Test("A block outlives the cache that it came from")
    func blockAfterCache() throws {
        var cache: BlockCache? = BlockCache(capacityBytes: 1 << 20)
        let block = try Self.block(number: 77, in: cache?.allocator)
        cache = nil
        #expect(Self.number(of: block) == 77)
    }

    @Test("What walks hold, however much, leaves the cache its capacity")
    func heldBlocks() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        let slots = BlockSlots(count: 64, salt: 0)
        defer { cache.removeAll(slots) }
        let held = try (0..<4_000).map { try Self.block(number: $0, in: cache.allocator) }
        for number in 0..<64 {
            cache.insert(try Self.block(number: number, in: cache.allocator), slots, number)
        }
        #expect((0..<64).allSatisfy { cache.find(slots, $0, for: .kept) != nil })
        #expect(held.count == 4_000)
    }

    @Test("A cache of no capacity keeps nothing")
    func none() throws {
        let cache = BlockCache(capacityBytes: 0)
        let slots = BlockSlots(count: 1, salt: 0)
        cache.insert(try Self.block(), slots, 0)
        #expect(cache.find(slots, 0, for: .kept) == nil)
    }

    @Test("The first of two blocks for one slot stays, and is counted once")
    func secondBlock() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        let slots = BlockSlots(count: 4, salt: 0)
        let first = try Self.block(number: 1)
        cache.insert(first, slots, 2)
        let sizeBytes = cache.sizeBytes
        cache.insert(try Self.block(number: 2), slots, 2)
        #expect(cache.find(slots, 2, for: .kept) === first)
        #expect(cache.sizeBytes == sizeBytes)
        cache.removeAll(slots)
        #expect(cache.sizeBytes == 0)
    }

    @Test("A table's blocks go with it, and the rest stays in order")
    func removal() throws {
        let cache = BlockCache(capacityBytes: 1 << 20)
        var tables = (0..<4).map { BlockSlots(count: 100, salt: $0 * 31) }
        for number in 0..<400 {
            cache.insert(try Self.block(number: number), tables[number % 4], number / 4)
        }
        cache.removeAll(tables.remove(at: 1))
        for number in 0..<400 where number % 4 != 1 {
            let table = tables[number % 4 == 0 ? 0 : number % 4 - 1]
            if let block = cache.find(table, number / 4, for: .kept) {
                #expect(Self.number(of: block) == number)
            }
        }
        for slots in tables { cache.removeAll(slots) }
        #expect(cache.sizeBytes == 0)
    }

    @Test("Threads that find, insert and evict at once each get the block they asked for")
    func concurrency() throws {
        let shared = Shared()
        let seed = SeededRandom.fromEnvironment("BlockCacheTests.concurrency").seed
        try runThreads(4) { thread in
            var random = SeededRandom(seed: seed &+ UInt64(thread))
            var held: (number: Int, block: Block)?
            for _ in 0..<20_000 {
                // Squared, so that some blocks are asked for by all threads at once.
                let share = Int.random(in: 0..<256, using: &random)
                let number = share * share / 256
                if let held, Self.number(of: held.block) != held.number {
                    shared.wrongCount.add(1, ordering: .relaxed)
                }
                if let block = shared.cache.find(shared.slots, number, for: .kept) {
                    held = (number, block)
                } else {
                    let block = try Self.block(number: number, in: shared.cache.allocator)
                    shared.cache.insert(block, shared.slots, number)
                }
            }
        }
        #expect(shared.wrongCount.load(ordering: .relaxed) == 0)
        shared.cache.removeAll(shared.slots)
        #expect(shared.cache.sizeBytes == 0)
    }
}

private final class Shared: Sendable {
    let cache = BlockCache(capacityBytes: 64 * 4_200)
    let slots = BlockSlots(count: 256, salt: 3)
    let wrongCount = Atomic<Int>(0)
}
