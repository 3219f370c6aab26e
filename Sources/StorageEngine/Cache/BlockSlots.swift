// Unsafe pointers: `words` is this class's own allocation of two words a slot, freed at `deinit`, when
// all slots are empty; an index is checked, so every address lies inside it.

internal import CKvdShims
internal import Glibc

/// Where the blocks of one table are found while they are in memory: a slot a block.
///
/// A read knows the number of the block it wants, so that finding it is one step into an array and
/// not a search in a hash table under a lock. A slot's first word is the block's address, which the
/// word keeps alive, with its CLOCK credit and a lock in the bits that its alignment leaves free. The
/// lock is held for the few instructions that retain a block or take it out. The second word tells
/// where the block's buffer is, for the processor to fetch that while it fetches the block; it may
/// be of a block that was there before.
///
/// `@unchecked Sendable`: words are touched by atomic operations alone, and a block is taken from a
/// word only under that word's lock.
final class BlockSlots: @unchecked Sendable {
    private static let lockBit: UInt64 = 1
    private static let creditUnit: UInt64 = 2
    private static let creditMask: UInt64 = 6
    private static let addressMask: UInt64 = ~15

    let count: Int
    /// Tells the tables' first blocks apart where the cache spreads blocks over its shards.
    let salt: Int
    private let words: UnsafeMutablePointer<UInt64>

    init(count: Int, salt: Int) {
        self.count = count
        self.salt = salt
        words = .allocate(capacity: 2 * count)
        words.initialize(repeating: 0, count: 2 * count)
    }

    deinit {
        for index in 0..<count { precondition(words[2 * index] == 0, "a slot was left filled") }
        words.deallocate()
    }

    /// Memory the words take.
    var sizeBytes: Int { 2 * count * MemoryLayout<UInt64>.size }

    /// The block of a slot, if it is in memory.
    ///
    /// - Parameter raisesCredit: Whether it gains credit by it, up to three.
    @inline(__always)
    func find(_ index: Int, raisesCredit: Bool) -> Block? {
        precondition(index >= 0 && index < count)
        guard let word = lock(index) else { return nil }
        let block = Self.block(word).takeUnretainedValue()
        // The retain must be done before the word is given free.
        return withExtendedLifetime(block) {
            let gains = raisesCredit && word & Self.creditMask != Self.creditMask
            kvd_unlock_u64(words + 2 * index, gains ? word + Self.creditUnit : word)
            return block
        }
    }

    /// Asks for what a walk will read first of a block, where it is in memory.
    ///
    /// - Parameters:
    ///   - count: How many places of the block's buffer that is, from its beginning on.
    ///   - strideBytes: How far they are apart.
    func prefetch(_ index: Int, count placeCount: Int, strideBytes: Int) {
        precondition(index >= 0 && index < count)
        let word = UInt(kvd_load_relaxed_u64(words + 2 * index) & Self.addressMask)
        let base = UInt(kvd_load_relaxed_u64(words + 2 * index + 1))
        guard let block = UnsafeRawPointer(bitPattern: word),
            let base = UnsafeRawPointer(bitPattern: base)
        else { return }
        kvd_prefetch(block)
        Block.prefetch(block, base, count: placeCount, strideBytes: strideBytes)
    }

    /// Fills an empty slot; false where another thread was first.
    func fill(_ index: Int, with block: Block) -> Bool {
        precondition(index >= 0 && index < count)
        let word = UInt64(UInt(bitPattern: Unmanaged.passRetained(block).toOpaque()))
        precondition(word & ~Self.addressMask == 0, "a block lies on 16 bytes")
        guard kvd_exchange_release_u64(words + 2 * index, 0, word) != 0 else {
            Self.block(word).release()
            return false
        }
        kvd_store_relaxed_u64(words + 2 * index + 1, UInt64(UInt(bitPattern: block.base)))
        return true
    }

    /// Takes a block out where it has no credit left, and otherwise takes one credit from it.
    func evict(_ index: Int) -> Block? {
        guard let word = lock(index) else { return nil }
        if word & Self.creditMask != 0 {
            kvd_unlock_u64(words + 2 * index, word - Self.creditUnit)
            return nil
        }
        kvd_unlock_u64(words + 2 * index, 0)
        return Self.block(word).takeRetainedValue()
    }

    /// Takes a block out, whatever its credit.
    func remove(_ index: Int) -> Block? {
        guard let word = lock(index) else { return nil }
        kvd_unlock_u64(words + 2 * index, 0)
        return Self.block(word).takeRetainedValue()
    }

    private static func block(_ word: UInt64) -> Unmanaged<Block> {
        guard let address = UnsafeRawPointer(bitPattern: UInt(word & addressMask)) else {
            preconditionFailure("an empty slot has no block")
        }
        return .fromOpaque(address)
    }

    /// Takes the lock of a filled slot and returns its word without the lock; nil for an empty one.
    @inline(__always)
    private func lock(_ index: Int) -> UInt64? {
        let address = words + 2 * index
        while true {
            let word = kvd_load_relaxed_u64(address)
            guard let block = UnsafeRawPointer(bitPattern: UInt(word & Self.addressMask)) else {
                return nil
            }
            let base = UInt(kvd_load_relaxed_u64(address + 1))
            Block.prefetch(block, UnsafeRawPointer(bitPattern: base) ?? block)
            if word & Self.lockBit == 0,
                kvd_exchange_acquire_u64(address, word, word | Self.lockBit) != 0
            {
                return word
            }
            waitForLock(address)
        }
    }

    @inline(never)
    private func waitForLock(_ address: UnsafeMutablePointer<UInt64>) {
        var turns = 0
        while kvd_load_relaxed_u64(address) & Self.lockBit != 0 {
            kvd_spin_pause()
            turns += 1
            // The holder may have lost its processor.
            if turns % 128 == 0 { sched_yield() }
        }
    }
}
