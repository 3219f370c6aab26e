// Unsafe pointers: keys are lent by the block, which is held while they are copied.

/// The form in which a table stores its range tombstones.
///
/// A block of the same make as a data block: for each fragment and each of its sequences, newest
/// first, an entry whose key is the fragment's lower end, whose kind is 4 and whose value is the
/// upper end, which is not removed itself.
enum RangeTombstoneBlock {
    static let restartInterval = 16

    static func append(
        lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer,
        newestFirst: ArraySlice<UInt64>, to block: BlockBuilder
    ) {
        for sequence in newestFirst {
            block.add(
                key: lower, tag: EntryTag(sequence: sequence, kind: .deleteRange), value: upper)
        }
    }

    /// The list of a table; nil where it has none.
    static func read(
        _ reader: BlockReader, _ footer: SSTableFooter, _ metadata: SSTableMetadata
    ) throws(EngineError) -> RangeTombstoneList? {
        func damaged(_ offset: Int, _ reason: String) -> EngineError {
            .corruption(file: reader.name, offset: offset, reason: reason)
        }
        let count = metadata.rangeDeletionCount
        guard footer.hasRangeTombstones == (count > 0) else {
            throw damaged(
                metadata.sizeBytes, "the manifest says it has \(count) range tombstones")
        }
        if count == 0 { return nil }
        let properties = try reader.withContents(footer.properties) { SSTableProperties.read($0) }
        guard let handle = properties?.rangeTombstones,
            handle.offset + handle.sizeBytes <= metadata.sizeBytes
        else {
            throw damaged(
                footer.properties.offset,
                "the properties do not say where the range tombstones lie")
        }
        guard let list = read(try reader.readBlock(handle), expectedCount: count) else {
            throw damaged(handle.offset, "the range tombstones are malformed")
        }
        return list
    }

    /// The list in a block of `expectedCount` entries, or of any number where that is nil; nil where
    /// it is not what a writer writes.
    static func read(_ block: Block, expectedCount: Int?) -> RangeTombstoneList? {
        var list = RangeTombstoneList.Builder()
        let (lower, upper, lastUpper) = (OutputBuffer(), OutputBuffer(), OutputBuffer())
        var sequences: [UInt64] = []
        var count = 0
        let entries = BlockIterator()
        entries.setBlock(block)
        entries.seekToFirst()
        while entries.isValid {
            guard entries.tag.kindByte == EntryKind.deleteRange.rawValue else { return nil }
            if sequences.isEmpty || compareKeys(entries.key, lower.bytes) != 0 {
                if !sequences.isEmpty {
                    list.append(
                        lower: lower.bytes, upper: upper.bytes, newestFirst: sequences[...])
                    replace(lastUpper, upper.bytes)
                    sequences.removeAll()
                }
                guard compareKeys(entries.key, entries.value) < 0,
                    compareKeys(lastUpper.bytes, entries.key) <= 0
                else { return nil }
                replace(lower, entries.key)
                replace(upper, entries.value)
            } else {
                guard compareKeys(entries.value, upper.bytes) == 0,
                    let last = sequences.last, entries.tag.sequence < last
                else { return nil }
            }
            sequences.append(entries.tag.sequence)
            count += 1
            entries.moveNext()
        }
        guard !entries.isMalformed, count == expectedCount ?? count, !sequences.isEmpty else {
            return nil
        }
        list.append(lower: lower.bytes, upper: upper.bytes, newestFirst: sequences[...])
        return list.finish()
    }

    private static func replace(_ buffer: OutputBuffer, _ bytes: UnsafeRawBufferPointer) {
        buffer.removeAll()
        buffer.append(bytes)
    }
}
