import KvdTestSupport
import StorageEngine

/// One random sequence of operations on an engine and on the model of it.
struct EngineModelRun {
    /// What one step does; each run weighs the kinds anew, so that some are write-heavy, some
    /// mostly scan, some compact all the time.
    private enum Step: CaseIterable {
        case put, delete, deleteRange, batch, get, scan, walk, moveOldCursor
        case takeSnapshot, readSnapshot, dropSnapshot
        case counter, flush, compact, reopen, restart

        /// The most a run may favour this kind of step by.
        var highestWeight: Int {
            switch self {
            case .put, .get, .delete: 300
            case .batch: 100
            case .deleteRange: 60
            case .walk, .moveOldCursor, .readSnapshot: 40
            case .takeSnapshot, .dropSnapshot, .counter, .scan: 15
            case .flush: 6
            case .compact: 2
            case .reopen, .restart: 2
            }
        }
    }

    private struct HeldSnapshot {
        let snapshot: Snapshot
        let model: OrderedMapModel
    }

    private struct HeldCursor {
        let cursor: Cursor
        var model: OrderedMapCursor
    }

    private static let folder = "/db"

    private var random: SeededRandom
    private var disk: SimulatedFilesystem
    private let keys: KeySpace
    private let longestValue: Int
    private let weights: [(step: Step, weight: Int)]
    private let totalWeight: Int
    private var options: EngineOptions
    private var engine: Engine
    private var model = OrderedMapModel()
    private var snapshots: [HeldSnapshot] = []
    private var cursors: [HeldCursor] = []
    /// What the engine did.
    let activity = EngineActivity()
    /// What was done, for the message of a failure.
    private(set) var history: [String] = []

    init(random seeded: SeededRandom, backgroundWork: BackgroundWork) throws {
        random = seeded
        disk = SimulatedFilesystem(seed: random.next())
        keys = KeySpace(KeySpace.Shape.allCases.randomElement(using: &random) ?? .small)
        longestValue = [0, 20, 200, 3_000].randomElement(using: &random) ?? 20
        var weights: [(step: Step, weight: Int)] = []
        for step in Step.allCases {
            weights.append((step, random.int(in: 0...step.highestWeight)))
        }
        self.weights = weights
        totalWeight = weights.reduce(0) { $0 + $1.weight }
        options = EngineOptions.tiny(filesystem: disk, backgroundWork: backgroundWork)
        options.memtableSizeBytes = random.chance(1, in: 2) ? 4 << 10 : 32 << 10
        activity.observe(&options, on: disk)
        engine = try Engine.open(folder: Self.folder, options: options)
    }

    // MARK: Steps

    mutating func step() throws {
        let step = draw()
        history.append("\(step)")
        switch step {
        case .put: try write([.put(randomKey(), randomValue())])
        case .delete: try write([.delete(randomKey())])
        case .deleteRange: try write([randomRangeDelete()])
        case .batch: try write((0..<random.int(in: 1...20)).map { _ in randomChange() })
        case .counter: try write([randomCounterChange()])
        case .get: try get()
        case .scan: try scan()
        case .walk: try walk()
        case .moveOldCursor: try moveOldCursor()
        case .takeSnapshot: takeSnapshot()
        case .readSnapshot: try readSnapshot()
        case .dropSnapshot: dropSnapshot()
        case .flush: try engine.flush()
        case .compact: try engine.compactAll()
        case .reopen: try reopen()
        case .restart: try restart()
        }
    }

    /// The last comparison: everything, as it is and once more after a reopen.
    mutating func finish() throws {
        for held in snapshots { try compareWhole(held) }
        try reopen()
        try engine.close()
    }

    private mutating func write(_ changes: [OrderedMapModel.Change]) throws {
        try engine.commit(changes)
        model.apply(changes)
    }

