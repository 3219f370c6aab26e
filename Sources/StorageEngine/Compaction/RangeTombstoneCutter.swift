// Unsafe pointers: keys are lent by the list or the caller for one call and copied.

/// What a rewrite keeps of its range tombstones, handed out table by table.
///
/// ## Why tombstones are cut
/// A tombstone may reach over many output tables, and the tables of a level must not overlap with
/// their tombstones either: a read looks into one table of a level, and a compaction that took one
/// table but not its neighbour could move a tombstone below entries it has to hide. So a table that
/// ends with key *k* takes the part of each tombstone up to and including *k*, and the next table
/// begins with the rest, at *k* followed by a zero byte: the first key after *k*.
///
/// What a piece keeps of its fragment's tombstones is what some reader needs: of those that hide the
/// same the oldest. So each is there for entries that lie between it and the next older one and were
/// kept for a snapshot, and the oldest also where deeper tables may hold keys of the fragment.
struct RangeTombstoneCutter {
    private let list: RangeTombstoneList?
    private let strata: Strata
    private var index = 0
    /// For each fragment whether deeper tables may hold what it hides.
    private let hidesDeeper: [Bool]
    /// For each tombstone of each fragment the oldest entry that was kept under what is left of it
    /// and that no older tombstone hides; none is ``none``.
    private var oldestHidden: [[UInt64]]
    private static let none = UInt64.max
    /// The first fragment that ends after the last entry.
    private var covering = 0
    /// The end of the last piece, where a fragment was cut and its rest is to come.
    private let cut = OutputBuffer(capacity: 64)
    private var isCut = false
    /// The level below, in key order.
    private let below: [SSTableMetadata]
    private var nextBelow = 0
    /// The first fragment that may reach past the end of the next table below.
    private var reaching = 0
    /// The first fragment whose end was not given yet.
    private var passing = 0
    /// Of the fragments before each, and of all.
    private let sizesBefore: [Int]

    /// - Parameter mayLieDeeper: Whether deeper tables may hold keys from the first up to the second.
    init(
        _ list: RangeTombstoneList?, strata: Strata, below: [SSTableMetadata],
        mayLieDeeper: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
    ) {
        self.list = list
        self.strata = strata
        self.below = below
        hidesDeeper =
            list.map { list in
                (0..<list.count).map { mayLieDeeper(list.lower($0), list.upper($0)) }
            } ?? []
        oldestHidden =
            list.map { list in
                (0..<list.count).map { list.sequences($0).map { _ in Self.none } }
            } ?? []
        var sizesBefore = [0]
        for index in 0..<(list?.count ?? 0) {
            sizesBefore.append(sizesBefore[index] + (list?.storedSizeBytes(ofFragment: index) ?? 0))
        }
        self.sizesBefore = sizesBefore
    }

    /// Bytes of the fragments whose end was given and that no table has yet.
    var waitingSizeBytes: Int { max(0, sizesBefore[passing] - sizesBefore[index]) }

    var isAtEnd: Bool { index >= list?.count ?? 0 }

    /// The next place before `key` where a table may end though no entry lies there: the end of a
    /// fragment, or that of a table below past which a tombstone reaches that began at or before it,
    /// which a table that ends there cuts in two. Nil for no further one.
    mutating func nextEnd(before key: UnsafeRawBufferPointer?) -> [UInt8]? {
        guard let list else { return nil }
        guard passing < list.count else { return nextEndBelow(list, before: key) }
        let end = list.upper(passing)
        if let key, compareKeys(end, key) >= 0 { return nextEndBelow(list, before: key) }
        if let below = nextEndBelow(list, before: end) { return below }
        passing += 1
        return [UInt8](end)
    }

