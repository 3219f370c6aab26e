/// Uncompressed blocks in memory, in sixteen shards.
///
/// A block is found through its table's ``BlockSlots``; the cache decides which blocks stay.
final class BlockCache: Sendable {
    private static let shardCount = 16
    private let capacityBytes: Int
    private let shards: [CacheShard]
    private let finds = StripedCounters()
    /// Where the memory of blocks is from that are read, kept or not.
    let allocator: SlabAllocator

    private enum Find: Int {
        case hit
        case miss
    }

    init(capacityBytes: Int, simulation: SimulationSettings = SimulationSettings()) {
        self.capacityBytes = capacityBytes
        allocator = SlabAllocator(leastBytes: simulation.leastPooledBlockBytes)
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
        let block = slots.find(index, raisesCredit: use.raisesCredit)
        if use.isCounted { finds.raise(block == nil ? Find.miss.rawValue : Find.hit.rawValue) }
        return block
    }

    /// Keeps a block, evicting others where it must.
    func insert(_ block: Block, _ slots: BlockSlots, _ index: Int) {
        shard(slots, index).insert(
            block, slots, index, withoutBytes: scatteredBytes / Self.shardCount)
    }

    /// What blocks take beyond the capacity, or beyond what is lent where walks hold more than that,
    /// but for an eighth of the capacity and two chunks.
    ///
    /// Where blocks become another size, slabs of the old one stay until their last block goes. Blocks
    /// have to go the sooner for that; without, twice the capacity was taken for a while.
    private var scatteredBytes: Int {
        let neededBytes = max(capacityBytes, allocator.lentBytes)
        let slackBytes = capacityBytes / 8 + 2 * SlabAllocator.chunkBytes
        return max(0, allocator.mappedBytes - neededBytes - slackBytes)
    }

    /// Lets all blocks of a table go; nobody may be reading it.
    func removeAll(_ slots: BlockSlots) {
        for index in 0..<slots.count { shard(slots, index).remove(slots, index) }
    }

    private func shard(_ slots: BlockSlots, _ index: Int) -> CacheShard {
        shards[(index + slots.salt) % Self.shardCount]
    }
}
