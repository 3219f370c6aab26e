extension ReadState {
    /// Whether a reader has to ask for range tombstones at all.
    private var hasRangeTombstones: Bool {
        version.hasRangeTombstones || memtable.hasRangeTombstones
            || waiting.contains { $0.hasRangeTombstones }
    }

    /// What a cursor at `sequence` has to know of range tombstones; nil where there are none.
    ///
    /// Must be made after `sequence` was read: a memtable is asked for all it holds at the call.
    func rangeCoverage(at sequence: UInt64) -> RangeCoverage? {
        guard hasRangeTombstones else { return nil }
        var layers: [RangeCoverage.Layer] = []
        for (place, memtable) in ([memtable] + waiting).enumerated() {
            if let list = memtable.rangeTombstones {
                layers.append(.init(run: RangeTombstoneRun(list), sourceIndex: place))
            }
        }
        for (place, run) in version.layout.rangeTombstoneRuns {
            layers.append(.init(run: run, sourceIndex: 1 + waiting.count + place))
        }
        return layers.isEmpty ? nil : RangeCoverage(layers, limit: sequence)
    }
}
