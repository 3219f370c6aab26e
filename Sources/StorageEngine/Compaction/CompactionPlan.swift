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

    /// About how many bytes there will be of all that is read: what nobody can read goes, and a deletion
    /// takes an entry of the output level along. A range deletion may take all of them.
    ///
    /// - Parameter snapshots: The sequences of the snapshots alive, rising.
    func remainingBytes(_ snapshots: [UInt64]) -> Int {
        if inputs.contains(where: { $0.rangeDeletionCount > 0 }) { return 0 }
        let garbage = inputs.reduce(0) { $0 + $1.freeableCount(snapshots) }
        let entries = inputs.reduce(0) { $0 + $1.entryCount }
        let hidden = inputs.reduce(0) { $0 + $1.deletionCount }
        let overlappedEntries = overlapped.reduce(0) { $0 + $1.entryCount }
        return Self.part(movedBytes, without: garbage, of: entries)
            + Self.part(overlapped.totalBytes, without: hidden, of: overlappedEntries)
    }

    private static func part(_ bytes: Int, without gone: Int, of count: Int) -> Int {
        Int(Double(bytes) * max(0, 1 - Double(gone) / Double(max(count, 1))))
    }

    /// What is rewritten beside each byte that goes down.
    var overlapRatio: Double { Double(overlapped.totalBytes) / Double(max(movedBytes, 1)) }

    /// The keys of all tables that take part.
    var span: KeySpan? { KeySpan.covering(inputs + overlapped) }
}

extension CompactionInput {
    init(_ plan: CompactionPlan) {
        self.init(
            reason: plan.reason, fromLevel: plan.level, toLevel: plan.outputLevel,
            tableCount: plan.inputs.count + plan.overlapped.count, fromBytes: plan.movedBytes,
            sizeBytes: plan.inputBytes)
    }
}
