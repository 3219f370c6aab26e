// Unsafe pointers: nodes and entries lie in the arena, at offsets that stay valid while it is not
// reset; what readers may see while it changes is loaded and stored atomically (`MemtableNode`).

internal import CKvdShims

/// The order of a memtable's entries: a B-link tree whose nodes fill a few cache lines each.
///
/// ## How readers get along with the inserter
/// - A node's slots in use never change; a new entry goes into a free slot and becomes visible with
///   the node's order word.
/// - A split makes a right node, links it, and then takes the moved half out of the left node's
///   order. A reader that comes to the left node for something that moved finds itself at its end
///   and goes on to the right (Lehman, Yao, "Efficient Locking for Concurrent Operations on
///   B-Trees", 1981).
/// - The slots of the moved half are then free and may be filled anew. `splits`, odd while a split is
///   under way, counts up before that, and a search that saw two numbers begins again. It never
///   waits for the inserter.
///
/// ## Invariants
/// - A node's range begins at its `low` entry, which is in its leftmost leaf for good, and ends where
///   the right node's begins; both are known when it is made, so what all its keys share is too.
///   The range only shrinks, so `prefix` stays true.
/// - Every leaf but the rightmost has at least seven entries, and every inner node but the rightmost
///   of its level at least six separators: ``nodeBytesPerEntry`` follows from that.
struct MemtableTree {
    /// 192 / 7 for leaves, and 256 / 49 with all that lies above for inner nodes.
    static let nodeBytesPerEntry = 36
    /// The control words, a root leaf, and on each level a rightmost node that is not yet full.
    static let emptySizeBytes = controlSizeBytes + 128 + 192 + 256 * 2
    /// More than a tree of 2³² entries has.
    static let heightLimit = 16

    private static let controlSizeBytes = 192
    private static let splitsOffset = 4
    private static let newestTombstoneOffset = 8
    private static let pathOffset = 64

    let arena: Arena
    let base: UnsafeMutableRawPointer
    /// A line with the root u32, splits u32 and the newest range tombstone u32; then, in lines that
    /// no reader loads, the inserter's path: the node u32 and the place u32 on each level.
    private let control: UnsafeMutableRawPointer

    /// An empty tree; nil where the arena has no room for one.
    init?(_ arena: Arena) {
        guard let root = arena.allocateLines(MemtableNode.leafSizeBytes),
            let control = arena.allocateLines(Self.controlSizeBytes)
        else { return nil }
        self.arena = arena
        base = arena.base
        self.control = base + control
        MemtableNode(base + root).initialize(low: 0, prefixCount: 0, height: 0, next: 0)
        kvd_store_release_u32(self.control + Self.splitsOffset, 0)
        setNewestTombstone(0)
        setRoot(root)
    }

    /// Arena bytes an insertion can take for nodes at most: one more on each level, and a root.
    var splitSizeBytes: Int {
        MemtableNode.leafSizeBytes + (node(root).height + 1) * MemtableNode.innerSizeBytes
    }

    // MARK: Search

    /// Where a position lies: in `leaf`, whose order was `order`, before its entry at `place`. All
    /// that is before it in the leaf is before the position, and `next`, if any, is not.
    struct Position {
        let leaf: MemtableNode
        let order: SlotOrder
        let place: Int
        let next: Int
    }

    /// The first entry at or after a position, or 0.
    func firstEntry(atOrAfter key: UnsafeRawBufferPointer, _ tag: EntryTag) -> Int {
        while true {
            let splits = splits
            let found = position(of: key, tag)
            let entry = entry(at: found)
            if isUnchanged(since: splits) { return entry }
        }
    }

    /// The entry that a position stands before, or 0 at the end.
    @inline(__always)
    func entry(at position: Position) -> Int {
        if position.place < position.order.count {
            return position.leaf.entry(position.order.slot(position.place))
        }
        // A node's low entry is its first.
        return position.next == 0 ? 0 : node(position.next).low
    }

