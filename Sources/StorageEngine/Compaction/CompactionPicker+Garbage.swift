extension CompactionPicker {
    /// How many entries may be rewritten for each deletion that goes down early: about what a byte
    /// costs on its way down a level anyway.
    private static let entriesPerDeletion = 10

    /// The compaction of a table that holds little but deletions, where every level is within its
    /// size; deletions cost every scan that crosses them.
    ///
    /// In the last level such a table is rewritten without them. Above it goes down a level, where
    /// what it overlaps is small beside its deletions. While a snapshot needs the versions that they
    /// hide, they could not go, so the table waits for its release.
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
                if isWorthwhile(plan) { return plan }
            }
        }
        for (index, sublevel) in layout.sublevels.enumerated() {
            for table in sublevel where isGarbage(table, snapshots) {
                let plan = stackPlan(layout, below: index, seeds: [table], into: sizes.baseLevel)
                if isWorthwhile(plan) { return plan }
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
        table.garbageCount > 0
            && table.garbageCount * 100 >= table.entryCount * options.garbageCompactionPercent
            && Self.mayDropGarbage(of: table, snapshots)
    }

    /// Whether no snapshot tells any of the table's versions from what came before it.
    ///
    /// Then a rewrite at the last level keeps one version of each key and no deletion, so that it
    /// never has to be done twice.
    static func mayDropGarbage(of table: SSTableMetadata, _ snapshots: [UInt64]) -> Bool {
        guard let oldest = snapshots.first else { return true }
        return table.largestSequence <= oldest
    }

    private func isWorthwhile(_ plan: CompactionPlan) -> Bool {
        // One range tombstone may remove most of what it overlaps, and every cursor asks for it.
        if plan.inputs.contains(where: { $0.rangeDeletionCount > 0 }),
            plan.inputBytes <= inputLimitBytes
        {
            return true
        }
        let deletions = plan.inputs.reduce(0) { $0 + $1.garbageCount }
        let rewritten = plan.overlapped.reduce(0) { $0 + $1.entryCount }
        return rewritten <= deletions * Self.entriesPerDeletion
    }
}
