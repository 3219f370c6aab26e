// Unsafe pointers: keys and values are lent by the record for the length of the call.

extension Memtable {
    /// Inserts the entries of a batch record, each under its own sequence; the caller made sure of
    /// room.
    ///
    /// - Returns: The sequence after the last entry; nil where the record is malformed, whose first
    ///   entries are in the memtable then.
    @inline(__always)
    func insert(
        _ batch: consuming BatchReader, onCounter: (_ id: UInt64, _ delta: Int64) -> Void
    ) -> UInt64? {
        var sequence = batch.firstSequence
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        while !batch.isAtEnd {
            switch batch.next() {
            case .put(let key, let value):
                insert(key: key, tag: EntryTag(sequence: sequence, kind: .put), value: value)
                sequence += 1
            case .delete(let key):
                insert(key: key, tag: EntryTag(sequence: sequence, kind: .delete), value: none)
                sequence += 1
            case .deleteRange(let lower, let upper):
                insertRangeTombstone(lower: lower, upper: upper, sequence: sequence)
                sequence += 1
            case .counter(let id, let delta):
                onCounter(id, delta)
            case nil:
                return nil
            }
        }
        return sequence
    }
}
