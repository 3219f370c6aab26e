/// A compaction of every level into the one below it, down to the last, which is then rid of what
/// nobody can read and of many small tables: one plan after another, each made from how the levels
/// are by then.
///
/// What is flushed meanwhile may stay where it is, so there is an end to it.
struct WholeCompaction {
    private enum Stage {
        /// Tables that hold only what was removed go, before anything is rewritten with them; then a
        /// level goes down.
        case drops(before: Int)
        case levelZero(tables: Set<UInt64>)
        case level(Int, end: [UInt8], reached: [UInt8]?)
        case garbage(tables: Set<UInt64>)
        case neighbours
    }

    private let picker: CompactionPicker
    private var stage: Stage? = .drops(before: 0)

    init(picker: CompactionPicker) {
        self.picker = picker
    }

    /// The next plan; nil once there is none. The one before has been carried out; flushes and
    /// compactions of level 0 may have come after it.
    mutating func next(_ layout: LevelLayout, snapshots: [UInt64]) -> CompactionPlan? {
        while let stage {
            if let plan = plan(stage, layout, snapshots) { return plan }
            self.stage = following(stage, layout, snapshots)
        }
        return nil
    }

    private mutating func plan(
        _ stage: Stage, _ layout: LevelLayout, _ snapshots: [UInt64]
    ) -> CompactionPlan? {
        switch stage {
        case .drops: return picker.dropPlan(layout, snapshots: snapshots)
        case .levelZero(let tables): return picker.wholeLevelZeroPlan(layout, of: tables)
        case .level(let level, let end, let reached):
            let plan = picker.wholeLevelPlan(layout, level: level, after: reached, upTo: end)
            if let plan, let last = KeySpan.covering(plan.inputs)?.largest {
                self.stage = .level(level, end: end, reached: last)
            }
            return plan
        case .garbage(let tables):
            return picker.garbageRewrites(layout, snapshots: snapshots)
                .first { tables.contains($0.inputs[0].number) }
        case .neighbours: return picker.neighboursPlan(layout)
        }
    }

    private func following(
        _ stage: Stage, _ layout: LevelLayout, _ snapshots: [UInt64]
    ) -> Stage? {
        switch stage {
        case .drops(before: 0):
            return .levelZero(tables: Set(layout.levels[0].map(\.number)))
        case .drops(let level):
            guard let end = layout.levels[level].last?.largestKey else {
                return below(level, layout, snapshots)
            }
            return .level(level, end: end, reached: nil)
        case .levelZero: return below(0, layout, snapshots)
        case .level(let level, _, _): return below(level, layout, snapshots)
        case .garbage: return .neighbours
        case .neighbours: return nil
        }
    }

    /// What follows once a level has gone down.
    private func below(_ level: Int, _ layout: LevelLayout, _ snapshots: [UInt64]) -> Stage {
        if level + 1 < Version.levelCount - 1 { return .drops(before: level + 1) }
        let rewrites = picker.garbageRewrites(layout, snapshots: snapshots)
        return .garbage(tables: Set(rewrites.flatMap(\.inputs).map(\.number)))
    }
}
