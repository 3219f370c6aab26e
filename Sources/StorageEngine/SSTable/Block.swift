// Unsafe pointers: a block owns its bytes from its making to its end; entries lent from it are valid
// while the block is held.

internal import CKvdShims

/// One uncompressed block in memory: a single allocation of header, heads and bytes.
///
/// The heads and offsets of its restarts are worked out when it is loaded, while its bytes are in the
/// processor's cache, and lie in the lines after the reference count, so that a search pays for one
/// place in memory and then for the few entries between two restarts.
///
/// Immutable once made, but for `cachePlace`. It is handed between threads through ``BlockSlots``
/// alone, which is why it does not have to be `Sendable`.
final class Block: ManagedBuffer<Block.Layout, UInt64> {
    struct Layout {
        let byteCount: Int
        /// How many heads and offsets there is room for before the bytes.
        let restartRoom: Int
        /// Words allocated for heads, offsets and bytes.
        let roomWords: Int
        // Set once, before anybody sees the block.
        fileprivate(set) var entriesEnd = 0
        fileprivate(set) var restartCount = 0
        /// What all restarts' keys begin with.
        fileprivate(set) var prefix = UnsafeRawBufferPointer(start: nil, count: 0)
        /// Its place in its shard of the cache; guarded by that shard's lock.
        var cachePlace = 0
    }

    /// Copies the bytes of a block; nil where its restart table can not be right.
    static func make(_ bytes: UnsafeRawBufferPointer, reusing spare: Block? = nil) -> Block? {
        guard bytes.count >= 8 else { return nil }
        let restartCount = restartCount(of: bytes)
        guard 4 * restartCount + 4 <= bytes.count else { return nil }
        return make(byteCount: bytes.count, restartRoom: restartCount, reusing: spare) {
            $0.copyMemory(from: bytes)
        }
    }