    private mutating func nextEndBelow(
        _ list: RangeTombstoneList, before key: UnsafeRawBufferPointer?
    ) -> [UInt8]? {
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

    /// Takes in an entry that was kept; they come in order.
    mutating func note(_ key: UnsafeRawBufferPointer, _ tag: EntryTag) {
        guard let list else { return }
        while covering < list.count, compareKeys(list.upper(covering), key) <= 0 { covering += 1 }
        guard covering < list.count, compareKeys(list.lower(covering), key) <= 0 else { return }
        let sequences = list.sequences(covering)
        // The oldest that is newer.
        let place = sequences.indices.partitionPoint { sequences[$0] > tag.sequence } - 1
        guard place >= sequences.startIndex else { return }
        let index = place - sequences.startIndex
        oldestHidden[covering][index] = min(oldestHidden[covering][index], tag.sequence)
    }

    /// Whether a table that ends with `lastKey`, or the last one, has to hold a tombstone.
    func hasPart(upTo lastKey: UnsafeRawBufferPointer?) -> Bool {
        guard let list else { return false }
        return (index..<list.count)
            .prefix { place in lastKey.map { compareKeys(lower(list, place), $0) <= 0 } ?? true }
            .contains { !needed(list, $0).isEmpty }
    }

    /// Where what is left of a fragment begins.
    private func lower(_ list: RangeTombstoneList, _ place: Int) -> UnsafeRawBufferPointer {
        place == index && isCut ? cut.bytes : list.lower(place)
    }

    /// Gives a table that ends with `lastKey` its part; nil stands for the last table, which gets
    /// all that is left.
    ///
    /// - Parameter writer: Nil for no table; there is to be no part of one then.
    mutating func write(upTo lastKey: UnsafeRawBufferPointer?, into writer: SSTableWriter?) {
        guard let list else { return }
        while index < list.count {
            let lower = lower(list, index)
            if let lastKey, compareKeys(lower, lastKey) > 0 { return }
            let upper = list.upper(index)
            if let lastKey, compareKeys(upper, lastKey) > 0, !isSuccessor(upper, of: lastKey) {
                let end = OutputBuffer(capacity: lastKey.count + 1)
                end.append(lastKey)
                end.append(UInt8(0))
                writePiece(list, lower: lower, upper: end.bytes, into: writer)
                cut.removeAll()
                cut.append(end.bytes)
                isCut = true
                for place in oldestHidden[index].indices { oldestHidden[index][place] = Self.none }
                return
            }
            writePiece(list, lower: lower, upper: upper, into: writer)
            index += 1
            isCut = false
        }
    }

    private func writePiece(
        _ list: RangeTombstoneList, lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer,
        into writer: SSTableWriter?
    ) {
        let places = needed(list, index)
        if places.isEmpty { return }
        guard let writer else { preconditionFailure("a range tombstone has no table to go to") }
        let sequences = list.sequences(index)
        writer.addRangeTombstones(
            lower: lower, upper: upper,
            newestFirst: places.map { sequences[sequences.startIndex + $0] }[...],
            pins: hidesDeeper[index] ? nil : pins(sequences, index, places))
    }

    /// The snapshots that keep each tombstone of a piece: those that tell it from the next newer
    /// one, and for the newest those that see what it hides.
    private func pins(
        _ sequences: ArraySlice<UInt64>, _ index: Int, _ places: [Int]
    ) -> [ClosedRange<UInt64>] {
        let kept = places.map { strata.stratum(of: sequences[sequences.startIndex + $0]) }
        return kept.indices.map { rank in
            if rank > 0 { return strata.snapshots(from: kept[rank], before: kept[rank - 1]) }
            // What is older in its own stratum was dropped.
            let oldest = strata.stratum(of: oldestHidden[index][places[rank]])
            return strata.snapshots(from: oldest, before: kept[rank])
        }
    }

    /// Which tombstones of a fragment some reader needs in what is left of it, as places among them.
    private func needed(_ list: RangeTombstoneList, _ index: Int) -> [Int] {
        let hidden = oldestHidden[index]
        return hidden.indices.filter {
            hidden[$0] != Self.none || hidesDeeper[index] && $0 + 1 == hidden.count
        }
    }
}
