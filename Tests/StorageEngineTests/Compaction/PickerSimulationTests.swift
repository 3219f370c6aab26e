import KvdTestSupport
@testable import StorageEngine
import Testing

/// Whole histories of flushes and compactions on metadata alone, without a disk: what the picker
/// chooses is checked against what must hold of any choice, and then carried out as metadata.
@Suite("Choosing compactions, simulated on metadata")
struct PickerSimulationTests {
    private static let random = SeededRandom.fromEnvironment("PickerSimulationTests")

    /// A tree of tables of which only the metadata exists.
    private struct Tree {
        let picker: CompactionPicker
        var layout = TableShape.layout()
        var nextNumber: UInt64 = 1
        var sequence: UInt64 = 0
        var writtenBytes = 0
        /// Keys of each table that were there when they were marked, by the table's number.
        private(set) var markedKeys: [UInt64: Set<Int>] = [:]
        var random: SeededRandom

        init(_ options: EngineOptions, _ random: SeededRandom) {
            picker = CompactionPicker(options: options)
            self.random = random
        }

        mutating func apply(_ removed: [SSTableMetadata], _ added: [SSTableMetadata], at level: Int)
        {
            let gone = Set(removed.map(\.number))
            var levels = layout.levels.map { $0.filter { !gone.contains($0.number) } }
            levels[level] += added
            levels[0].sort { $0.largestSequence > $1.largestSequence }
            for level in 1..<levels.count {
                levels[level].sort { Version.precedes($0.smallestKey, $1.smallestKey) }
            }
            layout = LevelLayout(levels: levels)
        }

        mutating func flush(keys: Range<Int>) {
            var tables = TableShape.run(
                &random, numbers: &nextNumber, keys: keys, sizeBytes: 900)
            for index in tables.indices {
                tables[index].denseGarbageCount = tables[index].deletionCount
                tables[index].smallestSequence = sequence + 1
                tables[index].largestSequence = sequence + UInt64(index) + 1
            }
            sequence += UInt64(tables.count)
            apply([], tables, at: 0)
        }

        /// Carries a plan out as a real one would turn out: nothing overlaps, nothing is lost.
        ///
        /// - Parameter snapshot: Keeps all garbage of the last level alive; nil for none of it.
        mutating func run(_ plan: CompactionPlan, snapshot: UInt64? = nil) {
            if plan.isMove { return apply(plan.inputs, plan.inputs, at: plan.outputLevel) }
            let inputs = plan.inputs + plan.overlapped
            guard let span = plan.span else { return }
            let bytes = inputs.totalBytes
            let count = max(1, bytes / picker.options.tableSizeBytes)
            let first = TableShape.number(span.smallest)
            let last = TableShape.number(span.largest)
            let deletions = inputs.reduce(0) { $0 + $1.deletionCount }
            let rangeDeletions = inputs.reduce(0) { $0 + $1.rangeDeletionCount }
            let entries = inputs.reduce(0) { $0 + $1.entryCount }
            let oldest = inputs.map(\.smallestSequence).min() ?? 0
            let newest = inputs.map(\.largestSequence).max() ?? 0
            var outputs: [SSTableMetadata] = []
            let step = max(1, (last - first + 1 + count - 1) / count)
            for start in stride(from: first, through: last, by: step) {
                let isLast = plan.outputLevel == Version.levelCount - 1
                let dropsGarbage = isLast && snapshot == nil
                var table = TableShape.table(
                    nextNumber, start, min(last, start + step - 1),
                    sequences: oldest...newest,
                    sizeBytes: max(1, bytes / count), entries: entries,
                    deletions: dropsGarbage ? 0 : deletions)
                table.denseGarbageCount = table.deletionCount
                table.rangeDeletionCount = dropsGarbage ? 0 : rangeDeletions
                if let snapshot, isLast, table.garbageCount > 0 {
                    table.pins.add(snapshot...snapshot, count: table.garbageCount)
                }
                let marked = inputs.flatMap { markedKeys[$0.number] ?? [] }
                markedKeys[nextNumber] = Set(marked).intersection(
                    start...min(last, start + step - 1))
                outputs.append(table)
                nextNumber += 1
            }
            writtenBytes += outputs.totalBytes
            apply(inputs, outputs, at: plan.outputLevel)
        }

        /// Marks every key that any table may have now.
        mutating func markAll() {
            for table in layout.levels.joined() {
                let first = TableShape.number(table.smallestKey)
                markedKeys[table.number] = Set(first...TableShape.number(table.largestKey))
            }
        }

        /// Takes all that is there down to the last level, with what makes room in level 0 in between.
        ///
        /// - Parameter observe: Called before each plan is run; may flush.
        mutating func compactAll(
            _ observe: (CompactionPlan, inout Tree) throws -> Void
        ) throws {
            var whole = WholeCompaction(picker: picker)
            while let plan = whole.next(layout, snapshots: []) {
                try observe(plan, &self)
                run(plan)
                if let relief = picker.dueLevelZeroPlan(layout) { run(relief) }
            }
        }
    }

