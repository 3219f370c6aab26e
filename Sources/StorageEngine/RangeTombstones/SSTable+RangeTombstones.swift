// Unsafe pointers: keys are lent by the caller for one call, values by the block that was found.

extension SSTable {
    /// The newest range tombstone over `key` that a reader at `sequence` sees; 0 for none.
    @inline(__always)
    func coveringSequence(of key: UnsafeRawBufferPointer, at sequence: UInt64) -> UInt64 {
        guard let rangeTombstones else { return 0 }
        return rangeTombstones.newestSequence(covering: key, atMost: sequence)
    }
}

extension SSTable.Found {
    /// The value; nil for a deletion and where a range tombstone of the table, of sequence
    /// `covering`, is newer.
    @inline(__always)
    func value(newerThan covering: UInt64) -> PinnedBytes? {
        tag.isPut && tag.sequence >= covering ? PinnedBytes(value, owner: block) : nil
    }
}