    /// Finds a position in the leaf that has the last entry before it, or in the leftmost leaf.
    ///
    /// The answer counts only where ``isUnchanged(since:)`` says so after it was used.
    @inline(__always)
    func position(of key: UnsafeRawBufferPointer, _ tag: EntryTag) -> Position {
        var node = node(root)
        while true {
            let order = node.order
            let next = node.next
            let place = place(of: key, tag, in: node, order)
            // At a node's end the position may lie in a node that was split off it meanwhile.
            if place == order.count, next != 0 {
                let right = self.node(next)
                if isEntry(right.low, before: key, tag) {
                    node = right
                    continue
                }
            }
            if node.height == 0 {
                return Position(leaf: node, order: order, place: place, next: next)
            }
            node = self.node(node.child(before: place, order: order))
            node.prefetch()
        }
    }

    /// The begin of the rightmost leaf; see ``position(of:_:)``.
    func rightmostLeaf() -> Position {
        var node = node(root)
        while true {
            let order = node.order
            let next = node.next
            if next != 0 {
                node = self.node(next)
            } else if node.height > 0 {
                node = self.node(node.child(before: order.count, order: order))
            } else {
                return Position(leaf: node, order: order, place: 0, next: next)
            }
        }
    }

    /// The first of a node and those to its right whose range begins behind an entry; 0 for none.
    ///
    /// More than one may begin before it: since a reader copied the entry from the left of the node,
    /// that may have been split again and again.
    func firstNode(from first: Int, behind entry: Int) -> Int {
        var next = first
        while next != 0 {
            let low = self.entry(node(next).low)
            if isEntry(entry, before: low.key, low.tag) { break }
            next = node(next).next
        }
        return next
    }

    /// How many of a node's entries, or separators, are before a position.
    @inline(__always)
    func place(
        of key: UnsafeRawBufferPointer, _ tag: EntryTag, in node: MemtableNode, _ order: SlotOrder
    ) -> Int {
        let head = KeyHeads.head(key, from: node.prefixCount)
        return (0..<order.count).partitionPoint { place in
            let slot = order.slot(place)
            let other = node.head(slot)
            return other < head || other == head && isEntry(node.entry(slot), before: key, tag)
        }
    }

    @inline(__always)
    func node(_ offset: Int) -> MemtableNode { MemtableNode(base + offset) }

    @inline(__always)
    func entry(_ offset: Int) -> MemtableEntry { MemtableEntry(base + offset) }

    @inline(__always)
    func isEntry(_ offset: Int, before key: UnsafeRawBufferPointer, _ tag: EntryTag) -> Bool {
        let entry = entry(offset)
        return compareEntries(entry.key, entry.tag, key, tag) < 0
    }

    // MARK: Control words

    /// The node and the place in it that the inserter's descent went through at a height.
    subscript(pathAt height: Int) -> (node: Int, place: Int) {
        get {
            let address = control + Self.pathOffset + 8 * height
            return (
                Int(address.load(as: UInt32.self)),
                Int(address.load(fromByteOffset: 4, as: UInt32.self))
            )
        }
        nonmutating set {
            let address = control + Self.pathOffset + 8 * height
            address.storeBytes(of: UInt32(truncatingIfNeeded: newValue.node), as: UInt32.self)
            address.storeBytes(
                of: UInt32(newValue.place), toByteOffset: 4, as: UInt32.self)
        }
    }

    @inline(__always) var root: Int { Int(kvd_load_acquire_u32(control)) }

    func setRoot(_ node: Int) {
        kvd_store_release_u32(control, UInt32(truncatingIfNeeded: node))
    }

    /// The memtable's range tombstone inserted last, 0 for none. It stands here because every search
    /// loads this line anyway.
    @inline(__always) var newestTombstone: Int {
        Int(kvd_load_acquire_u32(control + Self.newestTombstoneOffset))
    }

    func setNewestTombstone(_ offset: Int) {
        kvd_store_release_u32(
            control + Self.newestTombstoneOffset, UInt32(truncatingIfNeeded: offset))
    }

    /// Odd while a split is under way.
    @inline(__always) var splits: UInt32 { kvd_load_acquire_u32(control + Self.splitsOffset) }

    /// Whether no slot that was in use at `splits` can have been filled anew since.
    @inline(__always)
    func isUnchanged(since splits: UInt32) -> Bool {
        kvd_fence_acquire()
        return self.splits == splits
    }

    /// Marks the begin or the end of a split; stores after the mark are seen after it.
    func countSplit() {
        kvd_store_release_u32(control + Self.splitsOffset, splits &+ 1)
        kvd_fence_release()
    }
}
