/// Chooses the next compaction: a pure function of the version, the snapshots and the options.
///
/// Every choice terminates: a plan takes tables a level down, drops them, makes fewer of them, or takes
/// garbage out of the last level for good.
struct CompactionPicker {
    /// A compaction takes further tables in while it reads less than so many tables' sizes.
    private static let inputTableLimit = 4
    /// The same where everything is to be compacted: what lies at the edges of two compactions is
    /// rewritten by both.
    private static let requestedInputTableLimit = 16
    /// How many tables' sizes of the level below its own a table may overlap, so that the compaction
    /// that takes it further down stays small.
    static let overlapTableLimit = 10
    /// How many small tables of level 0 are as much as a sublevel of large ones.
    private static let smallTablesPerSublevel = 4
    /// Level 0 goes first from this score on.
    private static let urgentScore = 2.0

    let options: EngineOptions

    var inputLimitBytes: Int { Self.inputTableLimit * options.tableSizeBytes }
    var requestedInputLimitBytes: Int { Self.requestedInputTableLimit * options.tableSizeBytes }
    var overlapLimitBytes: Int { Self.overlapTableLimit * options.tableSizeBytes }

    /// The most urgent compaction, or nil where there is nothing to do.
    ///
    /// - Parameter snapshots: The sequences of the snapshots alive, rising.
    func pick(_ layout: LevelLayout, snapshots: [UInt64]) -> CompactionPlan? {
        // It costs nothing and leaves less for the others to do.
        if let plan = dropPlan(layout, snapshots: snapshots) { return plan }
        let sizes = LevelSizes(layout, options: options)
        let scores = scores(layout, sizes)
        if scores[0] >= Self.urgentScore { return levelZeroPlan(layout, sizes) }
        guard let level = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[level] >= 1
        else {
            return restPlan(layout, sizes, snapshots)
        }
        return level == 0 ? levelZeroPlan(layout, sizes) : plan(layout, sizes, level: level)
    }

    /// What is worth doing where every level is within its size.
    private func restPlan(
        _ layout: LevelLayout, _ sizes: LevelSizes, _ snapshots: [UInt64]
    ) -> CompactionPlan? {
        garbagePlan(layout, sizes, snapshots: snapshots) ?? neighboursPlan(layout)
    }

    /// How far each level is past its size; 1 is full. The last never is.
    func scores(_ layout: LevelLayout, _ sizes: LevelSizes) -> [Double] {
        (0..<Version.levelCount - 1).map { score(layout, sizes, level: $0) }
    }

    /// How far a level is past its size; 1 is full.
    func score(_ layout: LevelLayout, _ sizes: LevelSizes, level: Int) -> Double {
        let sizeBytes = layout.sizeBytes(level: level)
        if level == 0 {
            // Tables that follow each other make one sublevel, however many there are.
            let fullBytes = options.levelZeroCompactionTrigger * options.memtableSizeBytes
            let fullCount = options.levelZeroCompactionTrigger * Self.smallTablesPerSublevel
            return max(
                Double(layout.sublevels.count) / Double(options.levelZeroCompactionTrigger),
                Double(sizeBytes) / Double(fullBytes),
                Double(layout.levels[0].count(where: isSmall)) / Double(fullCount))
        }
        if sizeBytes == 0 { return 0 }
        let target = sizes.targetBytes[level]
        // A level that should not be there is due whatever its size.
        if target == 0 { return max(1, Double(sizeBytes) / Double(options.levelOneSizeBytes)) }
        return Double(sizeBytes) / Double(target)
    }

    /// The compaction of level 0 where it is due; nil where it is not.
    func dueLevelZeroPlan(_ layout: LevelLayout) -> CompactionPlan? {
        let sizes = LevelSizes(layout, options: options)
        return score(layout, sizes, level: 0) < 1 ? nil : levelZeroPlan(layout, sizes)
    }

    // MARK: Levels from 1

    /// The compaction of a level that is past its size.
    private func plan(_ layout: LevelLayout, _ sizes: LevelSizes, level: Int) -> CompactionPlan? {
        let excess = max(1, layout.sizeBytes(level: level) - sizes.targetBytes[level])
        var moved: [SSTableMetadata] = []
        for table in layout.levels[level] where moved.totalBytes < excess {
            if canMove(table, to: level + 1, layout) { moved.append(table) }
        }
        if !moved.isEmpty { return move(moved, from: level, to: level + 1) }
        // The least is rewritten for each byte that goes down.
        let windows = layout.levels[level].indices.map {
            window(
                layout.levels[level][$0...], layout, level: level, excess: excess,
                limit: inputLimitBytes)
        }
        guard let best = windows.min(by: { $0.overlapRatio < $1.overlapRatio }) else { return nil }
        return expanded(best, layout)
    }

