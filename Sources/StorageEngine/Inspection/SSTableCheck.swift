// Unsafe pointers: keys are lent by an iterator for one step; the last one is copied.

/// Holds the entries of a table, block after block, against each other and against what the table
/// says of itself.
struct SSTableCheck {
    private let file: String
    private let properties: SSTableProperties
    private let lastKey = OutputBuffer()
    private var lastTag = EntryTag.first
    private var hasLast = false
    private var entryCount: UInt64 = 0
    private var deletionCount: UInt64 = 0
    /// Set by a block that could not be read whole: the totals then say nothing.
    private var isIncomplete = false

    init(file: String, properties: SSTableProperties) {
        self.file = file
        self.properties = properties
    }

    mutating func skipBlock() { isIncomplete = true }

    /// Checks the entries of the next block.
    mutating func take(
        _ entries: BlockIterator, offset: Int, separator: [UInt8],
        filter: UnsafeRawBufferPointer?
    ) throws(EngineError) {
        do throws(EngineError) {
            entries.seekToFirst()
            while entries.isValid {
                try take(key: entries.key, tag: entries.tag, offset: offset, filter: filter)
                entries.moveNext()
            }
            if entries.isMalformed { throw damaged(offset, "a data block is malformed") }
            let isAtOrAfter = separator.withUnsafeBytes { compareKeys($0, lastKey.bytes) >= 0 }
            guard isAtOrAfter else { throw damaged(offset, "the index ends the block too early") }
        } catch {
            isIncomplete = true
            throw error
        }
    }

    private mutating func take(
        key: UnsafeRawBufferPointer, tag: EntryTag, offset: Int, filter: UnsafeRawBufferPointer?
    ) throws(EngineError) {
        if hasLast, compareEntries(lastKey.bytes, lastTag, key, tag) >= 0 {
            throw damaged(offset, "entry \(entryCount) is not after the one before it")
        }
        guard tag.isPut || tag.kindByte == EntryKind.delete.rawValue else {
            throw damaged(offset, "entry \(entryCount) has the unknown kind \(tag.kindByte)")
        }
        guard tag.sequence >= properties.smallestSequence,
            tag.sequence <= properties.largestSequence
        else {
            throw damaged(offset, "entry \(entryCount) has sequence \(tag.sequence)")
        }
        if let filter, !BloomFilter.mayContain(XXHash64.hash(key), filter: filter) {
            throw damaged(offset, "the filter does not have the key of entry \(entryCount)")
        }
        lastKey.removeAll()
        lastKey.append(key)
        lastTag = tag
        hasLast = true
        entryCount += 1
        if !tag.isPut { deletionCount += 1 }
    }

    /// Checks the totals once every block was taken.
    func finish(propertiesOffset: Int) throws(EngineError) {
        guard !isIncomplete else { return }
        guard entryCount == properties.entryCount, deletionCount == properties.deletionCount else {
            throw damaged(
                propertiesOffset,
                "it holds \(entryCount) entries and \(deletionCount) deletions, not "
                    + "\(properties.entryCount) and \(properties.deletionCount)")
        }
    }

    private func damaged(_ offset: Int, _ reason: String) -> EngineError {
        .corruption(file: file, offset: offset, reason: reason)
    }
}