    private mutating func get() throws {
        let key = randomKey()
        let expected = model.value(of: key)
        for point in [ReadPoint.durable, .applied] {
            let found = try engine.value(of: key, at: point)
            guard found == expected else {
                throw Mismatch(
                    "get \(describe(key)) at \(point): \(describe(found)), "
                        + "not \(describe(expected))")
            }
        }
        do {
            let found = try engine.value(of: key, mode: .cachedOnly)
            guard found == expected else {
                throw Mismatch("cached get \(describe(key)): \(describe(found))")
            }
        } catch EngineError.wouldBlock {
            // The block is not in the cache: the answer that sends the caller to another thread.
        }
    }

    private mutating func scan() throws {
        let (lower, upper) = randomBounds()
        let expected = Array(model.entries[model.indexes(from: lower, to: upper)])
        let isBackward = random.chance(1, in: 2)
        let found = try engine.entries(from: lower, to: upper, backward: isBackward)
        guard found == (isBackward ? expected.reversed() : expected) else {
            throw Mismatch(
                "scan [\(describe(lower)), \(describe(upper))) backward \(isBackward): "
                    + "\(found.count) entries, expected \(expected.count)")
        }
    }

    /// Opens a cursor and moves it at random; keeps it for later steps at times.
    private mutating func walk() throws {
        var (cursor, modelCursor) = try randomCursor()
        try move(cursor, &modelCursor, steps: random.int(in: 1...30))
        if cursors.count < 3, random.chance(1, in: 3) {
            cursors.append(HeldCursor(cursor: cursor, model: modelCursor))
        }
    }

    /// A cursor keeps to what it saw when it was opened, whatever was written since.
    private mutating func moveOldCursor() throws {
        guard !cursors.isEmpty else { return }
        let index = random.int(in: 0..<cursors.count)
        var held = cursors.remove(at: index)
        try move(held.cursor, &held.model, steps: random.int(in: 1...10))
        if random.chance(4, in: 5) { cursors.append(held) }
    }

    private mutating func move(
        _ cursor: Cursor, _ modelCursor: inout OrderedMapCursor, steps: Int
    ) throws {
        for _ in 0..<steps {
            // A cursor that stands nowhere has no neighbour to move to.
            let move = random.int(in: modelCursor.entry == nil ? 0..<4 : 0..<12)
            switch move {
            case 0:
                try cursor.seekToFirst()
                modelCursor.seekToFirst()
            case 1:
                try cursor.seekToLast()
                modelCursor.seekToLast()
            case 2:
                let key = randomKey()
                try key.withUnsafeBytes { try cursor.seek(to: $0) }
                modelCursor.seek(to: key)
            case 3:
                let key = randomKey()
                try key.withUnsafeBytes { try cursor.seekBackward(to: $0) }
                modelCursor.seekBackward(to: key)
            case 4..<8:
                try cursor.next()
                modelCursor.next()
            default:
                try cursor.previous()
                modelCursor.previous()
            }
            guard cursor.entry == modelCursor.entry else {
                throw Mismatch(
                    "cursor after move \(move): \(describe(cursor.entry)), "
                        + "not \(describe(modelCursor.entry))")
            }
        }
    }

    private mutating func takeSnapshot() {
        guard snapshots.count < 4 else { return }
        snapshots.append(HeldSnapshot(snapshot: engine.snapshot(), model: model))
    }

    private mutating func readSnapshot() throws {
        guard let held = snapshots.randomElement(using: &random) else { return }
        if random.chance(1, in: 10) {
            try compareWhole(held)
        }
        let key = randomKey()
        let found = try engine.value(of: key, at: .snapshot(held.snapshot))
        guard found == held.model.value(of: key) else {
            throw Mismatch("snapshot get \(describe(key)): \(describe(found))")
        }
    }

    private func compareWhole(_ held: HeldSnapshot) throws {
        try engine.requireEqual(held.model, at: .snapshot(held.snapshot), counters: false)
    }

    private mutating func dropSnapshot() {
        guard !snapshots.isEmpty else { return }
        snapshots.remove(at: random.int(in: 0..<snapshots.count))
    }

    private mutating func reopen() throws {
        forgetHandles()
        try engine.close()
        try openAndCompare()
    }

