extension CompactionPicker {
    /// The removal, by an edit of the manifest alone, of the tables of one level that hold nothing
    /// but what range tombstones of newer runs remove.
    ///
    /// A table's own tombstones go with it: what they remove below, the newer ones remove as well,
    /// for the same readers. Where tables that cover each other go at once, something newer than all
    /// of them stays and covers their keys. Source: Pebble's delete-only compactions.
    func dropPlan(_ layout: LevelLayout, snapshots: [UInt64]) -> CompactionPlan? {
        guard let first = layout.rangeTombstoneRuns.first else { return nil }
        let strata = Strata(snapshots: snapshots)
        let runs = layout.runs
        for level in 0..<Version.levelCount {
            let covered = runs.enumerated().filter { $1.level == level && $0 > first.place }
                .map { place, run in
                    let newer = layout.rangeTombstoneRuns.prefix { $0.place < place }
                    return run.tables.filter { table in
                        newer.contains { $0.run.removesAll(of: table, strata) }
                    }
                }
            var plan = CompactionPlan(
                level: level, outputLevel: level, inputRuns: covered, overlapped: [], work: .drop)
            plan.reason = .rangeDeleted
            if !plan.inputRuns.isEmpty { return plan }
        }
        return nil
    }
}
