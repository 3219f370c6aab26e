extension CompactionPicker {
    /// How many entries may be rewritten for each piece of garbage that goes early: about what a
    /// byte costs on its way down a level anyway.
    private static let entriesPerGarbage = 10
    /// The same of garbage that is scattered over more than a table, of which a scan meets little at a
    /// time: it waits until it is a third of what it lies among.
    private static let entriesPerScatteredGarbage = 2

    /// The compaction of a table of which much is deletions, or that has a long run of them, where
    /// every level is within its size; deletions cost every scan that crosses them.
    ///
    /// In the last level such a table is rewritten without them, for a run alone if that is not a
    /// small part of it. Above it goes down a level, where what it overlaps is small beside its
    /// deletions; whether a snapshot keeps what they hide only the merge finds out. What it leaves
    /// for snapshots is no garbage until their release, so a rewrite at the last level is not done
    /// again before that.
    func garbagePlan(
        _ layout: LevelLayout, _ sizes: LevelSizes, snapshots: [UInt64]
    ) -> CompactionPlan? {
        let last = Version.levelCount - 1
        for table in layout.levels[last] where isDue(table, snapshots) {
            if let plan = worthwhile(rewrite(table), for: table, snapshots) { return plan }
        }
        for level in (1..<last).reversed() {
            for table in layout.levels[level] where isDue(table, snapshots) {
                let plan = descent(of: table, layout, from: level)
                if let plan = worthwhile(plan, for: table, snapshots) { return plan }
            }
        }
        for (index, sublevel) in layout.sublevels.enumerated() {
            for table in sublevel where isDue(table, snapshots) {
                let plan = stackPlan(layout, below: index, seeds: [table], into: sizes.baseLevel)
                if let plan = worthwhile(plan, for: table, snapshots) { return plan }
            }
        }
        return nil
    }

    /// The way of a table a level down: as it is where what its deletions hide lies deeper still.
    private func descent(
        of table: SSTableMetadata, _ layout: LevelLayout, from level: Int
    ) -> CompactionPlan {
        let isNeededBelow = (level + 2..<Version.levelCount).contains {
            !layout.tables(level: $0, overlapping: table.span).isEmpty
        }
        if isNeededBelow, canMove(table, to: level + 1, layout) {
            return move([table], from: level, to: level + 1)
        }
        return merge([[table]], layout, from: level, to: level + 1)
    }

    /// The rewrite of a table of the last level where it stands.
    func rewrite(_ table: SSTableMetadata) -> CompactionPlan {
        let last = Version.levelCount - 1
        return CompactionPlan(level: last, outputLevel: last, inputRuns: [[table]], overlapped: [])
    }

    private func isDue(_ table: SSTableMetadata, _ snapshots: [UInt64]) -> Bool {
        isGarbage(table, snapshots) || hasRun(table, snapshots)
    }

    /// Whether so much of a table's garbage lies together that scans wait for it, be it a small part
    /// of the table. All that is free may lie in the run.
    private func hasRun(_ table: SSTableMetadata, _ snapshots: [UInt64]) -> Bool {
        table.denseGarbageCount >= options.denseGarbageCompactionCount
            && table.freeableCount(snapshots) >= options.denseGarbageCompactionCount
    }

    private func isGarbage(_ table: SSTableMetadata, _ snapshots: [UInt64]) -> Bool {
        guard table.garbageCount > 0 else { return false }
        let freeable = table.freeableCount(snapshots)
        return freeable > 0
            && freeable * 100 >= table.entryCount * options.garbageCompactionPercent
    }

    /// The plan with its reason, or nil for one that costs more than it frees.
    private func worthwhile(
        _ plan: CompactionPlan, for table: SSTableMetadata, _ snapshots: [UInt64]
    ) -> CompactionPlan? {
        guard isWorthwhile(plan, for: table, snapshots) else { return nil }
        var plan = plan
        plan.reason = isGarbage(table, snapshots) ? .garbage : .garbageRun
        return plan
    }

    private func isWorthwhile(
        _ plan: CompactionPlan, for table: SSTableMetadata, _ snapshots: [UInt64]
    ) -> Bool {
        if plan.isMove { return true }
        let garbage = plan.inputs.reduce(0) { $0 + $1.freeableCount(snapshots) }
        let overlapped = plan.overlapped.reduce(0) { $0 + $1.entryCount }
        guard isGarbage(table, snapshots) else {
            // Most of the table itself is no garbage, and is rewritten for the run's sake as well.
            let entries = plan.inputs.reduce(overlapped) { $0 + $1.entryCount }
            return entries - garbage <= garbage * Self.entriesPerGarbage
        }
        // One range tombstone may remove most of what it overlaps, and every cursor asks for it.
        if plan.inputs.contains(where: { $0.rangeDeletionCount > 0 }),
            plan.inputBytes <= inputLimitBytes
        {
            return true
        }
        // One table; it may be somewhat larger than it should be.
        let isInOnePlace = 2 * plan.overlapped.totalBytes <= 3 * options.tableSizeBytes
        let limit = isInOnePlace ? Self.entriesPerGarbage : Self.entriesPerScatteredGarbage
        return overlapped <= garbage * limit
    }
}
