extension CompactionPicker {
    /// The compaction of level 0 into the base level.
    ///
    /// Tables of the oldest sublevel that overlap nothing in the base level move there. Else the
    /// deepest stacks of tables are merged down, those first beside which the base level rewrites
    /// least. Newer tables may stay above what goes down, older ones never.
    func levelZeroPlan(_ layout: LevelLayout, _ sizes: LevelSizes) -> CompactionPlan? {
        guard let oldest = layout.sublevels.first, let newest = layout.sublevels.last else {
            return nil
        }
        let base = sizes.baseLevel
        let moved = oldest.filter { canMove($0, to: base, layout) }
        if !moved.isEmpty { return move(moved, from: 0, to: base) }
        let plans = newest.indices.map { ($0, stackPlan(layout, seeds: $0..<$0 + 1, into: base)) }
        guard let best = plans.min(by: { $0.1.overlapRatio < $1.1.overlapRatio }) else {
            return nil
        }
        let grown = grow(best.1, seed: best.0, layout, into: base)
        // What lies within the keys that are rewritten anyway goes along.
        guard let span = grown.span else { return grown }
        let larger = merge(stack(layout.sublevels, over: span), layout, from: 0, to: base)
        let isWorthwhile =
            larger.overlapped.count == grown.overlapped.count
            && larger.inputBytes <= inputLimitBytes
        return isWorthwhile ? larger : grown
    }

    /// Takes in the stacks beside the first, while the limit on input allows.
    private func grow(
        _ plan: CompactionPlan, seed: Int, _ layout: LevelLayout, into base: Int
    ) -> CompactionPlan {
        var plan = plan
        var seeds = seed..<seed + 1
        let count = layout.sublevels[layout.sublevels.count - 1].count
        func take(_ wider: Range<Int>) -> Bool {
            guard wider.lowerBound >= 0, wider.upperBound <= count else { return false }
            let larger = stackPlan(layout, seeds: wider, into: base)
            guard larger.inputBytes <= inputLimitBytes else { return false }
            seeds = wider
            plan = larger
            return true
        }
        while take(seeds.lowerBound..<seeds.upperBound + 1) {}
        while take(seeds.lowerBound - 1..<seeds.upperBound) {}
        return plan
    }

    /// The merge of tables of the newest sublevel and of all below them.
    private func stackPlan(
        _ layout: LevelLayout, seeds: Range<Int>, into base: Int
    ) -> CompactionPlan {
        let newest = layout.sublevels.count - 1
        let seeds = Array(layout.sublevels[newest][seeds])
        return stackPlan(layout, below: newest, seeds: seeds, into: base)
    }

    /// The merge of tables of one sublevel and of all older ones that they, or those in turn,
    /// overlap.
    func stackPlan(
        _ layout: LevelLayout, below sublevel: Int, seeds: [SSTableMetadata], into base: Int
    ) -> CompactionPlan {
        guard let span = KeySpan.covering(seeds) else { preconditionFailure("a stack has a seed") }
        let older = Array(layout.sublevels[..<sublevel])
        return merge([seeds] + stack(older, over: span), layout, from: 0, to: base)
    }

    /// The tables of sublevels that meet a span, from the newest down, the span widening by what is
    /// taken: so no older table that overlaps a taken one is left.
    private func stack(
        _ sublevels: [[SSTableMetadata]], over span: KeySpan
    ) -> [[SSTableMetadata]] {
        var span = span
        var runs: [[SSTableMetadata]] = []
        for sublevel in sublevels.reversed() {
            let run = Array(sublevel.overlapping(span))
            for table in run { span.formUnion(table.span) }
            runs.append(run)
        }
        return runs
    }
}
