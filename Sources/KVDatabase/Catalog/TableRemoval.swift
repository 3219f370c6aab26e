internal import StorageEngine

extension WriteBatch {
    /// Removes every row of a table, whatever their number, and takes its counters to zero. No write
    /// of the table may be under way or come after.
    func removeRows(ofTable number: UInt32, in engine: Engine) {
        for space in [KeySpace.items, KeySpace.indexRows, KeySpace.streams] {
            let range = KeyRange(prefix: KeySpace.prefix(space: space, table: number))
            // Only a prefix of all ones has no end.
            if let upper = range.upper { deleteRange(lower: range.lower, upper: upper) }
        }
        for index in 0...UInt16(Limits.localIndexCount + Limits.globalIndexCount) {
            for counter in [
                CounterID.itemCount(table: number, index: index),
                CounterID.sizeBytes(table: number, index: index),
            ] {
                let value = engine.counter(counter)
                if value != 0 { add(counter: counter, -value) }
            }
        }
    }
}
