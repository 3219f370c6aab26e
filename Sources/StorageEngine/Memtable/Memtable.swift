// Unsafe pointers: every node offset comes from the arena and stays valid while the memtable lives;
// a node's bytes are written before its offset is published with release order and never change
// after, so readers that load with acquire order see it whole.

internal import CKvdShims

/// Recent writes in order: a skip list in an arena, one inserter, any number of lock-free readers.
///
/// ## Node
///     prefix    u64     the first 8 key bytes, big-endian as a number, zero-padded: most
///                       comparisons end here, in the cache line that holds the links
///     tag       u64     sequence and kind
///     value     u32     length
///     key       u16     length
///     height    u16
///     next      u32 × height   arena offsets, 0 = end
///     key bytes, value bytes
///
/// ## Thread safety
/// `insert` by one thread at a time (the commit lock); all else from any thread.
/// `@unchecked Sendable`: for the reason at the head of this file; `deltas` is the inserter's until
/// the memtable is sealed and is only read after.
final class Memtable: @unchecked Sendable {
    private static let maximumHeight = 12
    private static let nodeHeaderSizeBytes = 24

    private let arena: Arena
    private let pool: ArenaPool
    private let head: Int
    private var height = 1
    private var randomState: UInt64 = 0x9E37_79B9_7F4A_7C15
    private let base: UnsafeMutableRawPointer

    /// The log that holds these writes.
    let logNumber: UInt64
    /// The last sequence inserted.
    private(set) var lastSequence: UInt64 = 0
    private(set) var entryCount = 0
    /// Sums of counter changes since the memtable began.
    private(set) var counterDeltas: [UInt64: Int64] = [:]

    init(pool: ArenaPool, minimumCapacity: Int, logNumber: UInt64) throws(EngineError) {
        // Links are 32-bit offsets; a full batch of empty keys could ask for more.
        guard minimumCapacity <= UInt32.max else {
            throw .invalidArgument("a batch has more entries than a memtable can hold")
        }
        arena = try pool.take(minimumCapacity: minimumCapacity)
        self.pool = pool
        self.logNumber = logNumber
        base = arena.base
        let size = Self.nodeHeaderSizeBytes + 4 * Self.maximumHeight
        guard let head = arena.allocate(size) else {
            throw .invalidArgument("an arena is too small for a memtable")
        }
        self.head = head
        (base + head).initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { pool.give(arena) }

    /// Arena bytes an entry can need at most, apart from its key and value.
    static let entryOverheadBytes = nodeHeaderSizeBytes + 4 * maximumHeight + 8
    /// Arena bytes an empty memtable takes.
    static let emptySizeBytes = 16 + nodeHeaderSizeBytes + 4 * maximumHeight

    var isEmpty: Bool { entryCount == 0 && counterDeltas.isEmpty }
    var sizeBytes: Int { arena.used }

    /// Whether a batch of this much is sure to fit.
    func hasRoom(entryCount: Int, payloadBytes: Int) -> Bool {
        arena.capacity - arena.used >= payloadBytes + entryCount * Self.entryOverheadBytes
    }

    func add(counter: UInt64, _ delta: Int64) { counterDeltas[counter, default: 0] &+= delta }

    /// Marks that all entries up to `sequence` are in.
    func advance(to sequence: UInt64) { lastSequence = sequence }

    // MARK: Insertion

    /// Adds an entry; the caller made sure of room with ``hasRoom(entryCount:payloadBytes:)``.
    func insert(key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer) {
        let prefix = Self.prefix(of: key)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.maximumHeight) { splice in
            findSplice(key: key, prefix: prefix, tag: tag, into: splice)
            let nodeHeight = randomHeight()
            while height < nodeHeight {
                splice[height] = head
                height += 1
            }
            let node = writeNode(
                key: key, prefix: prefix, tag: tag, value: value, height: nodeHeight)
            for level in 0..<nodeHeight {
                let before = splice[level]
                // Readers reach the node only through the release store below.
                storeNext(of: node, level: level, loadNext(of: before, level: level))
                kvd_store_release_u32(
                    nextAddress(of: before, level: level), UInt32(truncatingIfNeeded: node))
            }
        }
        entryCount += 1
    }

    private func findSplice(
        key: UnsafeRawBufferPointer, prefix: UInt64, tag: EntryTag,
        into splice: UnsafeMutableBufferPointer<Int>
    ) {
        var node = head
        var level = height - 1
        while true {
            let next = loadNext(of: node, level: level)
            if next != 0, isNode(next, before: key, prefix: prefix, tag: tag) {
                node = next
            } else {
                splice[level] = node
                if level == 0 { return }
                level -= 1
            }
        }
    }

    private func writeNode(
        key: UnsafeRawBufferPointer, prefix: UInt64, tag: EntryTag, value: UnsafeRawBufferPointer,
        height: Int
    ) -> Int {
        let linksEnd = Self.nodeHeaderSizeBytes + 4 * height
        guard let node = arena.allocate(linksEnd + key.count + value.count) else {
            preconditionFailure("a batch was admitted that does not fit")
        }
        let address = base + node
        address.storeBytes(of: prefix, as: UInt64.self)
        address.storeBytes(of: tag.word, toByteOffset: 8, as: UInt64.self)
        address.storeBytes(of: UInt32(value.count), toByteOffset: 16, as: UInt32.self)
        address.storeBytes(of: UInt16(key.count), toByteOffset: 20, as: UInt16.self)
        address.storeBytes(of: UInt16(height), toByteOffset: 22, as: UInt16.self)
        if let source = key.baseAddress {
            (address + linksEnd).copyMemory(from: source, byteCount: key.count)
        }
        if let source = value.baseAddress {
            (address + linksEnd + key.count).copyMemory(from: source, byteCount: value.count)
        }
        return node
    }

