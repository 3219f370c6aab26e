/// Uncompressed blocks in memory, by file and offset: sixteen shards, each a CLOCK.
///
/// A new block enters with no credit, so a scan's blocks leave before blocks that were asked for
/// again. Sources: Corbató (1968); "FIFO queues are all you need for cache eviction" (2023) for the
/// credit of up to three.
final class BlockCache: Sendable {
    private static let shardCount = 16
    private let shards: [CacheShard]
    let buffers: BlockBufferPool

    init(capacityBytes: Int) {
        shards = (0..<Self.shardCount).map { _ in
            CacheShard(capacityBytes: capacityBytes / Self.shardCount)
        }
        buffers = BlockBufferPool(limitBytes: max(capacityBytes / 8, 1 << 20))
    }

    var hitCount: UInt64 { shards.reduce(0) { $0 + $1.hitCount } }
    var missCount: UInt64 { shards.reduce(0) { $0 + $1.missCount } }
    var sizeBytes: Int { shards.reduce(0) { $0 + $1.sizeBytes } }

    /// The block, if it is here.
    func find(file: UInt64, offset: Int) -> Block? {
        let hash = Self.hash(file, offset)
        return shard(hash).find(file: file, offset: offset, hash: hash)
    }

    /// Keeps a block, evicting others where it must.
    func insert(_ block: Block, file: UInt64, offset: Int) {
        let hash = Self.hash(file, offset)
        shard(hash).insert(block, file: file, offset: offset, hash: hash)
    }

    private func shard(_ hash: UInt64) -> CacheShard { shards[Int(hash >> 60)] }

    private static func hash(_ file: UInt64, _ offset: Int) -> UInt64 {
        var hash = file &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(offset)
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        hash = (hash ^ hash >> 32) &* 0xD6E8_FEB8_6659_FD93
        return hash ^ hash >> 32
    }
}

/// One shard. `@unchecked Sendable`: all state is guarded by `lock`.
private final class CacheShard: @unchecked Sendable {
    private struct Slot {
        var block: Block?
        var file: UInt64
        var offset: Int
        var hash: UInt64
        var credit: UInt8
    }

    private static let creditLimit: UInt8 = 3
    private let lock = Lock()
    private let capacityBytes: Int
    private var usedBytes = 0
    private var slots: [Slot] = []
    private var freeSlots: [Int32] = []
    private var hand = 0
    /// Open addressing with linear probing; -1 is empty. A power of two, at most half full.
    private var table = [Int32](repeating: -1, count: 64)
    private var blockCount = 0
    private var hits: UInt64 = 0
    private var misses: UInt64 = 0

    init(capacityBytes: Int) { self.capacityBytes = capacityBytes }

    var sizeBytes: Int { lock.withLock { usedBytes } }
    var hitCount: UInt64 { lock.withLock { hits } }
    var missCount: UInt64 { lock.withLock { misses } }

    func find(file: UInt64, offset: Int, hash: UInt64) -> Block? {
        lock.withLock {
            guard let position = position(file: file, offset: offset, hash: hash) else {
                misses += 1
                return nil
            }
            hits += 1
            let index = Int(table[position])
            if slots[index].credit < Self.creditLimit { slots[index].credit += 1 }
            return slots[index].block
        }
    }

    func insert(_ block: Block, file: UInt64, offset: Int, hash: UInt64) {
        var evicted: [Block] = []
        lock.lock()
        if block.chargeBytes <= capacityBytes,
            position(file: file, offset: offset, hash: hash) == nil
        {
            while usedBytes + block.chargeBytes > capacityBytes, let old = evictOne() {
                evicted.append(old)
            }
            add(Slot(block: block, file: file, offset: offset, hash: hash, credit: 0))
        }
        lock.unlock()
        // The evicted blocks are freed here, after the lock.
        evicted.removeAll()
    }

    private func position(file: UInt64, offset: Int, hash: UInt64) -> Int? {
        var position = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[position] >= 0 {
            let index = Int(table[position])
            if slots[index].hash == hash, slots[index].file == file, slots[index].offset == offset {
                return position
            }
            position = (position + 1) & (table.count - 1)
        }
        return nil
    }

    private func add(_ slot: Slot) {
        if (blockCount + 1) * 2 > table.count { growTable() }
        let index: Int32
        if let free = freeSlots.popLast() {
            index = free
            slots[Int(free)] = slot
        } else {
            index = Int32(slots.count)
            slots.append(slot)
        }
        link(index, hash: slot.hash)
        blockCount += 1
        usedBytes += slot.block?.chargeBytes ?? 0
    }

    private func link(_ index: Int32, hash: UInt64) {
        var position = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[position] >= 0 { position = (position + 1) & (table.count - 1) }
        table[position] = index
    }

    private func growTable() {
        table = [Int32](repeating: -1, count: table.count * 2)
        for index in slots.indices where slots[index].block != nil {
            link(Int32(index), hash: slots[index].hash)
        }
    }

    /// Moves the hand on until it finds a block without credit, and takes that out.
    private func evictOne() -> Block? {
        guard blockCount > 0 else { return nil }
        while true {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let block = slots[hand].block else { continue }
            if slots[hand].credit > 0 {
                slots[hand].credit -= 1
                continue
            }
            unlink(hand)
            slots[hand].block = nil
            freeSlots.append(Int32(hand))
            blockCount -= 1
            usedBytes -= block.chargeBytes
            return block
        }
    }

    /// Removes a table entry and moves later ones of its run back, so that probing stays right.
    private func unlink(_ index: Int) {
        let slot = slots[index]
        guard var hole = position(file: slot.file, offset: slot.offset, hash: slot.hash) else {
            return
        }
        var next = (hole + 1) & (table.count - 1)
        while table[next] >= 0 {
            let home = Int(truncatingIfNeeded: slots[Int(table[next])].hash) & (table.count - 1)
            let distanceToHole = (next - hole) & (table.count - 1)
            let distanceToHome = (next - home) & (table.count - 1)
            if distanceToHome >= distanceToHole {
                table[hole] = table[next]
                hole = next
            }
            next = (next + 1) & (table.count - 1)
        }
        table[hole] = -1
    }
}
