public import StorageEngine

/// A fixed sequence of writes and upkeep, and the state that each prefix of its commits leads to.
///
/// The crash and fault tests play it on disks that fail, and then ask which prefix is left.
public struct EngineWorkload: Sendable {
    public enum Step: Sendable {
        case commit([OrderedMapModel.Change])
        case flush
        case compact
        case reopen
    }

    /// How far a run came.
    public struct Progress: Sendable {
        /// The commits that returned without an error.
        public internal(set) var acknowledged = 0
        /// The commits that were begun.
        public internal(set) var attempted = 0
        /// The errors of the steps that failed, in order.
        public internal(set) var errors: [EngineError] = []
        /// Those among them that commits threw.
        public internal(set) var commitErrors: [EngineError] = []
    }

    public static let folder = "/data/db"

    public let steps: [Step]
    /// The state after so many commits; the first is empty.
    public let states: [OrderedMapModel]

    /// A workload in which `commitCount` commits lie between flushes, compactions and reopens.
    ///
    /// The keys are few, so that most writes replace or delete older ones, and the values are of a
    /// size that rotates the log and fills files several times over in a tiny engine.
    public init(seed: UInt64, commitCount: Int, longestValue: Int = 400) {
        var random = SeededRandom(seed: seed)
        var steps: [Step] = []
        var states = [OrderedMapModel()]
        var state = OrderedMapModel()
        for number in 1...commitCount {
            let changes = Self.changes(&random, number: number, longestValue: longestValue)
            state.apply(changes)
            states.append(state)
            steps.append(.commit(changes))
            if number % 41 == 0 { steps.append(.flush) }
            if number % 97 == 0 { steps.append(.compact) }
            if number % 71 == 0 { steps.append(.reopen) }
        }
        self.steps = steps
        self.states = states
    }

    private static func changes(
        _ random: inout SeededRandom, number: Int, longestValue: Int
    ) -> [OrderedMapModel.Change] {
        // Every commit leaves its number behind, so that no two states are equal.
        var changes: [OrderedMapModel.Change] = [.add(counter: 0, Int64(1))]
        let count = random.chance(1, in: 3) ? random.int(in: 2...8) : 1
        for _ in 0..<count {
            let key = Array("key\(random.int(in: 0..<60))".utf8)
            if random.chance(1, in: 4) {
                changes.append(.delete(key))
            } else if random.chance(1, in: 12) {
                // From a key to one that sorts close behind it, or to the end.
                let upper = random.chance(1, in: 8) ? [0xFF] : key + [0x30 + UInt8(number % 10)]
                changes.append(.deleteRange(key, upper))
            } else {
                let size = random.int(in: 0...longestValue)
                let value =
                    random.chance(1, in: 2)
                    ? random.bytes(count: size)
                    : Array(repeating: UInt8(number & 0xFF), count: size)
                changes.append(.put(key, value))
            }
        }
        if random.chance(1, in: 5) {
            changes.append(.add(counter: 1, Int64(random.int(in: -50...50))))
        }
        return changes
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
        var progress = Progress()
        var engine: Engine?
        do throws(EngineError) {
            engine = try Engine.open(folder: Self.folder, options: options)
            for step in steps {
                if case .reopen = step {
                    if !progress.errors.isEmpty { continue }
                    let old = engine
                    engine = nil
                    try old?.close()
                    engine = try Engine.open(folder: Self.folder, options: options)
                } else if let engine {
                    do throws(EngineError) {
                        try play(step, engine, &progress)
                    } catch {
                        if stopsAtError { throw error }
                        progress.errors.append(error)
                    }
                }
            }
        } catch {
            progress.errors.append(error)
        }
        return (progress, engine)
    }

    private func play(
        _ step: Step, _ engine: Engine, _ progress: inout Progress
    ) throws(EngineError) {
        switch step {
        case .commit(let changes):
            progress.attempted += 1
            do throws(EngineError) {
                try engine.commit(changes)
            } catch {
                progress.commitErrors.append(error)
                throw error
            }
            progress.acknowledged += 1
        case .flush: try engine.flush()
        case .compact: try engine.compactAll()
        case .reopen: preconditionFailure("a reopen replaces the engine")
        }
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
        } catch let mismatch as Mismatch {
            throw Mismatch("the state after \(count) commits is wrong: \(mismatch)")
        }
        return count
    }
}
