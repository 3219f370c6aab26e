// Unsafe pointers: a block owns its bytes from its making to its end; entries lent from it are valid
// while the block is held.

internal import CKvdShims

/// One uncompressed block in memory: a single allocation of header, heads and bytes.
///
/// The heads and offsets of its restarts are worked out when it is loaded, while its bytes are in the
/// processor's cache, and lie in the lines after the reference count, so that a search pays for one
/// place in memory and then for the few entries between two restarts.
///
/// Immutable once made, but for `ringPlace`. It is handed between threads through ``BlockSlots``
/// alone, which is why it does not have to be `Sendable`.
final class Block: ManagedBuffer<Block.Layout, UInt64> {
    struct Layout {
        let byteCount: Int
        let entriesEnd: Int
        let restartCount: Int
        /// What all restarts' keys begin with; set by ``make(_:)``.
        fileprivate(set) var prefix: UnsafeRawBufferPointer
        /// Where the cache's ring holds it; guarded by its shard's lock.
        var ringPlace = 0
    }

    /// Copies the bytes of a block; nil where its restart table can not be right.
    static func make(_ bytes: UnsafeRawBufferPointer) -> Block? {
        guard bytes.count >= 8 else { return nil }
        let restartCount = Int(
            UInt32(
                littleEndian: bytes.loadUnaligned(
                    fromByteOffset: bytes.count - 4, as: UInt32.self)))
        let entriesEnd = bytes.count - 4 - 4 * restartCount
        guard restartCount > 0, entriesEnd >= 0 else { return nil }
        let made = Block.create(
            minimumCapacity: wordCount(byteCount: bytes.count, restartCount: restartCount)
        ) { _ in
            Layout(
                byteCount: bytes.count, entriesEnd: entriesEnd, restartCount: restartCount,
                prefix: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let block = unsafeDowncast(made, to: Block.self)
        UnsafeMutableRawBufferPointer(mutating: block.bytes).copyMemory(from: bytes)
        return block.fillRestarts() ? block : nil
    }

    private static func wordCount(byteCount: Int, restartCount: Int) -> Int {
        restartCount + (4 * restartCount + byteCount + 7) / 8
    }

    private func fillRestarts() -> Bool {
        let offsets = offsets
        for index in 0..<layout.pointee.restartCount {
            let offset = bytes.loadUnaligned(
                fromByteOffset: layout.pointee.entriesEnd + 4 * index, as: UInt32.self)
            (offsets + index).initialize(to: offset.littleEndian)
        }
        if restarts == 0 { return true }
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

    /// Where the cache's ring holds the block; guarded by its shard's lock.
    var ringPlace: Int {
        get { layout.pointee.ringPlace }
        set { layout.pointee.ringPlace = newValue }
    }

    /// The block's bytes: entries, restart table, count.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        withUnsafeMutablePointers { layout, heads in
            UnsafeRawBufferPointer(
                start: UnsafeRawPointer(heads) + 12 * layout.pointee.restartCount,
                count: layout.pointee.byteCount)
        }
    }

    @inline(__always)
    private var heads: UnsafeMutablePointer<UInt64> { withUnsafeMutablePointerToElements { $0 } }

    /// Of the restarts' entries, after the heads.
    @inline(__always)
    private var offsets: UnsafeMutablePointer<UInt32> {
        UnsafeMutableRawPointer(heads + layout.pointee.restartCount)
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
        Self.chargeBytes(byteCount: layout.pointee.byteCount, restartCount: restarts)
    }

    /// Memory that a block of so many bytes and restarts takes.
    static func chargeBytes(byteCount: Int, restartCount: Int) -> Int {
        // The object's own header, the allocator's word, and what rounding adds.
        let overheadBytes = 16 + MemoryLayout<Layout>.size + 16
        return overheadBytes + 8 * wordCount(byteCount: byteCount, restartCount: restartCount)
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
        return open.isEmpty ? open.lowerBound : firstRestart(in: open, atOrAfter: key, tag: tag)
    }

    private func firstRestart(
        in range: Range<Int>, atOrAfter key: UnsafeRawBufferPointer, tag: EntryTag
    ) -> Int {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            guard let entry = restartEntry(middle) else {
                preconditionFailure("a restart that was there when the block was made")
            }
            if compareEntries(entry.unshared, entry.tag, key, tag) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
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
        var offset = restartOffset(max(0, firstRestart(atOrAfter: key, tag: tag) - 1))
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
