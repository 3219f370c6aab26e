extension CompactionPicker {
    /// How many entries may be rewritten for each deletion that goes down early: about what a byte
    /// costs on its way down a level anyway.
    private static let entriesPerDeletion = 10

    /// The compaction of a table that holds little but deletions, where every level is within its
    /// size; deletions cost every scan that crosses them.
    ///
    /// In the last level such a table is rewritten without them. Above it goes down a level, where
    /// what it overlaps is small beside its deletions. What a snapshot keeps is no garbage until its
    /// release: a rewrite at the last level leaves nothing but that, so it is never done twice.
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
        guard mayFree(plan, snapshots) else { return false }
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

    /// Whether a merge drops anything, as far as the tables' sequences tell.
    ///
    /// Where a snapshot lies between a deletion and all that it may hide, both would only be written
    /// again: the deletion waits above until the snapshot is released.
    private func mayFree(_ plan: CompactionPlan, _ snapshots: [UInt64]) -> Bool {
        if plan.overlapped.isEmpty { return true }
        let strata = Strata(snapshots: snapshots)
        return plan.inputs.contains { table in
            if table.pins.count > table.pins.count(for: snapshots) { return true }
            let first = strata.stratum(of: table.smallestSequence)
            return plan.overlapped.contains { strata.stratum(of: $0.largestSequence) >= first }
        }
    }
}
