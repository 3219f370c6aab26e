extension CompactionPicker {
    /// How many tables beside each other are worth a merge of their own.
    private static let neighbourCount = 8

    /// The merge, where they stand, of tables beside each other in one level that are together no
    /// larger than half of one; nil where there are none.
    ///
    /// What overlaps nothing moves down as it is, however small, and every table has its file open: a
    /// process that opens a database, writes something new and ends would leave one table each time.
    /// What full memtables leave is mostly larger, and is not written again. No table is taken that is larger
    /// than the others together, so an entry is rewritten once each time its table doubles; the
    /// tables of a level are then few beside its bytes. Source: the tiers of size-tiered compaction,
    /// within a level.
    func neighboursPlan(_ layout: LevelLayout) -> CompactionPlan? {
        for level in (1..<Version.levelCount).reversed() {
            let tables = layout.levels[level]
            var end = 0
            var sizeBytes = 0
            for start in tables.indices {
                while end < tables.count,
                    end == start || sizeBytes + tables[end].sizeBytes <= options.tableSizeBytes / 2
                {
                    sizeBytes += tables[end].sizeBytes
                    end += 1
                }
                if let run = neighbours(tables[start..<end], layout, level: level) {
                    var plan = CompactionPlan(
                        level: level, outputLevel: level, inputRuns: [Array(run)], overlapped: [])
                    plan.reason = .smallTables
                    return plan
                }
                sizeBytes -= tables[start].sizeBytes
            }
        }
        return nil
    }

    /// Of tables beside each other the first that are worth merging; nil where too few are. What
    /// lies behind a large one is left to the run that begins there.
    private func neighbours(
        _ tables: ArraySlice<SSTableMetadata>, _ layout: LevelLayout, level: Int
    ) -> ArraySlice<SSTableMetadata>? {
        var run = tables
        while run.count >= Self.neighbourCount {
            guard let largest = run.indices.max(by: { run[$0].sizeBytes < run[$1].sizeBytes })
            else { return nil }
            if 2 * run[largest].sizeBytes > run.totalBytes {
                run = run[..<largest]
            } else if overlapsTooMuch(run, layout, below: level) {
                // It would be cut again.
                run.removeLast()
            } else {
                return run
            }
        }
        return nil
    }

    private func overlapsTooMuch(
        _ run: ArraySlice<SSTableMetadata>, _ layout: LevelLayout, below level: Int
    ) -> Bool {
        guard level + 1 < Version.levelCount, let span = KeySpan.covering(run) else { return false }
        return layout.tables(level: level + 1, overlapping: span).totalBytes > overlapLimitBytes
    }
}
