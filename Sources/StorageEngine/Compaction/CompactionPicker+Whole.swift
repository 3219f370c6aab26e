extension CompactionPicker {
    /// The next of the compactions that take tables of a level into the one below; nil where none of
    /// them is in the level any more.
    ///
    /// Tables that overlap nothing below move, all at once. Of the others, of level 0 a group that
    /// overlap each other or the same table below are merged at a time, of another level as many as
    /// the limit on input allows: what is merged is installed only as a whole, takes its room on the
    /// disk a second time until then, and writers may have to wait for it.
    ///
    /// - Parameter numbers: The tables' numbers. Of level 0, all that were in it once: a newer table may
    ///   stay above what goes down, an older one never.
    func wholeLevelPlan(
        _ layout: LevelLayout, level: Int, of numbers: Set<UInt64>
    ) -> CompactionPlan? {
        let outputLevel =
            level == 0 ? LevelSizes(layout, options: options).baseLevel : level + 1
        let tables = layout.levels[level].filter { numbers.contains($0.number) }
        guard level == 0 else {
            let moved = tables.filter { canMove($0, to: outputLevel, layout) }
            if !moved.isEmpty { return move(moved, from: level, to: outputLevel) }
            if tables.isEmpty { return nil }
            return window(
                tables[...], layout, level: level, excess: .max, limit: requestedInputLimitBytes)
        }
        let groups = groups(of: tables, layout, outputLevel: outputLevel)
        let moved = groups.filter { $0.count == 1 && canMove($0[0], to: outputLevel, layout) }
        if !moved.isEmpty { return move(moved.flatMap { $0 }, from: level, to: outputLevel) }
        return groups.first.map {
            merge(runs(of: $0, in: layout), layout, from: level, to: outputLevel)
        }
    }

    /// The rewrites of every table of the last level that holds what nobody can read any more.
    func garbageRewrites(_ layout: LevelLayout, snapshots: [UInt64]) -> [CompactionPlan] {
        layout.levels[Version.levelCount - 1]
            .filter { $0.freeableCount(snapshots) > 0 }
            .map { rewrite($0) }
    }

    private func groups(
        of tables: [SSTableMetadata], _ layout: LevelLayout, outputLevel: Int
    ) -> [[SSTableMetadata]] {
        let tables = tables.sorted { Version.precedes($0.smallestKey, $1.smallestKey) }
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
