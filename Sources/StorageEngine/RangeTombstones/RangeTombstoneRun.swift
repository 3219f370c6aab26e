// Unsafe pointers: keys are lent by the lists a run holds.

/// The range tombstones of one sorted run: of a memtable, or of all tables of a sublevel or level
/// that have any.
struct RangeTombstoneRun: Sendable {
    /// In key order; a level's tables do not overlap, their tombstones included.
    let lists: [RangeTombstoneList]

    /// Nil where there is no list.
    init?(_ lists: [RangeTombstoneList]) {
        if lists.isEmpty { return nil }
        self.lists = lists
    }

    init(_ list: RangeTombstoneList) { lists = [list] }

    /// The keys around one for which the answer is the same.
    struct Span {
        /// Nil where it begins before every key.
        var lower: UnsafeRawBufferPointer?
        /// The first key past it; nil where there is none.
        var upper: UnsafeRawBufferPointer?
        /// The newest tombstone over it that the reader sees; 0 for none.
        var sequence: UInt64
    }

    /// The first list that has a fragment ending after `key`, or how many lists there are.
    func firstList(endingAfter key: UnsafeRawBufferPointer) -> Int {
        lists.indices.partitionPoint { index in
            let list = lists[index]
            return compareKeys(list.upper(list.count - 1), key) <= 0
        }
    }

    /// The fragment that covers `key`, or the gap it lies in, as a reader at `limit` sees it.
    func span(at key: UnsafeRawBufferPointer, atMost limit: UInt64) -> Span {
        let place = firstList(endingAfter: key)
        let before = place > 0 ? lists[place - 1] : nil
        let endBefore = before.map { $0.upper($0.count - 1) }
        guard place < lists.count else { return Span(lower: endBefore, upper: nil, sequence: 0) }
        let list = lists[place]
        let index = list.firstFragment(endingAfter: key)
        let lower = list.lower(index)
        if compareKeys(lower, key) <= 0 {
            return Span(
                lower: lower, upper: list.upper(index),
                sequence: list.newestSequence(ofFragment: index, atMost: limit))
        }
        return Span(
            lower: index > 0 ? list.upper(index - 1) : endBefore, upper: lower, sequence: 0)
    }

    /// Whether these tombstones remove all that a table of an older run holds, for every reader to
    /// come and every snapshot.
    ///
    /// Each key of the table's span, its tombstones' included, must lie under a tombstone that is
    /// newer than every entry of the table and that no snapshot tells apart from the oldest.
    func removesAll(of table: SSTableMetadata, _ strata: Strata) -> Bool {
        let limit = strata.end(of: strata.stratum(of: table.smallestSequence))
        return table.smallestKey.withUnsafeBytes { smallest in
            table.largestKey.withUnsafeBytes { largest in
                var key = UnsafeRawBufferPointer(smallest)
                while true {
                    let span = span(at: key, atMost: limit)
                    guard span.sequence > table.largestSequence, let upper = span.upper else {
                        return false
                    }
                    if compareKeys(largest, upper) < 0 { return true }
                    key = upper
                }
            }
        }
    }
}