    private static func check(_ plan: CompactionPlan, _ layout: LevelLayout) throws {
        let inputs = plan.inputs
        try #require(!inputs.isEmpty)
        let numbers = Set(inputs.map(\.number))
        #expect(numbers.count == inputs.count)
        for run in plan.inputRuns {
            for (left, right) in zip(run, run.dropFirst()) {
                #expect(Version.precedes(left.largestKey, right.smallestKey))
            }
        }
        let isRewrite = plan.level == plan.outputLevel
        if isRewrite {
            #expect(plan.level == 6 || plan.reason == .smallTables)
            let level = layout.levels[plan.level]
            let first = try #require(level.firstIndex { $0.number == inputs[0].number })
            #expect(Array(level[first...].prefix(inputs.count)) == inputs)
        } else {
            #expect(plan.level < plan.outputLevel)
        }
        let present = Set(layout.levels[plan.level].map(\.number))
        #expect(numbers.isSubset(of: present))
        // Nothing older than what goes down stays above it.
        for level in plan.level + 1..<max(plan.level + 1, plan.outputLevel) {
            #expect(layout.levels[level].isEmpty)
        }
        if plan.level == 0 {
            for table in layout.levels[0] where !numbers.contains(table.number) {
                for input in inputs where input.span.overlaps(table.span) {
                    #expect(table.largestSequence > input.largestSequence)
                }
            }
        }
        if isRewrite { return }
        // The output level stays free of overlaps.
        let overlapped = Set(plan.overlapped.map(\.number))
        for table in layout.levels[plan.outputLevel] {
            if inputs.contains(where: { $0.span.overlaps(table.span) }) {
                #expect(overlapped.contains(table.number))
            }
        }
        if let span = KeySpan.covering(inputs), !plan.isMove {
            for table in layout.levels[plan.outputLevel] where span.overlaps(table.span) {
                #expect(overlapped.contains(table.number))
            }
        }
    }

    private static func options(_ random: inout SeededRandom) -> EngineOptions {
        var options = EngineOptions()
        options.memtableSizeBytes = 20_000
        options.levelZeroCompactionTrigger = random.int(in: 1...4)
        options.levelOneSizeBytes = random.int(in: 1...20_000)
        options.levelSizeMultiplier = random.int(in: 2...10)
        options.tableSizeBytes = random.int(in: 1024...4096)
        options.garbageCompactionPercent = random.int(in: 1...100)
        options.denseGarbageCompactionCount = random.int(in: 1...2000)
        return options
    }

    @Test("Every choice is sound, and they come to an end", arguments: 0..<40)
    func histories(run: Int) throws {
        var random = Self.random.split(UInt64(run))
        var tree = Tree(Self.options(&random), random)
        var snapshots: [UInt64] = []
        for _ in 0..<40 {
            let first = random.int(in: 0...1500)
            tree.flush(keys: first..<first + random.int(in: 1...600))
            if random.chance(1, in: 5) { snapshots.append(tree.sequence) }
            if random.chance(1, in: 5) { snapshots.removeAll() }
            var steps = 0
            while let plan = tree.picker.pick(tree.layout, snapshots: snapshots) {
                try Self.check(plan, tree.layout)
                tree.run(plan)
                steps += 1
                try #require(steps < 1000, "the picker does not come to an end")
            }
            #expect(
                tree.layout.sublevels.count < tree.picker.options.levelZeroCompactionTrigger)
            let sizes = LevelSizes(tree.layout, options: tree.picker.options)
            for level in 1..<6 {
                #expect(tree.layout.sizeBytes(level: level) <= sizes.targetBytes[level])
            }
        }
        try tree.compactAll { plan, tree in
            try Self.check(plan, tree.layout)
            let isOneMerge = plan.level > 0 && !plan.isMove && plan.inputs.count > 1
            if isOneMerge {
                #expect(plan.inputBytes <= tree.picker.requestedInputLimitBytes)
            }
        }
        for level in 0..<6 { #expect(tree.layout.levels[level].isEmpty) }
    }

    @Test(
        "What is flushed meanwhile does not keep a compaction of all from its end",
        arguments: 0..<4)
    func wholeWhileFlushing(run: Int) throws {
        var random = Self.random.split(UInt64(run))
        var tree = Tree(Self.options(&random), random)
        for _ in 0..<20 {
            let first = random.int(in: 0...1500)
            tree.flush(keys: first..<first + random.int(in: 1...600))
            if let plan = tree.picker.pick(tree.layout, snapshots: []) { tree.run(plan) }
        }
        tree.markAll()
        var steps = 0
        try tree.compactAll { plan, tree in
            try Self.check(plan, tree.layout)
            steps += 1
            try #require(steps < 1000, "it does not come to an end")
            let first = random.int(in: 0...1500)
            tree.flush(keys: first..<first + random.int(in: 1...600))
        }
        for table in tree.layout.levels[..<6].joined() {
            #expect(tree.markedKeys[table.number]?.isEmpty ?? true)
        }
    }

    /// Puts five tables of ten keys each, beside each other, into level 1.
    private static func fillLevelOne(of tree: inout Tree) -> [SSTableMetadata] {
        let tables = (0..<5).map { index in
            TableShape.table(UInt64(index + 1), 10 * index, 10 * index + 9, sizeBytes: 1_000)
        }
        tree.apply([], tables, at: 1)
        return tables
    }

