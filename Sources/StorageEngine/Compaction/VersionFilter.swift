// Unsafe pointers: keys are lent by the merge for one call.

/// Decides, entry by entry in order, which versions a rewrite must keep.
///
/// Snapshots cut time into strata; of each key only the newest version in each stratum can ever be
/// read, and that only where no range tombstone of the stratum is newer. A deletion goes where
/// nothing it hides can lie deeper and no snapshot is older than it.
struct VersionFilter {
    private let strata: Strata
    /// Those of all tables that are rewritten.
    private let tombstones: RangeTombstoneList?
    /// The first fragment that ends after the last key.
    private var fragment = 0
    private let lastKey = OutputBuffer(capacity: 128)
    private var hasLastKey = false
    private var lastStratum = 0

    /// - Parameter snapshots: Rising.
    init(snapshots: [UInt64], tombstones: RangeTombstoneList? = nil) {
        strata = Strata(snapshots: snapshots)
        self.tombstones = tombstones
    }

    enum Decision: Equatable {
        case drop
        /// `isNewKey` is false for a version that a kept one of the same key precedes; `isHidden` is
        /// true for that and for one that a range tombstone removes from all but snapshots.
        case keep(EntryTag, isNewKey: Bool, isHidden: Bool)
    }

    /// - Parameters:
    ///   - isBottom: Whether no older version of any key of this rewrite lies deeper.
    ///   - mayLieDeeper: Asked for deletions alone where `isBottom` is false.
    mutating func decide(
        _ key: UnsafeRawBufferPointer, _ tag: EntryTag, isBottom: Bool,
        mayLieDeeper: (UnsafeRawBufferPointer) -> Bool
    ) -> Decision {
        let stratum = strata.stratum(of: tag.sequence)
        var isHidden = false
        if let tombstones, moveToFragment(of: tombstones, over: key) {
            let newest = tombstones.newestSequence(
                ofFragment: fragment, atMost: strata.end(of: stratum))
            // Its own stratum's tombstone removes an entry for every reader.
            if tag.sequence < newest { return .drop }
            isHidden = tag.sequence < tombstones.newestSequence(ofFragment: fragment)
        }
        let isSameKey = hasLastKey && compareKeys(lastKey.bytes, key) == 0
        if isSameKey, stratum == lastStratum { return .drop }
        if !isSameKey {
            lastKey.removeAll()
            lastKey.append(key)
            hasLastKey = true
        }
        lastStratum = stratum
        // In the oldest stratum every older version was, or will be, dropped above. So a key whose
        // first version is dropped has none that is kept.
        if stratum == 0 {
            if !tag.isPut, isBottom || !mayLieDeeper(key) { return .drop }
            // Sequence 0 takes one byte where the real one takes up to nine.
            if tag.isPut, isBottom {
                return .keep(
                    EntryTag(sequence: 0, kind: .put), isNewKey: !isSameKey,
                    isHidden: isHidden || isSameKey)
            }
        }
        return .keep(tag, isNewKey: !isSameKey, isHidden: isHidden || isSameKey)
    }

    /// Moves on to the fragment that covers a key, if one does. Keys come in order.
    private mutating func moveToFragment(
        of tombstones: RangeTombstoneList, over key: UnsafeRawBufferPointer
    ) -> Bool {
        while fragment < tombstones.count, compareKeys(tombstones.upper(fragment), key) <= 0 {
            fragment += 1
        }
        return fragment < tombstones.count && compareKeys(tombstones.lower(fragment), key) <= 0
    }

    /// The range tombstones that the rewrite keeps; nil for none.
    ///
    /// As of the versions of a key, the newest in each stratum is enough, and one in the oldest
    /// goes where nothing it hides can lie deeper. At the bottom that has to be so without a
    /// look: puts get sequence 0 there, which a tombstone that stayed would be newer than.
    ///
    /// - Parameter mayLieDeeper: Whether deeper tables may hold keys of `[lower, upper)`.
    func keptTombstones(
        isBottom: Bool,
        mayLieDeeper: (_ lower: UnsafeRawBufferPointer, _ upper: UnsafeRawBufferPointer) -> Bool
    ) -> RangeTombstoneList? {
        guard let tombstones else { return nil }
        var kept = RangeTombstoneList.Builder()
        for index in 0..<tombstones.count {
            let (lower, upper) = (tombstones.lower(index), tombstones.upper(index))
            var sequences: [UInt64] = []
            var lastStratum: Int?
            for sequence in tombstones.sequences(index) {
                let stratum = strata.stratum(of: sequence)
                if stratum == lastStratum { continue }
                lastStratum = stratum
                if stratum == 0, isBottom || !mayLieDeeper(lower, upper) { continue }
                sequences.append(sequence)
            }
            if !sequences.isEmpty {
                kept.append(lower: lower, upper: upper, newestFirst: sequences[...])
            }
        }
        return kept.finish()
    }
}