    /// A height with probability 1/4 for each further level (xorshift64*, Vigna 2016).
    private func randomHeight() -> Int {
        randomState ^= randomState >> 12
        randomState ^= randomState << 25
        randomState ^= randomState >> 27
        let random = randomState &* 0x2545_F491_4F6C_DD1D
        return min(1 + (random >> 32).trailingZeroBitCount / 2, Self.maximumHeight)
    }

    // MARK: Search

    /// The newest version of `key` that a reader at `sequence` may see.
    func get(_ key: UnsafeRawBufferPointer, sequence: UInt64)
        -> (tag: EntryTag, value: UnsafeRawBufferPointer)?
    {
        let node = firstNode(atOrAfter: key, tag: .seek(sequence: sequence))
        guard node != 0, compareKeys(self.key(of: node), key) == 0 else { return nil }
        return (tag(of: node), value(of: node))
    }

    /// The first node at or after an entry position, or 0.
    func firstNode(atOrAfter key: UnsafeRawBufferPointer, tag: EntryTag) -> Int {
        neighbours(of: key, tag: tag).next
    }

    /// The last node before an entry position, or 0.
    func lastNode(before key: UnsafeRawBufferPointer, tag: EntryTag) -> Int {
        let node = neighbours(of: key, tag: tag).previous
        return node == head ? 0 : node
    }

    func firstNode() -> Int { loadNext(of: head, level: 0) }

    func lastNode() -> Int {
        var node = head
        var level = Self.maximumHeight - 1
        while true {
            let next = loadNext(of: node, level: level)
            if next != 0 {
                node = next
            } else if level > 0 {
                level -= 1
            } else {
                return node == head ? 0 : node
            }
        }
    }

    @inline(__always)
    func node(after node: Int) -> Int { loadNext(of: node, level: 0) }

    /// The last node, or the head, before an entry position, and the first at or after it, or 0.
    ///
    /// The second is the link that was compared, not one loaded again: meanwhile the inserter may
    /// have put a node between the two, which is before the position.
    private func neighbours(
        of key: UnsafeRawBufferPointer, tag: EntryTag
    ) -> (previous: Int, next: Int) {
        let prefix = Self.prefix(of: key)
        var node = head
        var level = Self.maximumHeight - 1
        while true {
            let next = loadNext(of: node, level: level)
            if next != 0, isNode(next, before: key, prefix: prefix, tag: tag) {
                node = next
            } else if level == 0 {
                return (node, next)
            } else {
                level -= 1
            }
        }
    }

    @inline(__always)
    private func isNode(
        _ node: Int, before key: UnsafeRawBufferPointer, prefix: UInt64, tag: EntryTag
    ) -> Bool {
        let nodePrefix = (base + node).load(as: UInt64.self)
        if nodePrefix != prefix { return nodePrefix < prefix }
        return compareEntries(self.key(of: node), self.tag(of: node), key, tag) < 0
    }

    // MARK: Nodes

    @inline(__always)
    func key(of node: Int) -> UnsafeRawBufferPointer {
        let address = base + node
        let count = Int(address.load(fromByteOffset: 20, as: UInt16.self))
        let height = Int(address.load(fromByteOffset: 22, as: UInt16.self))
        return UnsafeRawBufferPointer(
            start: address + Self.nodeHeaderSizeBytes + 4 * height, count: count)
    }

    @inline(__always)
    func value(of node: Int) -> UnsafeRawBufferPointer {
        let address = base + node
        let count = Int(address.load(fromByteOffset: 16, as: UInt32.self))
        let keyCount = Int(address.load(fromByteOffset: 20, as: UInt16.self))
        let height = Int(address.load(fromByteOffset: 22, as: UInt16.self))
        return UnsafeRawBufferPointer(
            start: address + Self.nodeHeaderSizeBytes + 4 * height + keyCount, count: count)
    }

    @inline(__always)
    func tag(of node: Int) -> EntryTag {
        EntryTag(word: (base + node).load(fromByteOffset: 8, as: UInt64.self))
    }

    @inline(__always)
    private func nextAddress(of node: Int, level: Int) -> UnsafeMutableRawPointer {
        base + node + Self.nodeHeaderSizeBytes + 4 * level
    }

    @inline(__always)
    private func loadNext(of node: Int, level: Int) -> Int {
        Int(kvd_load_acquire_u32(nextAddress(of: node, level: level)))
    }

    @inline(__always)
    private func storeNext(of node: Int, level: Int, _ next: Int) {
        nextAddress(of: node, level: level).storeBytes(
            of: UInt32(truncatingIfNeeded: next), as: UInt32.self)
    }

    @inline(__always)
    private static func prefix(of key: UnsafeRawBufferPointer) -> UInt64 {
        if key.count >= 8 { return key.loadUnaligned(as: UInt64.self).bigEndian }
        var prefix: UInt64 = 0
        for byte in key { prefix = prefix << 8 | UInt64(byte) }
        return key.isEmpty ? 0 : prefix << UInt64(8 * (8 - key.count))
    }
}
