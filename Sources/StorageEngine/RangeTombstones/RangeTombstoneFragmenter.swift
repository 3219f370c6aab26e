// Unsafe pointers: keys are lent by the tombstones' owners for one call and copied.

/// Cuts tombstones that may overlap in any way into the fragments of a list.
enum RangeTombstoneFragmenter {
    /// A sweep over all ends: between two neighbouring ones the same tombstones hold throughout.
    ///
    /// Time in proportion to the tombstones times how many overlap at a place.
    ///
    /// - Parameter tombstones: In any order; each not empty, all of different sequences where
    ///   they overlap.
    /// - Returns: Nil where there are none.
    static func fragment(_ tombstones: [RangeTombstone]) -> RangeTombstoneList? {
        var list = RangeTombstoneList.Builder()
        let starts = tombstones.sorted { compareKeys($0.lower, $1.lower) < 0 }
        let ends = distinct(tombstones.map(\.lower) + tombstones.map(\.upper))
        var started = 0
        // Those that cover the piece at hand, newest first.
        var active: [RangeTombstone] = []
        for (lower, upper) in zip(ends, ends.dropFirst()) {
            active.removeAll { compareKeys($0.upper, lower) <= 0 }
            while started < starts.count, compareKeys(starts[started].lower, lower) == 0 {
                let tombstone = starts[started]
                let place = active.firstIndex { $0.sequence < tombstone.sequence }
                active.insert(tombstone, at: place ?? active.count)
                started += 1
            }
            if active.isEmpty { continue }
            list.append(lower: lower, upper: upper, newestFirst: active.map(\.sequence)[...])
        }
        return list.finish()
    }

    /// The fragments of several lists as those of one; nil where no list is given.
    static func merge(_ lists: [RangeTombstoneList]) -> RangeTombstoneList? {
        if lists.count < 2 { return lists.first }
        return withExtendedLifetime(lists) { fragment(lists.flatMap(\.tombstones)) }
    }

    private static func distinct(_ keys: [UnsafeRawBufferPointer]) -> [UnsafeRawBufferPointer] {
        var distinct: [UnsafeRawBufferPointer] = []
        for key in keys.sorted(by: { compareKeys($0, $1) < 0 }) {
            if let last = distinct.last, compareKeys(last, key) == 0 { continue }
            distinct.append(key)
        }
        return distinct
    }
}
