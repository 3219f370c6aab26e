internal import StorageEngine

extension Engine {
    /// Removes every row of a table that was dropped, whatever their number, takes its counters to
    /// zero, and removes the row that tells of them. No write of the table may be under way or come
    /// after.
    ///
    /// What fails stays for the next open, which finds that row.
    func removeRows(ofTable number: UInt32) {
        let batch = WriteBatch()
        for space in [KeySpace.items, KeySpace.indexRows, KeySpace.streams] {
            let range = KeyRange(prefix: KeySpace.prefix(space: space, table: number))
            // Only a prefix of all ones has no end.
            if let upper = range.upper { batch.deleteRange(lower: range.lower, upper: upper) }
        }
        for index in 0...UInt16(Limits.localIndexCount + Limits.globalIndexCount) {
            for counter in [
                CounterID.itemCount(table: number, index: index),
                CounterID.sizeBytes(table: number, index: index),
            ] {
                let value = self.counter(counter)
                if value != 0 { batch.add(counter: counter, -value) }
            }
        }
        batch.delete(key: CatalogRow.drop(number))
        try? commit(batch)
    }
}
