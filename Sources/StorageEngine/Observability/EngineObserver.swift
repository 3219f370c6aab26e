internal import Synchronization

/// What an engine counts while it runs, and where its events go.
///
/// One object for an engine, handed to whatever has something to tell. Counts are raised once a
/// flush, compaction, commit group or file operation; only the filters' are raised by point reads,
/// and those are striped.
final class EngineObserver: Sendable {
    let levels = (0..<Version.levelCount).map { _ in LevelCounters() }
    let commits = CommitCounters()
    let filters = FilterCounters()
    /// Writers that stopped.
    let stops = StallCounters()
    /// Writers that were delayed.
    let slowdowns = StallCounters()
    let flushCount = Atomic<UInt64>(0)
    let corruptionCount = Atomic<UInt64>(0)
    let slowDiskCount = Atomic<UInt64>(0)
    private let files = FileKind.allCases.map { _ in FileCounters() }
    private let onEvent: (@Sendable (EngineEvent) -> Void)?
    private let streams = EventStreams()

    init(onEvent: (@Sendable (EngineEvent) -> Void)?) { self.onEvent = onEvent }

    func files(_ kind: FileKind) -> FileCounters { files[kind.rawValue] }

    // MARK: Events

    func report(_ event: EngineEvent) {
        switch event {
        case .corruption: corruptionCount.add(1, ordering: .relaxed)
        case .diskSlow: slowDiskCount.add(1, ordering: .relaxed)
        default: break
        }
        onEvent?(event)
        streams.yield(event)
    }

    func makeStream(bufferedCount: Int) -> AsyncStream<EngineEvent> {
        streams.make(bufferedCount: bufferedCount)
    }

    /// Ends the streams; nothing is reported after.
    func finish() { streams.finish() }

    // MARK: Work

    func flushed(_ tables: [SSTableMetadata], duration: Duration) {
        let summary = FlushSummary(
            tables: tables.map(\.number), sizeBytes: tables.totalBytes,
            entryCount: tables.reduce(0) { $0 + $1.entryCount }, duration: duration)
        flushCount.add(1, ordering: .relaxed)
        levels[0].bytesIn.add(summary.sizeBytes, ordering: .relaxed)
        levels[0].bytesWritten.add(summary.sizeBytes, ordering: .relaxed)
        report(.flushEnded(summary))
    }

    func compacted(_ input: CompactionInput, into tables: [SSTableMetadata], duration: Duration) {
        let summary = CompactionSummary(
            input: input, outputTableCount: tables.count,
            outputBytes: tables.totalBytes, duration: duration)
        let level = levels[input.toLevel]
        level.compactionCount.add(1, ordering: .relaxed)
        // The last level is rewritten in place where it holds much that nobody can read.
        if input.fromLevel != input.toLevel {
            level.bytesIn.add(input.fromBytes, ordering: .relaxed)
        }
        level.bytesRead.add(input.sizeBytes, ordering: .relaxed)
        level.bytesWritten.add(summary.outputBytes, ordering: .relaxed)
        report(.compactionEnded(summary))
    }

    func moved(_ table: SSTableMetadata, from fromLevel: Int, to toLevel: Int) {
        let level = levels[toLevel]
        level.bytesIn.add(table.sizeBytes, ordering: .relaxed)
        level.movedTableCount.add(1, ordering: .relaxed)
        report(
            .moved(
                table: table.number, sizeBytes: table.sizeBytes, fromLevel: fromLevel,
                toLevel: toLevel))
    }

    func dropped(_ table: SSTableMetadata, from level: Int) {
        levels[level].droppedTableCount.add(1, ordering: .relaxed)
        report(.dropped(table: table.number, sizeBytes: table.sizeBytes, level: level))
    }

    /// Runs the wait of a writer that stops, and counts it.
    func stall(_ reason: String, _ wait: () -> Void) {
        report(.stallBegan(reason: reason))
        let began = ContinuousClock.now
        wait()
        let duration = began.duration(to: .now)
        stops.note(duration)
        report(.stallEnded(reason: reason, duration: duration))
    }
}

/// What came into one level, by any way.
final class LevelCounters: Sendable {
    /// Flushed, merged or moved into the level from above.
    let bytesIn = Atomic<Int>(0)
    let bytesRead = Atomic<Int>(0)
    let bytesWritten = Atomic<Int>(0)
    let compactionCount = Atomic<UInt64>(0)
    let movedTableCount = Atomic<UInt64>(0)
    let droppedTableCount = Atomic<UInt64>(0)
}

/// How writes were grouped. Its callers hold the commit pipeline's lock.
///
/// `@unchecked Sendable`: `ungrouped` is touched under that lock alone; the counts are raised under it
/// and are atomic for those who read them without.
final class CommitCounters: @unchecked Sendable {
    let groupSizes = SharedHistogram()
    let batchCount = Atomic<UInt64>(0)
    let batchBytes = Atomic<Int>(0)
    private var ungrouped: UInt64 = 0

    /// A batch was framed into the log's buffer.
    @inline(__always)
    func noteBatch(sizeBytes: Int) {
        ungrouped += 1
        // Nobody else raises them, so a load and a store do, which cost less than an atomic addition.
        batchCount.store(batchCount.load(ordering: .relaxed) + 1, ordering: .relaxed)
        batchBytes.store(batchBytes.load(ordering: .relaxed) + sizeBytes, ordering: .relaxed)
    }

    /// A leader took all that is framed.
    func noteGroup() {
        // A sync for its own sake, or the mark of a clean end.
        if ungrouped == 0 { return }
        groupSizes.record(ungrouped)
        ungrouped = 0
    }
}

/// What tables' filters answered to point reads.
final class FilterCounters: Sendable {
    private enum Answer: Int {
        case absent
        case present
        case wronglyPresent
    }

    private let answers = StripedCounters()

    /// The filter said no, which saved a block.
    @inline(__always)
    func noteAbsent() { answers.raise(Answer.absent.rawValue) }

    /// The filter said perhaps; whether the table had the key after all.
    @inline(__always)
    func notePresent(isTrue: Bool) {
        answers.raise((isTrue ? Answer.present : .wronglyPresent).rawValue)
    }

    var current: EngineStatistics.Filters {
        let absent = answers.total(Answer.absent.rawValue)
        let wrong = answers.total(Answer.wronglyPresent.rawValue)
        return EngineStatistics.Filters(
            checkCount: absent + wrong + answers.total(Answer.present.rawValue),
            negativeCount: absent, falsePositiveCount: wrong)
    }
}

/// How long writers waited.
final class StallCounters: Sendable {
    let count = Atomic<UInt64>(0)
    private let nanoseconds = Atomic<Int>(0)

    func note(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        count.add(1, ordering: .relaxed)
        nanoseconds.add(
            Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000), ordering: .relaxed)
    }

    var duration: Duration { .nanoseconds(nanoseconds.load(ordering: .relaxed)) }
}
