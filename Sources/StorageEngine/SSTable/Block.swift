// Unsafe pointers: a block owns its bytes from its making to its end; entries lent from it are valid
// while the block is held.

internal import CKvdShims

/// One uncompressed block in memory: a buffer of heads, offsets and bytes.
///
/// The heads and offsets of its restarts are worked out when it is loaded, while its bytes are in the
/// processor's cache, and lie in the first lines of its buffer, so that a search pays for the object
/// and these, which are fetched at once, and then for the few entries between two restarts.
///
/// Immutable once made, but for `cachePlace`. It is handed between threads through ``BlockSlots``
/// alone, which is why it does not have to be `Sendable`.
final class Block {
    /// A head and an offset.
    static let headBytes = 12

    /// What lies where in a block's buffer.
    fileprivate struct Layout {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
        /// How many heads and offsets there is room for before the bytes.
        let restartRoom: Int
        var entriesEnd = 0
        var restartCount = 0
        /// What all restarts' keys begin with.
        var prefix = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private let layout: Layout
    private let buffer: SlabAllocator.Buffer
    /// Nil for a buffer of the system's allocator.
    private let allocator: SlabAllocator?
    /// Its place in its shard of the cache; guarded by that shard's lock.
    var cachePlace = 0

    private init(_ layout: Layout, _ buffer: SlabAllocator.Buffer, _ allocator: SlabAllocator?) {
        self.layout = layout
        self.buffer = buffer
        self.allocator = allocator
    }

    deinit { Self.free(buffer, allocator) }

    /// Copies the bytes of a block; nil where its restart table can not be right.
    static func make(
        _ bytes: UnsafeRawBufferPointer, in allocator: SlabAllocator? = nil
    ) -> Block? {
        guard bytes.count >= 8 else { return nil }
        let restartCount = Layout.restartCount(of: bytes)
        guard 4 * restartCount + 4 <= bytes.count else { return nil }
        return make(byteCount: bytes.count, restartRoom: restartCount, in: allocator) {
            $0.copyMemory(from: bytes)
        }
    }

    /// Makes a block of bytes that are written where they will stay; nil where its restart table can
    /// not be right.
    ///
    /// - Parameters:
    ///   - restartRoom: How many restarts there is room for; a block with more is copied.
    ///   - allocator: Where its memory is from; nil for the system's.
    static func make<Failure: Error>(
        byteCount: Int, restartRoom: Int, in allocator: SlabAllocator? = nil,
        _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Block? {
        guard byteCount >= 8 else { return nil }
        // Each takes four bytes of the restart table.
        let restartRoom = min(restartRoom, byteCount / 4)
        let neededBytes = headBytes * restartRoom + byteCount
        let buffer = allocator?.allocate(neededBytes) ?? SlabAllocator.ofSystem(neededBytes)
        var layout = Layout(
            base: buffer.base, byteCount: byteCount, restartRoom: restartRoom)
        do throws(Failure) {
            try fill(UnsafeMutableRawBufferPointer(mutating: layout.bytes))
        } catch {
            free(buffer, allocator)
            throw error
        }
        let hasRestarts = layout.findRestarts()
        if hasRestarts, layout.restartCount <= restartRoom, layout.fillRestarts() {
            return Block(layout, buffer, allocator)
        }
        defer { free(buffer, allocator) }
        return hasRestarts && layout.restartCount > restartRoom
            ? make(layout.bytes, in: allocator) : nil
    }

    private static func free(_ buffer: SlabAllocator.Buffer, _ allocator: SlabAllocator?) {
        if let allocator { allocator.free(buffer) } else { SlabAllocator.freeOfSystem(buffer) }
    }

    /// The block's bytes: entries, restart table, count.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer { layout.bytes }

    /// Where its heads are.
    var base: UnsafeRawPointer { UnsafeRawPointer(layout.base) }

    /// Asks for the lines that a search reads first, so that their misses do not queue up.
    ///
    /// - Parameters:
    ///   - object: A block's address.
    ///   - base: Its ``base``, as far as is known.
    ///   - count: How many places of its buffer, from there on.
    ///   - strideBytes: How far they are apart.
    @inline(__always)
    static func prefetch(
        _ object: UnsafeRawPointer, _ base: UnsafeRawPointer, count: Int = 4, strideBytes: Int = 64
    ) {
        kvd_prefetch(object + 64)
        for place in 0..<count { kvd_prefetch(base + place * strideBytes) }
    }

    /// How many restarts have an entry: a block without entries has a restart all the same.
    @inline(__always)
    var restarts: Int { layout.restarts }

    /// Memory the block takes.
    var chargeBytes: Int {
        // The object's header, what it holds beside its buffer, and what the allocator adds.
        let objectBytes = 16 + MemoryLayout<Layout>.size + MemoryLayout<SlabAllocator.Buffer>.size
        return objectBytes + 32 + buffer.chargeBytes
    }

    /// The entries, lent while the block is held.
    @inline(__always)
    var entries: BlockEntries { layout.entries }

    @inline(__always)
    func restartOffset(_ index: Int) -> Int { Int(layout.offsets[index]) }

    /// The entry at a restart; nil where there is none that begins anew.
    @inline(__always)
    func restartEntry(_ index: Int) -> BlockEntries.Entry? { layout.restartEntry(index) }

    /// The first restart whose entry is at or after a position; their count where there is none.
    @inline(__always)
    func firstRestart(atOrAfter key: UnsafeRawBufferPointer, tag: EntryTag) -> Int {
        let heads = UnsafePointer(layout.heads)
        let open = KeyHeads(prefix: layout.prefix, heads: heads, count: restarts).undecided(key)
        return open.partitionPoint { index in
            guard let entry = restartEntry(index) else {
                preconditionFailure("a restart that was there when the block was made")
            }
            return compareEntries(entry.unshared, entry.tag, key, tag) < 0
        }
    }

    /// The restart from which a walk meets the first entry at or after a position.
    @inline(__always)
    func restart(before key: UnsafeRawBufferPointer, tag: EntryTag) -> Int {
        max(0, firstRestart(atOrAfter: key, tag: tag) - 1)
    }

    /// What a point search found.
    enum SearchResult {
        /// The first entry at or after the position; `hasSameKey` where its user key is the one
        /// asked for.
        case found(BlockEntries.Entry, hasSameKey: Bool)
        case pastEnd
        case malformed
    }

    /// Finds the first entry at or after a position without putting any key together.
    ///
    /// Entries before the position share some number of bytes with the wanted key, `matched`. Since
    /// keys rise, an entry that takes over more than `matched` bytes from its neighbour is still
    /// before it, and one that takes over fewer is past it; only an equal count needs a comparison,
    /// and that one of the unshared bytes alone.
    @inline(__always)
    func search(_ key: UnsafeRawBufferPointer, tag: EntryTag) -> SearchResult {
        let entries = entries
        var offset = restartOffset(restart(before: key, tag: tag))
        var matched = 0
        while offset < entries.end {
            guard let entry = entries.entry(at: offset) else { return .malformed }
            // A restart takes nothing over, whatever it shares; it is compared whole.
            if entry.sharedCount == 0 { matched = 0 }
            if entry.sharedCount < matched { return .found(entry, hasSameKey: false) }
            if entry.sharedCount == matched {
                let wanted = UnsafeRawBufferPointer(rebasing: key[matched...])
                let common = commonPrefixCount(entry.unshared, wanted)
                let isKeyEnd = common == entry.unshared.count
                let isWantedEnd = common == wanted.count
                if isKeyEnd && isWantedEnd {
                    if entry.tag <= tag { return .found(entry, hasSameKey: true) }
                } else if isWantedEnd || !isKeyEnd && entry.unshared[common] > wanted[common] {
                    return .found(entry, hasSameKey: false)
                }
                matched += common
            }
            offset = entry.end
        }
        return .pastEnd
    }
}

extension Block.Layout {
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Block.headBytes * restartRoom, count: byteCount)
    }

