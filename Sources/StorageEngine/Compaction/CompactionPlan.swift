/// What a compaction reads and where it writes.
struct CompactionPlan: Equatable {
    let level: Int
    /// The level below, the base level for level 0, and the same level for the last one's garbage and
    /// for small neighbours.
    let outputLevel: Int
    /// The tables that go down, as sorted runs.
    let inputRuns: [[SSTableMetadata]]
    /// Tables of the output level that overlap the inputs.
    let overlapped: [SSTableMetadata]
    let work: Work
    /// Why it is done.
    var reason = CompactionReason.levelFull

    init(
        level: Int, outputLevel: Int, inputRuns: [[SSTableMetadata]],
        overlapped: [SSTableMetadata], work: Work = .merge
    ) {
        precondition(work == .merge || overlapped.isEmpty)
        self.level = level
        self.outputLevel = outputLevel
        self.inputRuns = inputRuns.filter { !$0.isEmpty }
        self.overlapped = overlapped
        self.work = work
    }

    /// What is done with the tables that go down.
    enum Work {
        /// They are merged with what they overlap into new tables.
        case merge
        /// They move down as they are: they overlap nothing there.
        case move
        /// They go, unread: range tombstones above them remove all that they hold.
        case drop
    }

    var isMove: Bool { work == .move }

    var inputs: [SSTableMetadata] { Array(inputRuns.joined()) }
    var movedBytes: Int { inputRuns.reduce(0) { $0 + $1.totalBytes } }
    var inputBytes: Int { movedBytes + overlapped.totalBytes }

    /// What is rewritten beside each byte that goes down.
    var overlapRatio: Double { Double(overlapped.totalBytes) / Double(max(movedBytes, 1)) }

    /// The keys of all tables that take part.
    var span: KeySpan? { KeySpan.covering(inputs + overlapped) }
}

extension CompactionInput {
    init(_ plan: CompactionPlan) {
        self.init(
            reason: plan.reason, fromLevel: plan.level, toLevel: plan.outputLevel,
            sortedRunCount: plan.inputRuns.count,
            tableCount: plan.inputs.count + plan.overlapped.count, fromBytes: plan.movedBytes,
            sizeBytes: plan.inputBytes)
    }
}
