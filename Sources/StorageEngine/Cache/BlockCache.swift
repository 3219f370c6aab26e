/// Uncompressed blocks in memory: sixteen shards, each a CLOCK over the slots that it filled.
///
/// A block is found through its table's ``BlockSlots``; the cache decides which blocks stay. A new
/// block enters with no credit, so a scan's blocks leave before blocks that were asked for again.
/// Each shard keeps a block that it evicted, whose memory the next that is read is written into: a
/// full cache seldom asks the allocator, whose heap would fall to pieces.
/// Sources: Corbató (1968); "FIFO queues are all you need for cache eviction" (2023) for the credit
/// of up to three.
final class BlockCache: Sendable {
    private static let shardCount = 16
    private let shards: [CacheShard]
    private let finds = StripedCounters()

    private enum Find: Int {
        case hit
        case miss
    }

    init(capacityBytes: Int) {
        shards = (0..<Self.shardCount).map { _ in
            CacheShard(capacityBytes: capacityBytes / Self.shardCount)
        }
    }

    var hitCount: UInt64 { finds.total(Find.hit.rawValue) }
    var missCount: UInt64 { finds.total(Find.miss.rawValue) }
    var sizeBytes: Int { shards.reduce(0) { $0 + $1.sizeBytes } }

    /// The block, if it is here.
    @inline(__always)
    func find(_ slots: BlockSlots, _ index: Int, for use: CacheUse) -> Block? {
        let block = slots.find(index, raisesCredit: use == .kept)
        if use != .rewriting {
            finds.raise(block == nil ? Find.miss.rawValue : Find.hit.rawValue)
        }
        return block
    }

    /// Keeps a block, evicting others where it must.
    func insert(_ block: Block, _ slots: BlockSlots, _ index: Int) {
        shard(slots, index).insert(block, slots, index)
    }

    /// A block that was evicted from where one is to be inserted and that nobody holds; its memory
    /// may be used for that one.
    func takeSpare(_ slots: BlockSlots, _ index: Int) -> Block? {
        shard(slots, index).takeSpare()
    }

    /// Lets all blocks of a table go; nobody may be reading it.
    func removeAll(_ slots: BlockSlots) {
        for index in 0..<slots.count { shard(slots, index).remove(slots, index) }
    }

    private func shard(_ slots: BlockSlots, _ index: Int) -> CacheShard {
        shards[(index + slots.salt) % Self.shardCount]
    }
}

/// One shard. `@unchecked Sendable`: all state is guarded by `lock`.
private final class CacheShard: @unchecked Sendable {
    private struct Place {
        let slots: BlockSlots
        let index: Int
    }

    private let lock = Lock()
    private let capacityBytes: Int
    private var usedBytes = 0
    private var ring: [Place?] = []
    private var freePlaces: [Int] = []
    private var hand = 0
    /// One block beyond the capacity.
    private var spare: Block?

    init(capacityBytes: Int) { self.capacityBytes = capacityBytes }

    var sizeBytes: Int { lock.withLock { usedBytes } }

    func insert(_ block: Block, _ slots: BlockSlots, _ index: Int) {
        let chargeBytes = block.chargeBytes
        guard chargeBytes <= capacityBytes else { return }
        var evicted: [Block] = []
        lock.lock()
        while usedBytes + chargeBytes > capacityBytes { evicted.append(evictOne()) }
        // A block that another thread brought in meanwhile stays.
        let place = freePlaces.last ?? ring.count
        block.ringPlace = place
        if slots.fill(index, with: block) {
            usedBytes += chargeBytes
            if place == ring.count { ring.append(nil) } else { freePlaces.removeLast() }
            ring[place] = Place(slots: slots, index: index)
        }
        if spare == nil, let last = evicted.indices.last,
            // Out of its slot and held by nobody, so no reader can come to it any more.
            isKnownUniquelyReferenced(&evicted[last])
        {
            spare = evicted.removeLast()
        }
        lock.unlock()
        // The others are freed here, after the lock.
        evicted.removeAll()
    }

    func takeSpare() -> Block? { lock.withLock { spare.take() } }

    func remove(_ slots: BlockSlots, _ index: Int) {
        let removed: Block? = lock.withLock {
            guard let block = slots.remove(index) else { return nil }
            clear(block.ringPlace, block)
            return block
        }
        withExtendedLifetime(removed) {}
    }

    private func clear(_ place: Int, _ block: Block) {
        ring[place] = nil
        freePlaces.append(place)
        usedBytes -= block.chargeBytes
    }

    /// Moves the hand on until it finds a block without credit, and takes that out.
    private func evictOne() -> Block {
        precondition(usedBytes > 0, "nothing is left to evict")
        while true {
            hand = hand + 1 < ring.count ? hand + 1 : 0
            guard let place = ring[hand], let block = place.slots.evict(place.index) else {
                continue
            }
            clear(hand, block)
            return block
        }
    }
}
