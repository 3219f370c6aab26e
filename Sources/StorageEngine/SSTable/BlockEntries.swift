// Unsafe pointers: the bytes are lent by the block; every read is checked against their end.

/// The entries of a block as they lie in it: without the restart table, keys not put together.
struct BlockEntries {
    let bytes: UnsafeRawBufferPointer

    static var none: BlockEntries {
        BlockEntries(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Where entries end; an offset at or past it has none.
    @inline(__always)
    var end: Int { bytes.count }

    /// The fields of an entry, before its key is put together.
    struct Entry {
        let sharedCount: Int
        let unshared: UnsafeRawBufferPointer
        let tag: EntryTag
        let value: UnsafeRawBufferPointer
        let end: Int
    }

    /// The entry at an offset; nil at the end, and for bytes that are not an entry.
    @inline(__always)
    func entry(at start: Int) -> Entry? {
        guard start < end else { return nil }
        var input = InputCursor(bytes, offset: start)
        guard let shared = input.readLength(), let unsharedCount = input.readLength(),
            let valueCount = input.readLength(), let tag = input.readVarint(),
            let unshared = input.readBytes(unsharedCount), let value = input.readBytes(valueCount)
        else { return nil }
        return Entry(
            sharedCount: shared, unshared: unshared, tag: EntryTag(word: tag), value: value,
            end: input.offset)
    }
}