    /// Makes a block of bytes that are written where they will stay; nil where its restart table can
    /// not be right.
    ///
    /// - Parameters:
    ///   - restartRoom: How many restarts there is room for; a block with more is copied.
    ///   - spare: A block that nobody else holds; its memory is used where it fits.
    static func make<Failure: Error>(
        byteCount: Int, restartRoom: Int, reusing spare: Block? = nil,
        _ fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Block? {
        guard byteCount >= 8 else { return nil }
        // Each takes four bytes of the restart table.
        let restartRoom = min(restartRoom, byteCount / 4)
        let block = room(byteCount: byteCount, restartRoom: restartRoom, spare)
        try fill(UnsafeMutableRawBufferPointer(mutating: block.bytes))
        guard block.findRestarts() else { return nil }
        if block.layout.pointee.restartCount > restartRoom { return make(block.bytes) }
        return block.fillRestarts() ? block : nil
    }

    /// The memory of a spare block, or of a new one where that is too small or an eighth of it
    /// would be wasted.
    private static func room(byteCount: Int, restartRoom: Int, _ spare: Block?) -> Block {
        let words = wordCount(byteCount: byteCount, restartRoom: restartRoom)
        if let spare {
            let roomWords = spare.layout.pointee.roomWords
            if (words...words + words / 8).contains(roomWords) {
                spare.layout.pointee = Layout(
                    byteCount: byteCount, restartRoom: restartRoom, roomWords: roomWords)
                return spare
            }
        }
        let made = Block.create(minimumCapacity: words) { _ in
            Layout(byteCount: byteCount, restartRoom: restartRoom, roomWords: words)
        }
        return unsafeDowncast(made, to: Block.self)
    }

    /// The last word of a block.
    private static func restartCount(of bytes: UnsafeRawBufferPointer) -> Int {
        let count = bytes.loadUnaligned(fromByteOffset: bytes.count - 4, as: UInt32.self)
        return Int(UInt32(littleEndian: count))
    }

    private func findRestarts() -> Bool {
        let restartCount = Self.restartCount(of: bytes)
        layout.pointee.restartCount = restartCount
        layout.pointee.entriesEnd = bytes.count - 4 - 4 * restartCount
        return restartCount > 0 && layout.pointee.entriesEnd >= 0
    }

    private static func wordCount(byteCount: Int, restartRoom: Int) -> Int {
        restartRoom + (4 * restartRoom + byteCount + 7) / 8
    }

    private func fillRestarts() -> Bool {
        let offsets = offsets
        for index in 0..<layout.pointee.restartCount {
            let offset = bytes.loadUnaligned(
                fromByteOffset: layout.pointee.entriesEnd + 4 * index, as: UInt32.self)
            (offsets + index).initialize(to: offset.littleEndian)
        }
        if restarts == 0 { return true }
        // A walk back that began behind the first entry would not find its way past it.
        guard offsets[0] == 0 else { return false }
        guard let first = restartEntry(0), let last = restartEntry(restarts - 1) else {
            return false
        }
        let prefixCount = commonPrefixCount(first.unshared, last.unshared)
        let heads = heads
        for index in 0..<restarts {
            guard let entry = restartEntry(index) else { return false }
            (heads + index).initialize(to: KeyHeads.head(entry.unshared, from: prefixCount))
        }
        layout.pointee.prefix = UnsafeRawBufferPointer(rebasing: first.unshared[..<prefixCount])
        return true
    }

    /// Not through `header`, each use of which the run time would check for exclusive access.
    @inline(__always)
    private var layout: UnsafeMutablePointer<Layout> {
        withUnsafeMutablePointerToHeader { $0 }
    }

    /// Its place in its shard of the cache; guarded by that shard's lock.
    var cachePlace: Int {
        get { layout.pointee.cachePlace }
        set { layout.pointee.cachePlace = newValue }
    }

    /// The block's bytes: entries, restart table, count.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        withUnsafeMutablePointers { layout, heads in
            UnsafeRawBufferPointer(
                start: UnsafeRawPointer(heads) + 12 * layout.pointee.restartRoom,
                count: layout.pointee.byteCount)
        }
    }

    @inline(__always)
    private var heads: UnsafeMutablePointer<UInt64> { withUnsafeMutablePointerToElements { $0 } }

    /// Of the restarts' entries, after the heads.
    @inline(__always)
    private var offsets: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(heads + layout.pointee.restartRoom)
            .assumingMemoryBound(to: UInt32.self)
    }

    /// Asks for the lines that a search reads first, so that their misses do not queue up.
    @inline(__always)
    static func prefetch(_ block: UnsafeRawPointer) {
        for line in 1...4 { kvd_prefetch(block + 64 * line) }
    }

    /// How many restarts have an entry: a block without entries has a restart all the same.
    @inline(__always)
    var restarts: Int { layout.pointee.entriesEnd == 0 ? 0 : layout.pointee.restartCount }

    /// Memory the block takes.
    var chargeBytes: Int {
        // The object's own header, the allocator's word, and what rounding adds.
        let overheadBytes = 16 + MemoryLayout<Layout>.size + 16
        return overheadBytes + 8 * layout.pointee.roomWords
    }

    /// The entries, lent while the block is held.
    @inline(__always)
    var entries: BlockEntries {
        BlockEntries(
            bytes: UnsafeRawBufferPointer(
                start: bytes.baseAddress, count: layout.pointee.entriesEnd)
        )
    }

    @inline(__always)
    func restartOffset(_ index: Int) -> Int { Int(offsets[index]) }

    /// The entry at a restart; nil where there is none that begins anew.
    @inline(__always)
    func restartEntry(_ index: Int) -> BlockEntries.Entry? {
        guard let entry = entries.entry(at: restartOffset(index)), entry.sharedCount == 0 else {
            return nil
        }
        return entry
    }

    /// The first restart whose entry is at or after a position; their count where there is none.
    @inline(__always)
    func firstRestart(atOrAfter key: UnsafeRawBufferPointer, tag: EntryTag) -> Int {
        let heads = UnsafePointer(heads)
        let open = KeyHeads(prefix: layout.pointee.prefix, heads: heads, count: restarts).undecided(
            key)
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
