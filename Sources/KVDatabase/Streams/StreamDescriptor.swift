internal import Synchronization

/// The stream of a table, ready for records.
final class StreamDescriptor: Sendable {
    /// How long one shard takes records, so that a day's worth can later be removed by ranges.
    static let shardPeriodMilliseconds = 4 * 3600 * 1000

    let number: UInt32
    let viewType: StreamViewType
    /// The creation time, AWS's name for one stream of a table.
    let label: String
    private let latestShard = Atomic<UInt32>(0)

    init?(_ definition: TableDefinition) {
        guard let number = definition.streamNumber,
            let viewType = definition.request.streamSpecification?.streamViewType
        else { return nil }
        self.number = number
        self.viewType = viewType
        label = WallClock.label(epochMilliseconds: definition.creationMilliseconds)
    }

    /// The shard for a record made now: the four-hour period since 1970, but never one before a
    /// shard that has records, since a clock that is set back must not reorder an item's changes.
    func shard(at epochMilliseconds: Int) -> UInt32 {
        let period = UInt32(clamping: epochMilliseconds / Self.shardPeriodMilliseconds)
        return latestShard.max(period, ordering: .relaxed).newValue
    }

    /// Tells of a shard found on the disk.
    func noteShard(_ shard: UInt32) { latestShard.max(shard, ordering: .relaxed) }
}
