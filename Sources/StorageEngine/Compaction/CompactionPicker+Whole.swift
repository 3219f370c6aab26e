extension CompactionPicker {
    /// The next of the compactions that take level 0 into the base level; nil where none of the tables
    /// is there any more.
    ///
    /// Tables that overlap nothing move, all at once; of the others a group that overlap each other or
    /// the same table below are merged.
    ///
    /// - Parameter numbers: Those of all tables that were in it once: a newer one may stay above what
    ///   goes down, an older one never.
    func wholeLevelZeroPlan(_ layout: LevelLayout, of numbers: Set<UInt64>) -> CompactionPlan? {
        let base = LevelSizes(layout, options: options).baseLevel
        let tables = layout.levels[0].filter { numbers.contains($0.number) }
        let groups = groups(of: tables, layout, outputLevel: base)
        let moved = groups.filter { $0.count == 1 && canMove($0[0], to: base, layout) }
        if !moved.isEmpty { return move(moved.flatMap { $0 }, from: 0, to: base) }
        return groups.first.map { merge(runs(of: $0, in: layout), layout, from: 0, to: base) }
    }

    /// The next of the compactions that take a level from 1 on into the one below, in key order; nil
    /// where there is nothing left.
    ///
    /// Tables that overlap nothing move; others are merged, as many as the limit on input allows: what
    /// is merged is installed only as a whole, takes its room on the disk a second time until then, and
    /// writers may have to wait for it.
    ///
    /// - Parameters:
    ///   - reached: The last key of what went down; nil at first. By keys and not by tables: what comes
    ///     into the level meanwhile makes other tables of those that are there.
    ///   - end: The last key of all that is to go down.
    func wholeLevelPlan(
        _ layout: LevelLayout, level: Int, after reached: [UInt8]?, upTo end: [UInt8]
    ) -> CompactionPlan? {
        if let reached, !Version.precedes(reached, end) { return nil }
        let tables = layout.levels[level].filter { table in
            !Version.precedes(end, table.smallestKey)
                && reached.map { Version.precedes($0, table.largestKey) } ?? true
        }
        if tables.isEmpty { return nil }
        let moved = Array(tables.prefix { canMove($0, to: level + 1, layout) })
        if !moved.isEmpty { return move(moved, from: level, to: level + 1) }
        let merged = tables.prefix { !canMove($0, to: level + 1, layout) }
        return window(
            merged, layout, level: level, excess: .max, limit: requestedInputLimitBytes)
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
