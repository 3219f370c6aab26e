// Unsafe pointers: keys are lent by the merge for one call.

/// Decides, entry by entry in order, which versions a rewrite must keep.
///
/// Snapshots cut time into strata; of each key only the newest version in each stratum can ever be
/// read. A deletion goes where nothing it hides can lie deeper and no snapshot is older than it.
struct VersionFilter {
    /// Rising.
    private let snapshots: [UInt64]
    private let lastKey = OutputBuffer(capacity: 128)
    private var hasLastKey = false
    private var lastStratum = 0

    init(snapshots: [UInt64]) { self.snapshots = snapshots }

    enum Decision: Equatable {
        case drop
        /// `isNewKey` is false for a version that a kept one of the same key precedes.
        case keep(EntryTag, isNewKey: Bool)
    }

    /// - Parameters:
    ///   - isBottom: Whether no older version of any key of this rewrite lies deeper.
    ///   - mayLieDeeper: Asked for deletions alone where `isBottom` is false.
    mutating func decide(
        _ key: UnsafeRawBufferPointer, _ tag: EntryTag, isBottom: Bool,
        mayLieDeeper: (UnsafeRawBufferPointer) -> Bool
    ) -> Decision {
        let stratum = stratum(of: tag.sequence)
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
                return .keep(EntryTag(sequence: 0, kind: .put), isNewKey: !isSameKey)
            }
        }
        return .keep(tag, isNewKey: !isSameKey)
    }

    /// How many snapshots are older than a sequence.
    private func stratum(of sequence: UInt64) -> Int {
        if snapshots.isEmpty { return 0 }
        var low = 0
        var high = snapshots.count
        while low < high {
            let middle = (low + high) / 2
            if snapshots[middle] < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
