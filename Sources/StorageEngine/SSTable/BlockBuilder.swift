// Unsafe pointers: keys and values are lent by the caller for one call and copied.

/// Builds one data or index block.
///
/// ## Block
///     entries:
///       shared      varint   key bytes taken over from the entry before
///       unshared    varint   key bytes that follow
///       value       varint   value bytes
///       tag         varint   sequence and kind; one byte at the bottom level, where sequences are 0
///       key bytes, value bytes
///     restart offsets  u32 × n   entries whose `shared` is 0, for the binary search
///     n                u32
final class BlockBuilder {
    /// What an entry takes at most beside its key and value, its block's trailer included.
    private static let entryOverheadBytes = 32

    private let buffer: OutputBuffer
    private let restartInterval: Int
    private var restarts: [UInt32] = []
    private var entriesSinceRestart = 0
    private let lastKeyBuffer = OutputBuffer(capacity: 128)
    private(set) var entryCount = 0

    init(restartInterval: Int, capacity: Int) {
        self.restartInterval = restartInterval
        buffer = OutputBuffer(capacity: capacity)
    }

    var isEmpty: Bool { entryCount == 0 }

    /// The key of the last entry, lent until the next is added.
    var lastKey: UnsafeRawBufferPointer { lastKeyBuffer.bytes }

    /// The size the block would have if it were finished now.
    var sizeBytes: Int { buffer.count + 4 * restarts.count + 4 }

    /// Whether the block with an entry more has at most `limitBytes`, about; an empty one takes any.
    func hasRoom(
        for key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, within limitBytes: Int
    ) -> Bool {
        let room = limitBytes - sizeBytes - value.count - Self.entryOverheadBytes
        if isEmpty || key.count <= room { return true }
        // Near the end: of a long key, what it shares with the one before may be the most.
        guard entriesSinceRestart < restartInterval else { return false }
        return key.count - commonPrefixCount(lastKeyBuffer.bytes, key) <= room
    }

    /// Adds an entry, which must sort after all before it.
    func add(key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer) {
        var shared = 0
        if entryCount == 0 || entriesSinceRestart == restartInterval {
            restarts.append(UInt32(buffer.count))
            entriesSinceRestart = 0
        } else {
            shared = commonPrefixCount(lastKeyBuffer.bytes, key)
        }
        let unshared = UnsafeRawBufferPointer(rebasing: key[shared...])
        buffer.append(varint: UInt64(shared))
        buffer.append(varint: UInt64(unshared.count))
        buffer.append(varint: UInt64(value.count))
        buffer.append(varint: tag.word)
        buffer.append(unshared)
        buffer.append(value)
        lastKeyBuffer.truncate(to: shared)
        lastKeyBuffer.append(unshared)
        entriesSinceRestart += 1
        entryCount += 1
    }

    /// Adds the restart table; the bytes are lent until ``reset()``.
    func finish() -> UnsafeRawBufferPointer {
        // A reader takes a block without a restart for a damaged one.
        if restarts.isEmpty { restarts.append(0) }
        for restart in restarts { buffer.append(littleEndian: restart) }
        buffer.append(littleEndian: UInt32(restarts.count))
        return buffer.bytes
    }

    func reset() {
        buffer.removeAll()
        restarts.removeAll(keepingCapacity: true)
        lastKeyBuffer.removeAll()
        entriesSinceRestart = 0
        entryCount = 0
    }
}

/// How many leading bytes two keys share.
@inline(__always)
func commonPrefixCount(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let limit = min(left.count, right.count)
    var index = 0
    while index + 8 <= limit {
        let difference =
            left.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            ^ right.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
        if difference != 0 { return index + difference.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < limit, left[index] == right[index] { index += 1 }
    return index
}
