// Unsafe pointers: bytes are lent by the caller for one call.

/// What a table file says of its entries.
///
/// ## Properties
///     entries varint · deletions varint · smallest sequence varint · largest sequence varint ·
///     longest key varint
struct SSTableProperties: Equatable {
    var entryCount: UInt64
    var deletionCount: UInt64
    var smallestSequence: UInt64
    var largestSequence: UInt64
    var longestKeyBytes: UInt64

    func append(to buffer: OutputBuffer) {
        buffer.append(varint: entryCount)
        buffer.append(varint: deletionCount)
        buffer.append(varint: smallestSequence)
        buffer.append(varint: largestSequence)
        buffer.append(varint: longestKeyBytes)
    }

    /// Nil for bytes that are not properties.
    static func read(_ bytes: UnsafeRawBufferPointer) -> SSTableProperties? {
        var input = InputCursor(bytes)
        guard let entryCount = input.readVarint(), let deletionCount = input.readVarint(),
            let smallestSequence = input.readVarint(), let largestSequence = input.readVarint(),
            let longestKeyBytes = input.readVarint()
        else { return nil }
        return SSTableProperties(
            entryCount: entryCount, deletionCount: deletionCount,
            smallestSequence: smallestSequence, largestSequence: largestSequence,
            longestKeyBytes: longestKeyBytes)
    }
}
