extension CompactionPicker {
    /// How many entries may be rewritten for each deletion that goes down early: about what a byte
    /// costs on its way down a level anyway.
    private static let entriesPerDeletion = 10

    /// The compaction of a table that holds little but deletions, where every level is within its
    /// size; deletions cost every scan that crosses them.
    ///
    /// In the last level such a table is rewritten without them. Above it goes down a level, where
    /// what it overlaps is small beside its deletions; whether a snapshot keeps what they hide only
    /// the merge finds out. What it leaves for snapshots is no garbage until their release, so a
    /// rewrite at the last level is not done again before that.
    func garbagePlan(
        _ layout: LevelLayout, _ sizes: LevelSizes, snapshots: [UInt64]
    ) -> CompactionPlan? {
        let last = Version.levelCount - 1
        if let table = layout.levels[last].first(where: { isGarbage($0, snapshots) }) {
            return rewrite(table)
        }
        for level in (1..<last).reversed() {
            for table in layout.levels[level] where isGarbage(table, snapshots) {
                let plan = merge([[table]], layout, from: level, to: level + 1)
                if isWorthwhile(plan, snapshots) { return plan }
            }
        }
        for (index, sublevel) in layout.sublevels.enumerated() {
            for table in sublevel where isGarbage(table, snapshots) {
                let plan = stackPlan(layout, below: index, seeds: [table], into: sizes.baseLevel)
                if isWorthwhile(plan, snapshots) { return plan }
            }
        }
        return nil
    }

    /// The rewrite of a table of the last level where it stands.
    func rewrite(_ table: SSTableMetadata) -> CompactionPlan {
        let last = Version.levelCount - 1
        return CompactionPlan(level: last, outputLevel: last, inputRuns: [[table]], overlapped: [])
    }

    private func isGarbage(_ table: SSTableMetadata, _ snapshots: [UInt64]) -> Bool {
        guard table.garbageCount > 0 else { return false }
        let freeable = table.freeableCount(snapshots)
        return freeable > 0
            && freeable * 100 >= table.entryCount * options.garbageCompactionPercent
    }

    private func isWorthwhile(_ plan: CompactionPlan, _ snapshots: [UInt64]) -> Bool {
        // One range tombstone may remove most of what it overlaps, and every cursor asks for it.
        if plan.inputs.contains(where: { $0.rangeDeletionCount > 0 }),
            plan.inputBytes <= inputLimitBytes
        {
            return true
        }
        let deletions = plan.inputs.reduce(0) { $0 + $1.freeableCount(snapshots) }
        let rewritten = plan.overlapped.reduce(0) { $0 + $1.entryCount }
        return rewritten <= deletions * Self.entriesPerDeletion
    }
}
