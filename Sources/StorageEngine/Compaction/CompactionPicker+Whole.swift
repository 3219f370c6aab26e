extension CompactionPicker {
    /// The compactions that take everything in a level into the next: moves for what overlaps
    /// nothing, and one merge for each group of tables that overlap each other or the same table
    /// below.
    ///
    /// They do not touch each other, so each stays right while others are run and while memtables
    /// are flushed.
    func wholeLevelPlans(_ layout: LevelLayout, level: Int) -> [CompactionPlan] {
        let outputLevel =
            level == 0 ? LevelSizes(layout, options: options).baseLevel : level + 1
        var moved: [SSTableMetadata] = []
        var merges: [CompactionPlan] = []
        for group in groups(layout, level: level, outputLevel: outputLevel) {
            if group.count == 1, canMove(group[0], to: outputLevel, layout) {
                moved.append(group[0])
            } else {
                let runs = level == 0 ? runs(of: group, in: layout) : [group]
                merges.append(merge(runs, layout, from: level, to: outputLevel))
            }
        }
        return (moved.isEmpty ? [] : [move(moved, from: level, to: outputLevel)]) + merges
    }

    /// The rewrites of every table of the last level that holds what nobody can read any more.
    func garbageRewrites(_ layout: LevelLayout, snapshots: [UInt64]) -> [CompactionPlan] {
        layout.levels[Version.levelCount - 1]
            .filter { $0.freeableCount(snapshots) > 0 }
            .map { rewrite($0) }
    }

    private func groups(
        _ layout: LevelLayout, level: Int, outputLevel: Int
    ) -> [[SSTableMetadata]] {
        let tables = layout.levels[level].sorted {
            Version.precedes($0.smallestKey, $1.smallestKey)
        }
        var groups: [[SSTableMetadata]] = []
        var reach: KeySpan?
        for table in tables {
            if let last = reach, last.overlaps(table.span) {
                groups[groups.count - 1].append(table)
                reach?.formUnion(table.span)
            } else {
                groups.append([table])
                reach = table.span
            }
            if let span = reach {
                for below in layout.tables(level: outputLevel, overlapping: span) {
                    reach?.formUnion(below.span)
                }
            }
        }
        return groups
    }

    private func runs(of group: [SSTableMetadata], in layout: LevelLayout) -> [[SSTableMetadata]] {
        let numbers = Set(group.map(\.number))
        return layout.sublevels.map { $0.filter { numbers.contains($0.number) } }
    }
}
