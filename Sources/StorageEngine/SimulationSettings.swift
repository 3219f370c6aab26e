/// What simulation tests set so that a small and slow-motion database takes every path of a large one.
///
/// No application gains by other values, so these are no options: they have no bounds, and SPEC.md
/// tells the defaults as constants.
package struct SimulationSettings: Sendable {
    /// A table's index larger than this is kept in partitions, which the cache holds, and not in
    /// memory.
    package var indexSizeLimitBytes = 512 << 10
    /// Partitions of an index end at about this size.
    package var indexPartitionSizeBytes = 16 << 10
    /// A manifest is rolled into a new one when it is larger than this and than twice its first
    /// edit: where the state itself is large, most edits must not write all of it again.
    package var manifestRollSizeBytes = 4 << 20
    /// Blocks that are smaller have their memory from the system's allocator.
    package var leastPooledBlockBytes = 1 << 10
    /// How long a compaction that failed waits before it is tried again, if nothing asks for one.
    package var compactionRetryPause = Duration.seconds(10)
    /// Whether ``Durability/interval(_:)`` is taken with ``BackgroundWork/inline``, where
    /// ``Engine/endInterval()`` alone ends an interval.
    package var endsIntervalsByCall = false
}