    /// The compaction of the first of some tables of a level from 1 and of those after it, as many
    /// as the excess and the limit on input ask for.
    func window(
        _ tables: ArraySlice<SSTableMetadata>, _ layout: LevelLayout, level: Int, excess: Int,
        limit: Int
    ) -> CompactionPlan {
        var count = 1
        var plan = merge([Array(tables.prefix(count))], layout, from: level, to: level + 1)
        while count < tables.count, plan.movedBytes < excess {
            let larger = merge(
                [Array(tables.prefix(count + 1))], layout, from: level, to: level + 1)
            guard larger.inputBytes <= limit else { break }
            plan = larger
            count += 1
        }
        return plan
    }

    /// Takes in what can go down too without one more table of the level below being rewritten.
    private func expanded(_ plan: CompactionPlan, _ layout: LevelLayout) -> CompactionPlan {
        guard let span = plan.span else { return plan }
        let inputs = Array(layout.tables(level: plan.level, overlapping: span))
        let larger = merge([inputs], layout, from: plan.level, to: plan.outputLevel)
        let isWorthwhile =
            larger.overlapped.count == plan.overlapped.count
            && larger.inputBytes <= inputLimitBytes
        return isWorthwhile ? larger : plan
    }

    // MARK: Plans

    /// Whether a table overlaps nothing in a level and little enough in the one below it.
    func canMove(_ table: SSTableMetadata, to level: Int, _ layout: LevelLayout) -> Bool {
        guard layout.tables(level: level, overlapping: table.span).isEmpty else { return false }
        guard level + 1 < Version.levelCount else { return true }
        return layout.tables(level: level + 1, overlapping: table.span).totalBytes
            <= overlapLimitBytes
    }

    func move(_ tables: [SSTableMetadata], from level: Int, to outputLevel: Int) -> CompactionPlan {
        CompactionPlan(
            level: level, outputLevel: outputLevel, inputRuns: [tables], overlapped: [],
            work: .move)
    }

    /// The compaction that merges runs into what they overlap.
    func merge(
        _ runs: [[SSTableMetadata]], _ layout: LevelLayout, from level: Int, to outputLevel: Int
    ) -> CompactionPlan {
        let overlapped = KeySpan.covering(runs.joined()).map {
            Array(layout.tables(level: outputLevel, overlapping: $0))
        }
        return CompactionPlan(
            level: level, outputLevel: outputLevel, inputRuns: runs, overlapped: overlapped ?? [])
    }
}

extension CompactionPicker {
    /// How many times smaller than a full table one may be that a flush ends where a table of the
    /// first level below ends: level 0 is then compacted in narrow columns, but not in crumbs.
    private static let flushAlignmentDivisor = 8

    /// Whether a table is smaller than any that a flush ends where it does not have to.
    private func isSmall(_ table: SSTableMetadata) -> Bool {
        table.sizeBytes < options.tableSizeBytes / Self.flushAlignmentDivisor
    }

    /// Where a flush ends its tables.
    func flushCutter(_ layout: LevelLayout) -> OutputCutter {
        let below = layout.levels.dropFirst().first { !$0.isEmpty }
        return OutputCutter(
            below: below ?? [], fullSizeBytes: options.tableSizeBytes,
            alignedSizeBytes: options.tableSizeBytes / Self.flushAlignmentDivisor,
            overlapLimitBytes: overlapLimitBytes)
    }

    /// Where a compaction ends its tables.
    func cutter(_ layout: LevelLayout, _ plan: CompactionPlan) -> OutputCutter {
        // Small neighbours become one table. A table ends by what it takes before it is compressed, so
        // they could be cut as they were, and be merged again for ever.
        if plan.level == plan.outputLevel, plan.inputs.count > 1 { return .never }
        let below = plan.outputLevel + 1
        return OutputCutter(
            below: below < Version.levelCount ? layout.levels[below] : [],
            fullSizeBytes: options.tableSizeBytes, alignedSizeBytes: options.tableSizeBytes / 2,
            overlapLimitBytes: overlapLimitBytes)
    }
}
