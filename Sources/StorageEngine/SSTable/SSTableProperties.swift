// Unsafe pointers: the block's bytes are lent by the reader for one call.

/// Reads of a table's properties what an open needs.
enum SSTableProperties {
    /// Where a table of version 2 has its range tombstones; nil for bytes that do not say it.
    static func rangeTombstoneBlock(_ properties: UnsafeRawBufferPointer) -> BlockHandle? {
        var input = InputCursor(properties)
        // Entries, deletions, two sequences and the longest key stand in the manifest as well, or
        // are for people.
        for _ in 0..<5 {
            guard input.readVarint() != nil else { return nil }
        }
        guard let rest = input.readBytes(properties.count - input.offset) else { return nil }
        return BlockHandle.read(rest)
    }
}
