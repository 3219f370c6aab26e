import StorageEngine

/// The steps of a workload while they are drawn, and the states that they lead to.
///
/// The random commits have few keys, so that most of them replace or delete older ones, and values
/// of a size that fills memtables and files several times over in a tiny engine. What they lead to by
/// luck alone, or never, has an episode of its own, which leads to it whatever came before.
struct WorkloadScript {
    private(set) var steps: [EngineWorkload.Step] = []
    private(set) var states = [OrderedMapModel()]
    private var state = OrderedMapModel()
    private var random: SeededRandom

    /// Every key of the random commits, and what they delete, lies before this one.
    private static let end: [UInt8] = [0xFF]

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    private var commitCount: Int { states.count - 1 }

    mutating func add(_ step: EngineWorkload.Step) { steps.append(step) }

    private mutating func addCommit(_ changes: [OrderedMapModel.Change], isAwaited: Bool = true) {
        // Every commit leaves its number behind, so that no two states are equal.
        let changes = [.add(counter: 0, 1)] + changes
        state.apply(changes)
        states.append(state)
        steps.append(isAwaited ? .commit(changes) : .submit(changes))
    }

    // MARK: Random commits

    /// - Parameter isLast: Whether none follows that could make this one durable.
    mutating func addRandomCommit(isLast: Bool) {
        let number = commitCount + 1
        var changes: [OrderedMapModel.Change] = []
        let count = random.chance(1, in: 3) ? random.int(in: 2...8) : 1
        for _ in 0..<count {
            let key = Array("key\(random.int(in: 0..<60))".utf8)
            if random.chance(1, in: 4) {
                changes.append(.delete(key))
            } else if random.chance(1, in: 12) {
                // From a key to one that sorts close behind it, or to the end.
                let upper = random.chance(1, in: 8) ? Self.end : key + [0x30 + UInt8(number % 10)]
                changes.append(.deleteRange(key, upper))
            } else {
                let size = random.int(in: 0...400)
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
        addCommit(changes, isAwaited: isLast || random.chance(3, in: 4))
    }

    // MARK: Episodes

    /// Keys behind all others, so that their tables overlap nothing and move down as they are; they
    /// take their deletions along into the last level, which is rewritten for these, and once more
    /// for versions that a snapshot kept there.
    mutating func addRunBehindAllKeys() {
        let keys = (0..<24).map { Self.end + [UInt8($0)] }
        // Tables of these keys alone.
        add(.flush)
        for part in 0..<4 {
            addCommit(keys[part * 6..<part * 6 + 6].map { .put($0, random.bytes(count: 300)) })
        }
        // Few: a table with more of them would be compacted before it has moved.
        addCommit([.delete(keys[3]), .delete(keys[15])])
        add(.compact)
        add(.takeSnapshot)
        addCommit(keys.map { .put($0, random.bytes(count: 200)) })
        add(.compact)
        add(.releaseSnapshot)
        add(.flush)
    }

    /// Tables of one entry that follow each other behind all that is there: they move down as they are,
    /// and are merged there.
    mutating func addSmallTables() {
        for number in UInt8(0)..<16 {
            addCommit([.put(Self.end + [0xFF, number], [number])])
            add(.flush)
        }
    }

    /// A deletion of all that a few tables hold, so that they go without being read.
    mutating func addRangeDeletionOfTables() {
        add(.flush)
        addCommit(
            (10..<25).map { .put(Array("key\($0)".utf8), random.bytes(count: 400)) })
        add(.flush)
        addCommit([.deleteRange([0x01], Self.end), .put(Array("key7".utf8), [7])])
        add(.flush)
    }

    /// Deletions that lie together in a table of other entries, above what they delete, and are a
    /// smaller part of it than would make it due.
    mutating func addRunOfDeletions() {
        let behind = Self.end + [0xFE]
        let deleted = (UInt8(0)..<12).map { behind + [0, $0] }
        let kept = (UInt8(1)..<46).map { behind + [$0] }
        // A table ends behind it, so that none does between the others, where the next would end too.
        let large = OrderedMapModel.Change.put(Self.end + [0xFD, 0xFF], random.bytes(count: 5_000))
        addCommit([large] + (deleted + kept).map { .put($0, [1]) })
        add(.compact)
        addCommit(
            deleted.map { .delete($0) } + kept.map { .put($0, random.bytes(count: 60)) })
        add(.flush)
        // What is left is looked at after every crash from here on.
        addCommit([.deleteRange(Self.end + [0xFD], Self.end + [0xFF])])
    }

    /// The same keys in one memtable after another: where the first has moved down, the next ones are
    /// merged with it two at a time. They fill no level.
    mutating func addOverlappingMemtables() {
        for turn in UInt8(0)..<5 {
            addCommit((UInt8(0)..<30).map { .put(Self.end + [0xFD, $0], [turn]) })
            add(.flush)
        }
    }

    /// More than a memtable holds, with a record longer than a log's block, before anything waits:
    /// many commits reach the disk in one write, and some in two logs.
    mutating func addCommitsWithoutAWait() {
        let large = Array("key large".utf8)
        for number in 0..<8 {
            var changes: [OrderedMapModel.Change] = (0..<6).map { _ in
                let key = Array("key\(random.int(in: 0..<60))".utf8)
                return .put(key, random.bytes(count: 500))
            }
            if number == 4 {
                changes.append(.put(large, Array(repeating: 0x6C, count: 40 << 10)))
            }
            addCommit(changes, isAwaited: false)
        }
        addCommit([.delete(large)])
    }

    /// Everything in the last level, and a table above it that no compaction has reason to take.
    mutating func addTablesInTwoLevels() {
        add(.compact)
        addCommit(
            (10..<20).map { .put(Array("key\($0)".utf8), random.bytes(count: 300)) })
        add(.flush)
    }
}
