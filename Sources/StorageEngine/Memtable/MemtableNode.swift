// Unsafe pointers: a node is read and written through its address in a memtable's arena, which
// keeps it in place while the memtable lives.

internal import CKvdShims

/// The order of a node's slots, in one word that is replaced whole.
///
/// The low four bits count the slots in use; after them come fourteen four-bit slot numbers: those
/// in use in key order, then the free ones. Since an insertion writes a free slot first and then
/// replaces this word, a reader that loaded the word sees the node as it was at one moment.
/// Source: Mao, Kohler, Morris, "Cache Craftiness for Fast Multicore Key-Value Storage" (2012), 4.6.
struct SlotOrder {
    var word: UInt64

    /// No slot in use, the free ones in rising order.
    static let empty = SlotOrder(word: 0x0DCB_A987_6543_2100)

    @inline(__always)
    init(word: UInt64) { self.word = word }

    @inline(__always)
    var count: Int { Int(word & 15) }

    /// The slot that holds the entry at a place.
    @inline(__always)
    func slot(_ place: Int) -> Int { Int(word >> UInt64(4 + 4 * place)) & 15 }

    /// The order after the first free slot, which is `slot(count)`, was taken for a place.
    @inline(__always)
    func inserting(at place: Int) -> SlotOrder {
        let before = Self.mask(places: place)
        let through = Self.mask(places: count)
        let taken = UInt64(slot(count)) << UInt64(4 + 4 * place)
        let moved = (word & through & ~before) << 4
        let after = word & ~Self.mask(places: count + 1)
        return SlotOrder(word: (word & before | taken | moved | after) + 1)
    }

    /// The order with only the first places in use; the others' slots are free.
    @inline(__always)
    func keeping(_ kept: Int) -> SlotOrder { SlotOrder(word: word & ~15 | UInt64(kept)) }

    /// The bits of the count and the first places.
    @inline(__always)
    private static func mask(places: Int) -> UInt64 { 1 << UInt64(4 + 4 * places) - 1 }
}

/// A node of a memtable's tree, at its address.
///
///     order      u64        which slots are in use, in which order
///     next       u32        the node to the right on this level, 0 = none
///     low        u32        the entry at which the node's range begins, 0 = the leftmost node
///     prefix     u16        key bytes that every key of the range shares
///     height     u16        0 = leaf
///     first      u32        inner nodes: the child below the first separator
///     entries    u32 × 14   leaves: the entries; inner nodes: the separators
///     heads      u64 × 14   the eight key bytes after the prefix, big-endian as a number, so that
///                           most comparisons end in these cache lines
///     children   u32 × 14   inner nodes: the child from each separator on
///
/// A leaf takes three cache lines, an inner node four. `low`, `prefix` and `height` never change.
struct MemtableNode {
    static let slotCount = 14
    static let leafSizeBytes = 192
    static let innerSizeBytes = 256

    private static let nextOffset = 8
    private static let lowOffset = 12
    private static let prefixOffset = 16
    private static let heightOffset = 18
    private static let firstOffset = 20
    private static let entriesOffset = 24
    private static let headsOffset = 80
    private static let childrenOffset = 192

    let address: UnsafeMutableRawPointer

    @inline(__always)
    init(_ address: UnsafeMutableRawPointer) { self.address = address }

    /// Fills in a new node that nobody sees yet.
    func initialize(low: Int, prefixCount: Int, height: Int, next: Int) {
        address.storeBytes(of: SlotOrder.empty.word, as: UInt64.self)
        store(next, at: Self.nextOffset)
        store(low, at: Self.lowOffset)
        address.storeBytes(
            of: UInt16(prefixCount), toByteOffset: Self.prefixOffset, as: UInt16.self)
        address.storeBytes(of: UInt16(height), toByteOffset: Self.heightOffset, as: UInt16.self)
        store(0, at: Self.firstOffset)
    }

    // MARK: What never changes

    @inline(__always) var low: Int { load(Self.lowOffset) }
    @inline(__always) var prefixCount: Int {
        Int(address.load(fromByteOffset: Self.prefixOffset, as: UInt16.self))
    }
    @inline(__always) var height: Int {
        Int(address.load(fromByteOffset: Self.heightOffset, as: UInt16.self))
    }

    // MARK: What readers load while it changes

    @inline(__always) var order: SlotOrder { SlotOrder(word: kvd_load_acquire_u64(address)) }
    @inline(__always) var next: Int { load(Self.nextOffset) }
    @inline(__always) func entry(_ slot: Int) -> Int { load(Self.entriesOffset + 4 * slot) }
    @inline(__always) func head(_ slot: Int) -> UInt64 {
        kvd_load_relaxed_u64(address + Self.headsOffset + 8 * slot)
    }

    /// The child of an inner node in which the keys from the separator before a place on lie.
    @inline(__always)
    func child(before place: Int, order: SlotOrder) -> Int {
        place == 0
            ? load(Self.firstOffset) : load(Self.childrenOffset + 4 * order.slot(place - 1))
    }

    /// Asks for the node's cache lines before they are needed.
    @inline(__always)
    func prefetch() {
        kvd_prefetch(address)
        kvd_prefetch(address + 64)
        kvd_prefetch(address + 128)
    }

    // MARK: The inserter's

    @inline(__always) func publish(_ order: SlotOrder) {
        kvd_store_release_u64(address, order.word)
    }
    @inline(__always) func setNext(_ next: Int) { store(next, at: Self.nextOffset) }
    @inline(__always) func setFirstChild(_ child: Int) { store(child, at: Self.firstOffset) }

    @inline(__always)
    func setSlot(_ slot: Int, entry: Int, head: UInt64, child: Int) {
        kvd_store_relaxed_u64(address + Self.headsOffset + 8 * slot, head)
        if height > 0 { store(child, at: Self.childrenOffset + 4 * slot) }
        store(entry, at: Self.entriesOffset + 4 * slot)
    }

    /// Published words are stored with release order: what they lead to was written before.
    @inline(__always)
    private func store(_ offset: Int, at byteOffset: Int) {
        kvd_store_release_u32(address + byteOffset, UInt32(truncatingIfNeeded: offset))
    }

    @inline(__always)
    private func load(_ byteOffset: Int) -> Int {
        Int(kvd_load_acquire_u32(address + byteOffset))
    }
}
