/// What a compaction reads and where it writes.
struct CompactionPlan {
    let level: Int
    let inputs: [SSTable]
    /// Tables of the next level that overlap the inputs.
    let overlapped: [SSTable]

    var outputLevel: Int { level + 1 }

    /// A table that overlaps nothing moves down without being rewritten.
    var isTrivialMove: Bool { inputs.count == 1 && overlapped.isEmpty }

    var inputBytes: Int {
        (inputs + overlapped).reduce(0) { $0 + $1.metadata.sizeBytes }
    }
}

/// Chooses the next compaction: a pure function of the version and the options.
struct CompactionPicker {
    let options: EngineOptions

    /// The most urgent compaction, or nil where every level is within its size.
    func pick(_ version: Version) -> CompactionPlan? {
        var best: (level: Int, score: Double)?
        for level in 0..<Version.levelCount - 1 {
            let score = score(version, level: level)
            if score >= 1, score > best?.score ?? 0 { best = (level, score) }
        }
        guard let best else { return nil }
        return plan(version, level: best.level)
    }

    /// How far a level is past its size; 1 is full.
    func score(_ version: Version, level: Int) -> Double {
        if level == 0 {
            return Double(version.levels[0].count) / Double(options.levelZeroCompactionTrigger)
        }
        return Double(version.sizeBytes(level: level)) / Double(targetBytes(level: level))
    }

    private func targetBytes(level: Int) -> Int {
        var target = options.levelOneSizeBytes
        for _ in 1..<level {
            let (product, overflow) = target.multipliedReportingOverflow(
                by: options.levelSizeMultiplier)
            if overflow { return .max }
            target = product
        }
        return target
    }

    /// The compaction of a level that is known to need one.
    func plan(_ version: Version, level: Int) -> CompactionPlan? {
        if level == 0 { return plan(version, level: 0, inputs: version.levels[0]) }
        let candidates = version.levels[level].map { plan(version, level: level, inputs: [$0]) }
        // The least is rewritten for each byte that moves down.
        return candidates.compactMap { $0 }.min { overlapRatio($0) < overlapRatio($1) }
    }

    /// The compaction of given tables into the next level.
    func plan(_ version: Version, level: Int, inputs: [SSTable]) -> CompactionPlan? {
        guard let first = inputs.first else { return nil }
        var smallest = first.metadata.smallestKey
        var largest = first.metadata.largestKey
        for table in inputs {
            if Version.precedes(table.metadata.smallestKey, smallest) {
                smallest = table.metadata.smallestKey
            }
            if Version.precedes(largest, table.metadata.largestKey) {
                largest = table.metadata.largestKey
            }
        }
        return CompactionPlan(
            level: level, inputs: inputs,
            overlapped: version.tables(level: level + 1, overlapping: smallest, largest))
    }

    private func overlapRatio(_ plan: CompactionPlan) -> Double {
        let moved = plan.inputs.reduce(0) { $0 + $1.metadata.sizeBytes }
        let rewritten = plan.overlapped.reduce(0) { $0 + $1.metadata.sizeBytes }
        return Double(rewritten) / Double(max(moved, 1))
    }
}
