/// The strata into which snapshots cut time: two sequences lie in one where no snapshot tells them
/// apart.
struct Strata {
    /// Rising.
    private let snapshots: [UInt64]

    init(snapshots: [UInt64]) { self.snapshots = snapshots }

    /// How many snapshots are older than a sequence.
    func stratum(of sequence: UInt64) -> Int {
        if snapshots.isEmpty { return 0 }
        var low = 0
        var high = snapshots.count
        while low < high {
            let middle = (low + high) / 2
            if snapshots[middle] < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The last sequence of a stratum.
    func end(of stratum: Int) -> UInt64 {
        stratum < snapshots.count ? snapshots[stratum] : EntryTag.maximumSequence
    }
}