    @Test("Of a level that overlaps the next in part only that part is merged")
    func partlyMoved() {
        var tree = Tree(EngineOptions(), SeededRandom(seed: 1))
        let tables = Self.fillLevelOne(of: &tree)
        tree.apply([], [TableShape.table(6, 0, 15, sizeBytes: 1_000)], at: 2)
        let end = TableShape.table(7, 49, 49).largestKey
        let first = tree.picker.wholeLevelPlan(tree.layout, level: 1, after: nil, upTo: end)
        #expect(first?.inputs == Array(tables[..<2]))
        #expect(first?.isMove == false)
        let second = tree.picker.wholeLevelPlan(
            tree.layout, level: 1, after: tables[1].largestKey, upTo: end)
        #expect(second?.inputs == Array(tables[2...]))
        #expect(second?.isMove == true)
        let third = tree.picker.wholeLevelPlan(
            tree.layout, level: 1, after: tables[4].largestKey, upTo: end)
        #expect(third == nil)
    }

    @Test("A level goes down from behind the key reached, up to the last one meant, and no further")
    func bounds() {
        var tree = Tree(EngineOptions(), SeededRandom(seed: 1))
        let tables = Self.fillLevelOne(of: &tree)
        func inputs(after reached: Int?, upTo end: Int) -> [SSTableMetadata] {
            tree.picker.wholeLevelPlan(
                tree.layout, level: 1, after: reached.map(TableShape.key),
                upTo: TableShape.key(end))?.inputs ?? []
        }
        #expect(inputs(after: nil, upTo: 49) == tables)
        #expect(inputs(after: 9, upTo: 29) == Array(tables[1...2]))
        // Tables that came meanwhile, of which one end alone is meant.
        #expect(inputs(after: 14, upTo: 25) == Array(tables[1...2]))
        #expect(inputs(after: 20, upTo: 30) == Array(tables[2...3]))
        #expect(inputs(after: 29, upTo: 29).isEmpty)
    }

    @Test("Deletions that a snapshot keeps alive do not make it spin", arguments: 0..<20)
    func snapshotKeepsGarbage(run: Int) throws {
        var random = Self.random.split(UInt64(run))
        var options = Self.options(&random)
        options.garbageCompactionPercent = 1
        var tree = Tree(options, random)
        // Older than everything: no deletion may go.
        let snapshots: [UInt64] = [0]
        for _ in 0..<20 {
            tree.flush(keys: 0..<500)
            var steps = 0
            while let plan = tree.picker.pick(tree.layout, snapshots: snapshots) {
                // A table that came to the last level by a move is rewritten there once.
                #expect(
                    plan.level != plan.outputLevel || plan.reason == .smallTables
                        || plan.inputs.allSatisfy { $0.pins == GarbagePins() })
                tree.run(plan, snapshot: 0)
                steps += 1
                try #require(steps < 1000, "the picker spins")
            }
        }
        // Once it is released, the last level is rewritten, each table once.
        var rewrites = 0
        while let plan = tree.picker.pick(tree.layout, snapshots: []) {
            tree.run(plan)
            rewrites += 1
            try #require(rewrites < 1000, "the picker spins")
        }
        #expect(tree.layout.levels[6].allSatisfy { $0.garbageCount == 0 })
    }

    @Test("Small tables that follow each other become few, and are seldom rewritten")
    func small() throws {
        var tree = Tree(EngineOptions(), SeededRandom(seed: 1))
        let count = 5_037
        for index in 0..<count {
            let table = TableShape.table(tree.nextNumber, index, index, sizeBytes: 1_000)
            tree.nextNumber += 1
            tree.apply([], [table], at: 0)
            while let plan = tree.picker.pick(tree.layout, snapshots: []) {
                try Self.check(plan, tree.layout)
                tree.run(plan)
            }
            #expect(tree.layout.levels.joined().count < 80)
        }
        // Each time twice as large at the least.
        #expect(tree.writtenBytes < 1_000 * count * 13)
        try tree.compactAll { _, _ in }
        #expect(tree.layout.levels.joined().count < 40)
        #expect(tree.picker.neighboursPlan(tree.layout) == nil)
    }

    @Test("Rising keys are never rewritten")
    func sequential() throws {
        var options = EngineOptions()
        options.memtableSizeBytes = 20_000
        options.levelOneSizeBytes = 10_000
        options.tableSizeBytes = 4096
        var tree = Tree(options, SeededRandom(seed: 1))
        for index in 0..<300 {
            let table = TableShape.table(
                tree.nextNumber, 10 * index, 10 * index + 9, sizeBytes: 10_000)
            tree.nextNumber += 1
            tree.apply([], [table], at: 0)
            while let plan = tree.picker.pick(tree.layout, snapshots: []) {
                #expect(plan.isMove)
                tree.run(plan)
            }
        }
        try tree.compactAll { plan, _ in #expect(plan.isMove) }
        #expect(tree.layout.levels[6].count == 300)
        #expect(tree.writtenBytes == 0)
    }
}
