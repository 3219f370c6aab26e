// Unsafe pointers: keys are lent by the list or the caller for one call and copied.

/// What a rewrite keeps of its range tombstones, handed out table by table.
///
/// ## Why tombstones are cut
/// A tombstone may reach over many output tables, and the tables of a level must not overlap with
/// their tombstones either: a read looks into one table of a level, and a compaction that took one
/// table but not its neighbour could move a tombstone below entries it has to hide. So a table that
/// ends with key *k* takes the part of each tombstone up to and including *k*, and the next table
/// begins with the rest, at *k* followed by a zero byte: the first key after *k*.
struct RangeTombstoneCutter {
    private let list: RangeTombstoneList?
    private var index = 0
    /// The end of the last piece, where a fragment was cut and its rest is to come.
    private let cut = OutputBuffer(capacity: 64)
    private var isCut = false
    /// The level below, in key order.
    private let below: [SSTableMetadata]
    private var nextBelow = 0
    /// The first fragment that may reach past the end of the next table below.
    private var reaching = 0

    init(_ list: RangeTombstoneList?, below: [SSTableMetadata]) {
        self.list = list
        self.below = below
    }

    var isAtEnd: Bool { index >= list?.count ?? 0 }

    /// The next end of a table below, before `key`, past which a tombstone reaches that began at or
    /// before it; nil for no further one. A table that ends there cuts the tombstone in two.
    mutating func nextEnd(before key: UnsafeRawBufferPointer?) -> [UInt8]? {
        guard let list else { return nil }
        while nextBelow < below.count, reaching < list.count {
            let end = below[nextBelow].largestKey
            if let key, end.withUnsafeBytes({ compareKeys($0, key) >= 0 }) { return nil }
            let isPassed = end.withUnsafeBytes { compareKeys(list.upper(reaching), $0) <= 0 }
            if isPassed {
                reaching += 1
                continue
            }
            nextBelow += 1
            if end.withUnsafeBytes({ reaches(list, reaching, past: $0) }) { return end }
        }
        return nil
    }

    /// Whether a fragment has keys on both sides of a table's end, the end itself with the first.
    private func reaches(
        _ list: RangeTombstoneList, _ index: Int, past end: UnsafeRawBufferPointer
    ) -> Bool {
        guard compareKeys(list.lower(index), end) <= 0 else { return false }
        let upper = list.upper(index)
        return compareKeys(upper, end) > 0 && !isSuccessor(upper, of: end)
    }

    /// Whether a key is the first one after another: the same with a zero byte.
    private func isSuccessor(
        _ key: UnsafeRawBufferPointer, of other: UnsafeRawBufferPointer
    ) -> Bool {
        key.count == other.count + 1 && key.last == 0
            && compareKeys(UnsafeRawBufferPointer(rebasing: key.dropLast()), other) == 0
    }

    /// Gives a table that ends with `lastKey` its part.
    mutating func write(upTo lastKey: UnsafeRawBufferPointer, into writer: SSTableWriter) {
        guard let list else { return }
        while index < list.count {
            let lower = isCut ? cut.bytes : list.lower(index)
            if compareKeys(lower, lastKey) > 0 { return }
            let upper = list.upper(index)
            if compareKeys(upper, lastKey) > 0, !isSuccessor(upper, of: lastKey) {
                let end = OutputBuffer(capacity: lastKey.count + 1)
                end.append(lastKey)
                end.append(UInt8(0))
                writer.addRangeTombstones(
                    lower: lower, upper: end.bytes, newestFirst: list.sequences(index))
                cut.removeAll()
                cut.append(end.bytes)
                isCut = true
                return
            }
            writer.addRangeTombstones(
                lower: lower, upper: upper, newestFirst: list.sequences(index))
            index += 1
            isCut = false
        }
    }

    /// Gives the last table all that is left.
    mutating func writeRest(into writer: SSTableWriter) {
        guard let list else { return }
        while index < list.count {
            writer.addRangeTombstones(
                lower: isCut ? cut.bytes : list.lower(index), upper: list.upper(index),
                newestFirst: list.sequences(index))
            index += 1
            isCut = false
        }
    }
}
