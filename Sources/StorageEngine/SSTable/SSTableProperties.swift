// Unsafe pointers: bytes are lent by the caller for one call.

/// What a table file says of its entries.
///
/// ## Properties
///     entries varint · deletions varint · smallest sequence varint · largest sequence varint ·
///     longest key varint
/// and in a table of version 2
///     range tombstone block: offset varint · size varint
struct SSTableProperties: Equatable {
    var entryCount: UInt64
    var deletionCount: UInt64
    var smallestSequence: UInt64
    var largestSequence: UInt64
    var longestKeyBytes: UInt64
    var rangeTombstones: BlockHandle?

    func append(to buffer: OutputBuffer) {
        buffer.append(varint: entryCount)
        buffer.append(varint: deletionCount)
        buffer.append(varint: smallestSequence)
        buffer.append(varint: largestSequence)
        buffer.append(varint: longestKeyBytes)
        rangeTombstones?.append(to: buffer)
    }

    /// Nil for bytes that are not properties.
    static func read(_ bytes: UnsafeRawBufferPointer) -> SSTableProperties? {
        var input = InputCursor(bytes)
        guard let entryCount = input.readVarint(), let deletionCount = input.readVarint(),
            let smallestSequence = input.readVarint(), let largestSequence = input.readVarint(),
            let longestKeyBytes = input.readVarint()
        else { return nil }
        var rangeTombstones: BlockHandle?
        if !input.isAtEnd {
            rangeTombstones = BlockHandle.read(&input)
            guard rangeTombstones != nil else { return nil }
        }
        return SSTableProperties(
            entryCount: entryCount, deletionCount: deletionCount,
            smallestSequence: smallestSequence, largestSequence: largestSequence,
            longestKeyBytes: longestKeyBytes,
            rangeTombstones: rangeTombstones)
    }
}
