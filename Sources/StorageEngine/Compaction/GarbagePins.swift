/// Which garbage of a table snapshots kept when it was written.
///
/// Each piece of it stands under a span of snapshots, and is free once none of them is alive. Only
/// numbers are kept: what a rewrite frees has to be known before it reads, or releasing one snapshot
/// would rewrite tables that another pins.
///
/// A deletion that hides several versions stands with the newest of them, so it may count as free
/// before the others are; a table that counts anything as free has something that is.
///
/// Kept in memory alone: no snapshot outlives its process, so nothing is pinned in a table that was
/// there when the database was opened.
struct GarbagePins: Equatable, Sendable {
    private var counts: [ClosedRange<UInt64>: Int] = [:]

    /// - Parameter snapshots: The oldest and the newest of those that keep it.
    mutating func add(_ snapshots: ClosedRange<UInt64>, count: Int = 1) {
        counts[snapshots, default: 0] += count
    }

    /// How many pieces of garbage some snapshot keeps.
    ///
    /// - Parameter alive: The sequences of the snapshots alive, rising.
    func count(for alive: [UInt64]) -> Int {
        counts.reduce(0) { sum, pin in
            let place = alive.indices.partitionPoint { alive[$0] < pin.key.lowerBound }
            return place < alive.count && pin.key.contains(alive[place]) ? sum + pin.value : sum
        }
    }
}