    /// The machine dies and starts again; every write so far was acknowledged, so all are there.
    private mutating func restart() throws {
        forgetHandles()
        let old = engine
        disk = disk.restart(CrashPolicy.all.randomElement(using: &random) ?? .losesAll)
        options.filesystem = disk
        activity.observe(&options, on: disk)
        try openAndCompare()
        // Closing an engine whose disk is gone must not reach the new disk, nor hang.
        try? old.close()
    }

    private mutating func openAndCompare() throws {
        engine = try Engine.open(folder: Self.folder, options: options)
        try engine.requireEqual(model)
    }

    private mutating func forgetHandles() {
        snapshots = []
        cursors = []
    }

    // MARK: Draws

    private mutating func draw() -> Step {
        var ticket = random.int(in: 0..<max(1, totalWeight))
        for (step, weight) in weights {
            if ticket < weight { return step }
            ticket -= weight
        }
        return .put
    }

    private mutating func randomKey() -> [UInt8] {
        // Large spaces seldom repeat a key by themselves, so half the draws name a key that is
        // there.
        if keys.shape == .large, random.chance(1, in: 2),
            let entry = model.entries.randomElement(using: &random)
        {
            return entry.key
        }
        return keys.key(&random)
    }

    private mutating func randomValue() -> [UInt8] {
        let count: Int
        switch random.int(in: 0..<20) {
        case 0: count = 0
        case 1: count = random.int(in: 0...(longestValue * 8))
        default: count = random.int(in: 0...longestValue)
        }
        // Half of them compress well, half do not at all.
        if random.chance(1, in: 2) {
            return Array(repeating: UInt8.random(in: 0...255, using: &random), count: count)
        }
        return random.bytes(count: count)
    }

    private mutating func randomChange() -> OrderedMapModel.Change {
        switch random.int(in: 0..<10) {
        case 0..<6: .put(randomKey(), randomValue())
        case 6..<8: .delete(randomKey())
        case 8 where random.chance(1, in: 3): randomRangeDelete()
        case 8: .delete(randomKey())
        default: randomCounterChange()
        }
    }

    /// Mostly of a few keys, at times of many, to the end, or of none.
    private mutating func randomRangeDelete() -> OrderedMapModel.Change {
        let lower = randomKey()
        switch random.int(in: 0..<20) {
        case 0: return .deleteRange(lower, Array(repeating: 0xFF, count: 26))
        case 1..<4: return .deleteRange(lower, randomKey())
        case 4..<6: return .deleteRange(lower, lower + [0])
        default:
            let last = model.position(of: lower).index + random.int(in: 1...12)
            let upper = model.entries.indices.contains(last) ? model.entries[last].key : [0xFF]
            return .deleteRange(lower, upper)
        }
    }

    private mutating func randomCounterChange() -> OrderedMapModel.Change {
        .add(counter: UInt64(random.int(in: 0..<8)), Int64(random.int(in: -1_000...1_000)))
    }

    private mutating func randomBounds() -> (lower: [UInt8], upper: [UInt8]?) {
        let lower = random.chance(1, in: 4) ? [] : keys.key(&random)
        let upper = random.chance(1, in: 4) ? nil : keys.key(&random)
        // Reversed bounds are a caller's bug; an empty range is not.
        if let upper, OrderedMapModel.compare(lower, upper) > 0 { return (upper, lower) }
        return (lower, upper)
    }

    private mutating func randomCursor() throws -> (Cursor, OrderedMapCursor) {
        let (lower, upper) = randomBounds()
        let point: ReadPoint
        var seen = model
        switch random.int(in: 0..<3) {
        case 0: point = .applied
        case 1: point = .durable
        default:
            if let held = snapshots.randomElement(using: &random) {
                point = .snapshot(held.snapshot)
                seen = held.model
            } else {
                point = .durable
            }
        }
        let cursor = try engine.cursor(lower: lower, upper: upper, at: point, mode: .blocking)
        return (cursor, OrderedMapCursor(seen, from: lower, to: upper))
    }
}
