/// The strata into which snapshots cut time: two sequences lie in one where no snapshot tells them
/// apart.
struct Strata {
    /// Rising.
    private let snapshots: [UInt64]

    init(snapshots: [UInt64]) { self.snapshots = snapshots }

    /// How many snapshots are older than a sequence.
    func stratum(of sequence: UInt64) -> Int {
        snapshots.indices.partitionPoint { snapshots[$0] < sequence }
    }

    /// The snapshots that tell a stratum from a later one, the oldest and the newest: those that see
    /// what a newer entry of `later` hides.
    func snapshots(from stratum: Int, before later: Int) -> ClosedRange<UInt64> {
        snapshots[stratum]...snapshots[later - 1]
    }

    /// The last sequence of a stratum.
    func end(of stratum: Int) -> UInt64 {
        stratum < snapshots.count ? snapshots[stratum] : EntryTag.maximumSequence
    }
}