    @inline(__always)
    var heads: UnsafeMutablePointer<UInt64> { base.assumingMemoryBound(to: UInt64.self) }

    /// Of the restarts' entries, after the heads.
    @inline(__always)
    var offsets: UnsafeMutablePointer<UInt32> {
        (base + 8 * restartRoom).assumingMemoryBound(to: UInt32.self)
    }

    @inline(__always)
    var restarts: Int { entriesEnd == 0 ? 0 : restartCount }

    @inline(__always)
    var entries: BlockEntries {
        BlockEntries(
            bytes: UnsafeRawBufferPointer(start: bytes.baseAddress, count: entriesEnd))
    }

    @inline(__always)
    func restartEntry(_ index: Int) -> BlockEntries.Entry? {
        guard let entry = entries.entry(at: Int(offsets[index])), entry.sharedCount == 0 else {
            return nil
        }
        return entry
    }

    /// The last word of a block.
    static func restartCount(of bytes: UnsafeRawBufferPointer) -> Int {
        let count = bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
        return Int(UInt32(littleEndian: count))
    }

    /// False where the restart table can not be right.
    mutating func findRestarts() -> Bool {
        restartCount = Self.restartCount(of: bytes)
        entriesEnd = bytes.count - 4 - 4 * restartCount
        return restartCount > 0 && entriesEnd >= 0
    }

    /// False where an entry is not where the restart table says.
    mutating func fillRestarts() -> Bool {
        let offsets = offsets
        for index in 0..<restartCount {
            let offset = bytes.loadUnaligned(
                fromByteOffset: entriesEnd + 4 * index, as: UInt32.self)
            (offsets + index).initialize(to: offset.littleEndian)
        }
        if restarts == 0 { return true }
        // A walk back that began behind the first entry would not find its way past it.
        guard offsets[0] == 0 else { return false }
        guard let first = restartEntry(0), let last = restartEntry(restarts - 1) else {
            return false
        }
        let prefixCount = commonPrefixCount(first.unshared, last.unshared)
        for index in 0..<restarts {
            guard let entry = restartEntry(index) else { return false }
            (heads + index).initialize(to: KeyHeads.head(entry.unshared, from: prefixCount))
        }
        prefix = UnsafeRawBufferPointer(rebasing: first.unshared[..<prefixCount])
        return true
    }
}
