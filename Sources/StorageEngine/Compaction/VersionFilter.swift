// Unsafe pointers: keys are lent by the merge for one call.

/// Decides, entry by entry in order, which versions a rewrite must keep.
///
/// Snapshots cut time into strata; of each key only the newest version in each stratum can ever be
/// read, and that only where no range tombstone of the stratum is newer. A deletion goes where it
/// hides nothing: nothing can lie deeper, and no older version is kept for a snapshot. Whether one
/// is turns out with the entries that follow, so until then the deletion is held back.
struct VersionFilter {
    let strata: Strata
    /// Those of all tables that are rewritten.
    private let tombstones: RangeTombstoneList?
    /// The first fragment that ends after the last key.
    private var fragment = 0
    private let lastKey = OutputBuffer(capacity: 128)
    private var hasLastKey = false
    private var lastStratum = 0
    /// A deletion of the last key, in a stratum above the oldest, that hides nothing so far.
    private var heldDeletion: KeptEntry?
    /// The next stratum in which something hides it.
    private var heldHidingStratum: Int?

    /// - Parameter snapshots: Rising.
    init(snapshots: [UInt64], tombstones: RangeTombstoneList? = nil) {
        strata = Strata(snapshots: snapshots)
        self.tombstones = tombstones
    }

    struct KeptEntry: Equatable {
        var tag: EntryTag
        /// False for a version that a kept one of the same key precedes.
        var isNewKey: Bool
        /// The snapshots whose release frees it; nil for a put that readers of now see, and for a
        /// newest deletion that may hide something deeper.
        var pin: ClosedRange<UInt64>?
    }

    enum Decision: Equatable {
        case drop
        /// An entry whose `pin` is not nil may have a deletion before it: ``takeHeldDeletion()``.
        case keep(KeptEntry)
    }

    /// - Parameters:
    ///   - isBottom: Whether no older version of any key of this rewrite lies deeper.
    ///   - mayLieDeeper: Asked for deletions alone where `isBottom` is false.
    mutating func decide(
        _ key: UnsafeRawBufferPointer, _ tag: EntryTag, isBottom: Bool,
        mayLieDeeper: (UnsafeRawBufferPointer) -> Bool
    ) -> Decision {
        let stratum = strata.stratum(of: tag.sequence)
        // The next stratum in which something hides the entry.
        var hidingStratum: Int?
        if let tombstones, moveToFragment(of: tombstones, over: key) {
            let end = strata.end(of: stratum)
            let newest = tombstones.newestSequence(ofFragment: fragment, atMost: end)
            // Its own stratum's tombstone removes an entry for every reader.
            if tag.sequence < newest { return .drop }
            hidingStratum = tombstones.sequences(fragment).last { $0 > end }
                .map { strata.stratum(of: $0) }
        }
        let isSameKey = hasLastKey && compareKeys(lastKey.bytes, key) == 0
        if isSameKey {
            if stratum == lastStratum { return .drop }
            // A deletion takes the place of one that is held, and is hidden by what hides that.
            let replacesHeld = heldDeletion != nil && !tag.isPut
            if let newer = replacesHeld ? heldHidingStratum : lastStratum {
                hidingStratum = min(newer, hidingStratum ?? newer)
            }
        } else {
            lastKey.removeAll()
            lastKey.append(key)
            hasLastKey = true
            heldDeletion = nil
        }
        lastStratum = stratum
        var entry = KeptEntry(
            tag: tag, isNewKey: !isSameKey,
            pin: hidingStratum.map { strata.snapshots(from: stratum, before: $0) })
        if !tag.isPut, isBottom || !mayLieDeeper(key) {
            // In the oldest stratum every older version was, or will be, dropped above. In a later
            // one the next version may be kept; another deletion hides the same as both.
            if stratum > 0 {
                entry.isNewKey = heldDeletion?.isNewKey ?? entry.isNewKey
                heldDeletion = entry
                heldHidingStratum = hidingStratum
            }
            return .drop
        }
        if var deletion = heldDeletion {
            entry.isNewKey = false
            // It goes with what it hides, if not before.
            if deletion.pin == nil { deletion.pin = entry.pin }
            heldDeletion = deletion
        }
        // Sequence 0 takes one byte where the real one takes up to nine.
        if stratum == 0, tag.isPut, isBottom { entry.tag = EntryTag(sequence: 0, kind: .put) }
        return .keep(entry)
    }

    /// The deletion of the same key that goes before the entry decided last; nil for none.
    mutating func takeHeldDeletion() -> KeptEntry? {
        defer { heldDeletion = nil }
        return heldDeletion
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

    /// The range tombstones that the rewrite keeps where they hide anything; nil for none.
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
