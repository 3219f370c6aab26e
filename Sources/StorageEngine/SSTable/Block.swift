// Unsafe pointers: a block owns its bytes from `init` to `deinit`; entries lent from it are valid
// while the block is held. Every offset read from the bytes is checked against `entriesEnd`.

/// One uncompressed block in memory.
///
/// Immutable after `init`. `@unchecked Sendable` for that reason.
final class Block: @unchecked Sendable {
    private let storage: BlockBuffer
    /// The block's bytes: entries, restart table, count.
    let bytes: UnsafeRawBufferPointer
    private let entriesEnd: Int
    private let restartCount: Int

    /// Takes over a buffer of which the first `count` bytes are the block; nil where its restart
    /// table can not be right.
    init?(_ storage: BlockBuffer, count: Int) {
        self.storage = storage
        bytes = UnsafeRawBufferPointer(start: storage.base, count: count)
        guard count >= 8 else { return nil }
        restartCount = Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
        entriesEnd = count - 4 - 4 * restartCount
        guard restartCount > 0, entriesEnd >= 0 else { return nil }
    }

    /// Memory the block holds.
    var chargeBytes: Int { storage.capacity }

    /// The fields of an entry, before its key is put together.
    struct RawEntry {
        let sharedCount: Int
        let unshared: UnsafeRawBufferPointer
        let tag: EntryTag
        let value: UnsafeRawBufferPointer
        let start: Int
        let end: Int
    }

    /// The entry at an offset; nil at the end, and for bytes that are not an entry.
    @inline(__always)
    func entry(at start: Int) -> RawEntry? {
        guard start < entriesEnd else { return nil }
        let limited = UnsafeRawBufferPointer(rebasing: bytes[0..<entriesEnd])
        var input = InputCursor(limited, offset: start)
        guard let shared = input.readLength(), let unsharedCount = input.readLength(),
            let valueCount = input.readLength(), let tag = input.readVarint(),
            let unshared = input.readBytes(unsharedCount), let value = input.readBytes(valueCount)
        else { return nil }
        return RawEntry(
            sharedCount: shared, unshared: unshared, tag: EntryTag(word: tag), value: value,
            start: start, end: input.offset)
    }

    /// Where entries end; an entry offset at or past it means there is none.
    var end: Int { entriesEnd }

    var restarts: Int { restartCount }

    @inline(__always)
    func restartOffset(_ index: Int) -> Int {
        Int(
            UInt32(
                littleEndian: bytes.loadUnaligned(
                    fromByteOffset: entriesEnd + 4 * index, as: UInt32.self)))
    }

    /// The last restart whose entry is before a position, or 0.
    func restart(before key: UnsafeRawBufferPointer, tag: EntryTag) -> Int? {
        var low = 0
        var high = restartCount - 1
        while low < high {
            let middle = (low + high + 1) / 2
            guard let entry = entry(at: restartOffset(middle)), entry.sharedCount == 0 else {
                return nil
            }
            if compareEntries(entry.unshared, entry.tag, key, tag) < 0 {
                low = middle
            } else {
                high = middle - 1
            }
        }
        return low
    }

    /// What a point search found.
    enum SearchResult {
        /// The first entry at or after the position; `hasSameKey` where its user key is the one
        /// asked for.
        case found(RawEntry, hasSameKey: Bool)
        case pastEnd
        case malformed
    }

    /// Finds the first entry at or after a position without putting any key together.
    ///
    /// Entries before the position share some number of bytes with the wanted key, `matched`. Since
    /// keys rise, an entry that takes over more than `matched` bytes from its neighbour is still
    /// before it, and one that takes over fewer is past it; only an equal count needs a comparison,
    /// and that one of the unshared bytes alone.
    func search(_ key: UnsafeRawBufferPointer, tag: EntryTag) -> SearchResult {
        guard let restart = restart(before: key, tag: tag) else { return .malformed }
        var offset = restartOffset(restart)
        var matched = 0
        while offset < entriesEnd {
            guard let entry = entry(at: offset) else { return .malformed }
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
