public import StorageEngine

/// A fixed sequence of writes and upkeep, and the state that each prefix of its commits leads to.
///
/// The crash and fault tests play it on disks that fail, and then ask which prefix is left.
public struct EngineWorkload: Sendable {
    public enum Step: Sendable {
        case commit([OrderedMapModel.Change])
        /// A commit that is not waited for; what makes a later one durable makes it so too.
        case submit([OrderedMapModel.Change])
        case flush
        case compact
        case reopen
        /// The end of an interval, where durability has intervals.
        case endInterval
        /// Keeps what is there now readable until ``releaseSnapshot``, or the next reopen.
        case takeSnapshot
        case releaseSnapshot
    }

    /// How far a run came.
    public struct Progress: Sendable {
        /// The commits that were told to be durable, as far as ``EngineOptions/durability`` goes.
        public internal(set) var acknowledged = 0
        /// Those among them that are safe from a crash of the machine too.
        public internal(set) var synced = 0
        /// The commits that the engine took; those it refused are not among them.
        public internal(set) var applied = 0
        /// The errors of the steps that failed, in order.
        public internal(set) var errors: [EngineError] = []
        /// Those among them that commits threw.
        public internal(set) var commitErrors: [EngineError] = []
    }

    public static let folder = "/data/db"

    public let steps: [Step]
    /// The state after so many commits; the first is empty.
    public let states: [OrderedMapModel]

    /// A workload of `commitCount` random commits between flushes, compactions and reopens.
    ///
    /// - Parameter hasEpisodes: Whether further commits lead a tiny engine, whatever the seed, into
    ///   all that ``EngineActivity/Kind`` lists, where there are at least 130 random ones; with 130 it
    ///   ends with tables in two levels and a log.
    public init(seed: UInt64, commitCount: Int, hasEpisodes: Bool = true) {
        var script = WorkloadScript(seed: seed)
        for number in 1...commitCount {
            // The last is waited for, so that a run without an error ends with all acknowledged.
            script.addRandomCommit(isLast: number == commitCount)
            switch number {
            case 20 where hasEpisodes: script.addRunBehindAllKeys()
            case 45 where hasEpisodes: script.addSmallTables()
            case 60 where hasEpisodes: script.addRangeDeletionOfTables()
            case 70 where hasEpisodes: script.addOverlappingMemtables()
            case 80 where hasEpisodes: script.addRunOfDeletions()
            case 100 where hasEpisodes: script.addCommitsWithoutAWait()
            case 125 where hasEpisodes: script.addTablesInTwoLevels()
            default: break
            }
            if number % 17 == 0 { script.add(.endInterval) }
            if number % 41 == 0 { script.add(.flush) }
            if number % 97 == 0 { script.add(.compact) }
            if number % 53 == 0 { script.add(.reopen) }
        }
        steps = script.steps
        states = script.states
    }

    /// Plays the steps.
    ///
    /// - Parameters:
    ///   - options: The engine's options, disk included.
    ///   - stopsAtError: Whether the first error ends the run, as after a crash. Else the run goes
    ///     on with the steps that follow, but for reopens, until one fails to open.
    /// - Returns: How far it came, and the engine as the last step left it, if it is open.
    public func run(
        _ options: EngineOptions, stopsAtError: Bool = true
    ) -> (progress: Progress, engine: Engine?) {
        var run = Run(options: options)
        do throws(EngineError) {
            try run.open()
            for step in steps {
                if case .reopen = step {
                    if run.progress.errors.isEmpty { try run.reopen() }
                    continue
                }
                do throws(EngineError) {
                    try run.play(step)
                } catch {
                    if stopsAtError { throw error }
                    run.note(error)
                }
            }
        } catch {
            run.note(error)
        }
        return (run.progress, run.engine)
    }

    /// The number of commits that the engine's contents amount to.
    ///
    /// - Throws: ``Mismatch`` where no number in `range` leads to these contents.
    public func commits(in engine: Engine, among range: ClosedRange<Int>) throws -> Int {
        // Counter 0 counts the commits, so only one state can match.
        let count = Int(engine.counter(0))
        guard range.contains(count) else {
            throw Mismatch("the state is that of \(count) commits, expected one of \(range)")
        }
        do {
            try engine.requireEqual(states[count])
            try requirePointReads(engine, count)
        } catch let mismatch as Mismatch {
            throw Mismatch("the state after \(count) commits is wrong: \(mismatch)")
        }
        return count
    }

    /// Reads a few keys, and others that are not there, by themselves: through filters and the top of
    /// an index, which a scan has no use for.
    private func requirePointReads(_ engine: Engine, _ count: Int) throws {
        let entries = states[count].entries
        for place in stride(from: count % 8, to: entries.count, by: 8) {
            let entry = entries[place]
            guard try engine.value(of: entry.key) == entry.value else {
                throw Mismatch("a read of \(describe(entry.key)) does not find what a scan does")
            }
            guard try engine.value(of: entry.key + [0]) == nil else {
                throw Mismatch("a read finds a key behind \(describe(entry.key))")
            }
        }
    }
}
