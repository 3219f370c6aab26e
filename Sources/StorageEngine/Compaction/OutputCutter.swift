// Unsafe pointers: keys are lent by the merge for one call.

/// Tells a rewrite where to end a table and begin the next.
///
/// A table ends at its full size; at the end of a table below, once it is large enough, since tables
/// that end where those below do let later compactions take whole columns and nothing beside them;
/// and where it would overlap too much below, which some later compaction would have to rewrite at
/// once. Sources: LevelDB's `ShouldStopBefore`; RocksDB's "align compaction output file boundaries".
struct OutputCutter {
    /// The level below, in key order.
    let below: [SSTableMetadata]
    private let fullSizeBytes: Int
    private let alignedSizeBytes: Int
    private let overlapLimitBytes: Int
    /// The first table below that ends at or after the last key.
    private var next = 0
    /// What the open table overlaps below, without `next`.
    private var overlapBytes = 0
    private var hasKey = false

    /// - Parameter alignedSizeBytes: The least size of a table that ends where one below does.
    init(
        below: [SSTableMetadata], fullSizeBytes: Int, alignedSizeBytes: Int, overlapLimitBytes: Int
    ) {
        self.below = below
        self.fullSizeBytes = fullSizeBytes
        self.alignedSizeBytes = alignedSizeBytes
        self.overlapLimitBytes = overlapLimitBytes
    }

    /// Ends no table before the last key.
    static let never = OutputCutter(
        below: [], fullSizeBytes: .max, alignedSizeBytes: .max, overlapLimitBytes: .max)

    /// Whether a table of `sizeBytes` ends before `key`, which is greater than all keys so far.
    @inline(__always)
    mutating func cuts(before key: UnsafeRawBufferPointer, sizeBytes: Int) -> Bool {
        let passesEnd = next < below.count && skipTables(before: key)
        hasKey = true
        let cuts =
            sizeBytes >= fullSizeBytes || passesEnd && sizeBytes >= alignedSizeBytes
            || overlapBytes > overlapLimitBytes
        if cuts { overlapBytes = 0 }
        return cuts
    }

    /// Passes the tables below that end before a key; true where there was one.
    private mutating func skipTables(before key: UnsafeRawBufferPointer) -> Bool {
        let start = next
        while next < below.count,
            below[next].largestKey.withUnsafeBytes({ compareKeys($0, key) < 0 })
        {
            if hasKey { overlapBytes += below[next].sizeBytes }
            next += 1
        }
        return next > start && hasKey
    }
}
