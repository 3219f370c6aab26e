@testable import StorageEngine
import Testing

@Suite("Choosing a compaction")
struct CompactionPickerTests {
    private static let options: EngineOptions = {
        var options = EngineOptions()
        options.memtableSizeBytes = 100_000
        options.levelZeroCompactionTrigger = 2
        options.levelOneSizeBytes = 10_000
        options.levelSizeMultiplier = 10
        options.tableSizeBytes = 10_000
        return options
    }()
    private let picker = CompactionPicker(options: options)
    /// Where what the deletions overlap is one table.
    private static let largeTables: CompactionPicker = {
        var options = Self.options
        options.tableSizeBytes = 100_000
        return CompactionPicker(options: options)
    }()

    private func pick(_ layout: LevelLayout, snapshots: [UInt64] = []) -> CompactionPlan? {
        picker.pick(layout, snapshots: snapshots)
    }

    private func numbers(_ tables: [SSTableMetadata]?) -> [UInt64] {
        (tables ?? []).map(\.number).sorted()
    }

    @Test("Levels within their sizes ask for nothing")
    func nothingToDo() {
        #expect(pick(TableShape.layout()) == nil)
        let layout = TableShape.layout(
            levelZero: [TableShape.table(9, 0, 100), TableShape.table(10, 101, 200)],
            [6: [TableShape.table(1, 0, 200)]])
        #expect(pick(layout) == nil)
    }

    @Test("Level 0 is full by its depth, not by its number of tables, unless these are small")
    func depth() {
        let row = (0..<50).map {
            TableShape.table(UInt64(100 + $0), 10 * $0, 10 * $0 + 9, sizeBytes: 1_250)
        }
        let bottom = [TableShape.table(1, 0, 1000)]
        #expect(pick(TableShape.layout(levelZero: row, [6: bottom])) == nil)
        let deep = row + [TableShape.table(200, 55, 65)]
        let plan = pick(TableShape.layout(levelZero: deep, [6: bottom]))
        #expect(plan?.level == 0)
        #expect(plan?.outputLevel == 6)
        let small = (0..<8).map {
            TableShape.table(UInt64(100 + $0), 10 * $0, 10 * $0 + 9, sizeBytes: 1_249)
        }
        #expect(pick(TableShape.layout(levelZero: Array(small[1...]), [6: bottom])) == nil)
        #expect(pick(TableShape.layout(levelZero: small, [6: bottom]))?.level == 0)
    }

    /// Tables of the given sizes beside each other, numbered from 1.
    private func neighbours(_ sizes: [Int]) -> [SSTableMetadata] {
        sizes.enumerated().map { index, size in
            TableShape.table(UInt64(index + 1), 10 * index, 10 * index + 9, sizeBytes: size)
        }
    }

    @Test(
        "Eight neighbours that are no larger than half a table are merged where they are",
        arguments: [3, 6])
    func smallNeighbours(level: Int) {
        func merged(_ sizes: [Int]) -> [UInt64] {
            let plan = picker.neighboursPlan(TableShape.layout([level: neighbours(sizes)]))
            if let plan { #expect(plan.level == level && plan.outputLevel == level) }
            return numbers(plan?.inputs)
        }
        let ten = Array(repeating: 10, count: 10)
        #expect(merged(Array(ten[..<7])) == [])
        #expect(merged(Array(ten[..<8])) == Array(1...8))
        #expect(merged(ten) == Array(1...10))
        // Together larger than that.
        #expect(merged(Array(repeating: 625, count: 8)) == Array(1...8))
        #expect(merged(Array(repeating: 626, count: 8)) == [])
        #expect(merged(Array(repeating: 626, count: 8) + ten) == Array(2...18))
        // One that is larger than the others together, before, behind and between them.
        #expect(merged([91] + ten[..<9]) == Array(2...10))
        #expect(merged([90] + ten[..<9]) == Array(1...10))
        #expect(merged(ten + [101]) == Array(1...10))
        #expect(merged(ten[..<7] + [1_000] + ten[..<7]) == [])
        #expect(merged(ten[..<7] + [1_000] + ten[..<8]) == Array(9...16))
        #expect(merged([20_000] + ten[..<8]) == Array(2...9))
    }

    @Test(
        "Small neighbours that overlap too much of the next level together are left, or some of them"
    )
    func smallNeighboursAbove() {
        let small = neighbours(Array(repeating: 10, count: 10))
        func merged(_ sizeBytes: Int) -> [UInt64] {
            let below = (0..<10).map {
                TableShape.table(
                    UInt64(100 + $0), 10 * $0, 10 * $0 + 9, sizeBytes: sizeBytes)
            }
            return numbers(
                picker.neighboursPlan(TableShape.layout([4: small, 5: below]))?.inputs)
        }
        #expect(merged(10_000) == Array(1...10))
        #expect(merged(12_500) == Array(1...8))
        #expect(merged(12_501) == [])
    }

    @Test("Small neighbours wait for all that is due, and then go for a reason of their own")
    func smallNeighboursLast() {
        let small = neighbours(Array(repeating: 10, count: 10))
        #expect(pick(TableShape.layout([6: small]))?.reason == .smallTables)
        let garbage = TableShape.table(50, 500, 509, entries: 10, deletions: 10)
        let plan = pick(TableShape.layout([6: small + [garbage]]))
        #expect(plan?.reason == .garbage)
    }

    @Test("A deep stack of level 0 goes down with all that is older, beside its column alone")
    func column() {
        var options = Self.options
        options.tableSizeBytes = 1024
        let layout = TableShape.layout(
            levelZero: [
                TableShape.table(10, 0, 49), TableShape.table(11, 50, 99),
                TableShape.table(20, 0, 49), TableShape.table(21, 60, 70),
            ],
            [
                6: [
                    TableShape.table(1, 0, 49, sizeBytes: 3000),
                    TableShape.table(2, 50, 99, sizeBytes: 1000),
                ]
            ])
        let plan = CompactionPicker(options: options).pick(layout, snapshots: [])
        #expect(numbers(plan?.inputs) == [11, 21])
        #expect(numbers(plan?.overlapped) == [2])
    }

    @Test("Tables of level 0 that overlap nothing below move, all in one edit")
    func movesFromLevelZero() {
        let layout = TableShape.layout(
            levelZero: [
                TableShape.table(10, 0, 9), TableShape.table(11, 10, 19),
                TableShape.table(12, 30, 39), TableShape.table(20, 0, 39),
            ],
            [6: [TableShape.table(1, 20, 35)]])
        let plan = pick(layout)
        #expect(plan?.isMove == true)
        #expect(numbers(plan?.inputs) == [10, 11])
    }

    @Test("Nothing moves over more of the level below than ten tables")
    func grandparentLimit() {
        let below = (0..<11).map {
            TableShape.table(UInt64($0 + 1), 10 * $0, 10 * $0 + 9, sizeBytes: 10_000)
        }
        let table = TableShape.table(50, 0, 105)
        #expect(!picker.canMove(table, to: 5, TableShape.layout([6: below])))
        let narrow = TableShape.table(51, 0, 95)
        #expect(picker.canMove(narrow, to: 5, TableShape.layout([6: below])))
        #expect(picker.canMove(table, to: 6, TableShape.layout()))
    }

    @Test("Of a level that is full the table goes that rewrites least for what it moves")
    func leastOverlap() {
        let layout = TableShape.layout([
            5: [
                TableShape.table(10, 0, 49, sizeBytes: 15_000),
                TableShape.table(11, 50, 99, sizeBytes: 16_000),
            ],
            6: [
                TableShape.table(1, 0, 30, sizeBytes: 60_000),
                TableShape.table(2, 31, 49, sizeBytes: 60_000),
                TableShape.table(3, 50, 99, sizeBytes: 90_000),
            ],
        ])
        let plan = pick(layout)
        #expect(plan?.level == 5)
        #expect(numbers(plan?.inputs) == [11])
        #expect(numbers(plan?.overlapped) == [3])
    }

    @Test("What can go down without rewriting more goes along")
    func expansion() {
        var options = Self.options
        options.tableSizeBytes = 100_000
        let layout = TableShape.layout([
            5: [
                TableShape.table(10, 0, 9, sizeBytes: 8_000),
                TableShape.table(11, 10, 19, sizeBytes: 9_000),
                TableShape.table(12, 20, 29, sizeBytes: 8_000),
            ],
            6: [TableShape.table(1, 0, 29, sizeBytes: 150_000)],
        ])
        let plan = CompactionPicker(options: options).pick(layout, snapshots: [])
        #expect(numbers(plan?.inputs) == [10, 11, 12])
        #expect(numbers(plan?.overlapped) == [1])
    }

    @Test("Level 0 goes first when it is far behind")
    func levelZeroFirst() {
        let full = [TableShape.table(1, 0, 999, sizeBytes: 50_000)]
        let bottom = [TableShape.table(2, 0, 999, sizeBytes: 100_000)]
        let stack = (0..<4).map { TableShape.table(UInt64(10 + $0), 0, 999) }
        let behind = TableShape.layout(levelZero: stack, [5: full, 6: bottom])
        #expect(pick(behind)?.level == 0)
        let lightly = TableShape.layout(levelZero: Array(stack[..<2]), [5: full, 6: bottom])
        #expect(pick(lightly)?.level == 5)
    }

    @Test("A level that should not be there goes down, however small")
    func drains() {
        let layout = TableShape.layout([
            2: [TableShape.table(1, 0, 9, sizeBytes: 1)],
            6: [TableShape.table(2, 0, 9, sizeBytes: 500)],
        ])
        let plan = pick(layout)
        #expect(plan?.level == 2)
        #expect(plan?.outputLevel == 3)
        #expect(plan?.isMove == true)
    }

    // MARK: Garbage

    @Test("The last level's deletions are rewritten away, but for snapshots that need them")
    func garbageAtTheBottom() {
        var dense = TableShape.table(7, 0, 9, sequences: 0...70, entries: 100, deletions: 25)
        let plan = pick(TableShape.layout([6: [dense]]))
        #expect(numbers(plan?.inputs) == [7])
        #expect(plan?.level == 6 && plan?.outputLevel == 6)
        dense.pins.add(20...20, count: 5)
        dense.pins.add(40...60, count: 20)
        let layout = TableShape.layout([6: [dense]])
        // A quarter has to be free.
        #expect(pick(layout, snapshots: [20, 40, 50, 60]) == nil)
        #expect(pick(layout, snapshots: [50]) == nil)
        #expect(pick(layout, snapshots: [20]) == nil)
        #expect(pick(layout, snapshots: [10, 30, 70]) != nil)
        // The rest of them is free while the oldest snapshot lives on.
        dense.deletionCount = 45
        dense.pins.add(70...70, count: 20)
        #expect(pick(TableShape.layout([6: [dense]]), snapshots: [20, 50, 70]) == nil)
        #expect(pick(TableShape.layout([6: [dense]]), snapshots: [20, 70]) == nil)
        #expect(pick(TableShape.layout([6: [dense]]), snapshots: [20]) != nil)
        let thin = TableShape.table(7, 0, 9, entries: 100, deletions: 24)
        #expect(pick(TableShape.layout([6: [thin]])) == nil)
    }

    @Test("Above it a table of deletions goes down where what it overlaps is small beside them")
    func garbageAbove() {
        func pick(_ layout: LevelLayout, snapshots: [UInt64] = []) -> CompactionPlan? {
            Self.largeTables.pick(layout, snapshots: snapshots)
        }
        let dense = TableShape.table(7, 0, 9, sizeBytes: 100, entries: 10, deletions: 10)
        func layout(_ entries: Int) -> LevelLayout {
            TableShape.layout([
                5: [dense], 6: [TableShape.table(1, 0, 9, sizeBytes: 100_000, entries: entries)],
            ])
        }
        let plan = pick(layout(100))
        #expect(plan?.level == 5)
        #expect(numbers(plan?.overlapped) == [1])
        #expect(plan?.isMove == false)
        #expect(pick(layout(101)) == nil)
        // They may hide nothing, or what came after the snapshot.
        #expect(pick(layout(100), snapshots: [3])?.level == 5)
        // Versions that a snapshot kept here can, once it is gone.
        var hidden = dense
        hidden.deletionCount = 0
        hidden.hiddenCount = 10
        hidden.pins.add(5...5, count: 10)
        let below = TableShape.table(1, 0, 9, sizeBytes: 100_000, entries: 100)
        let pinned = TableShape.layout([5: [hidden], 6: [below]])
        #expect(pick(pinned, snapshots: [3, 5]) == nil)
        #expect(pick(pinned, snapshots: [3])?.level == 5)
    }

    @Test("Deletions that lie scattered over more than a table wait until they are a third of it")
    func scatteredGarbage() {
        let dense = TableShape.table(7, 0, 99, sizeBytes: 100, entries: 30, deletions: 30)
        func pick(over bytes: Int, entries: Int) -> CompactionPlan? {
            let below = (0..<3).map {
                TableShape.table(
                    UInt64($0 + 1), 30 * $0, 30 * $0 + 29, sizeBytes: bytes / 3,
                    entries: entries / 3)
            }
            return Self.largeTables.pick(TableShape.layout([5: [dense], 6: below]), snapshots: [])
        }
        #expect(pick(over: 150_000, entries: 300)?.level == 5)
        #expect(pick(over: 150_000, entries: 303) == nil)
        #expect(pick(over: 150_003, entries: 60)?.level == 5)
        #expect(pick(over: 150_003, entries: 63) == nil)
    }

    @Test("A long run of deletions goes down though it is a small part of its table")
    func runAbove() {
        var options = Self.options
        options.denseGarbageCompactionCount = 20
        var long = TableShape.table(7, 0, 9, sizeBytes: 100, entries: 120, deletions: 20)
        func pick(_ table: SSTableMetadata, over entries: Int, snapshots: [UInt64] = [])
            -> CompactionPlan?
        {
            let below = TableShape.table(1, 0, 9, sizeBytes: 100_000, entries: entries)
            return CompactionPicker(options: options).pick(
                TableShape.layout([5: [table], 6: [below]]), snapshots: snapshots)
        }
        #expect(pick(long, over: 100) == nil, "spread thinly")
        long.denseGarbageCount = 20
        #expect(pick(long, over: 100)?.level == 5)
        #expect(pick(long, over: 100)?.reason == .garbageRun)
        #expect(pick(long, over: 101) == nil, "more than ten entries for each of them")
        // A range tombstone is no reason to rewrite more for a run.
        long.rangeDeletionCount = 1
        #expect(pick(long, over: 1000) == nil)
        long.rangeDeletionCount = 0
        long.pins.add(5...5)
        #expect(pick(long, over: 50) != nil)
        #expect(pick(long, over: 50, snapshots: [5]) == nil, "not all of the run is free")
        long.denseGarbageCount = 19
        #expect(pick(long, over: 50) == nil)
    }

    @Test("A table of deletions moves over a level without their keys, and is merged at the end")
    func garbageMoves() {
        let dense = TableShape.table(7, 0, 9, sizeBytes: 100, entries: 10, deletions: 10)
        let below = TableShape.table(1, 0, 9, sizeBytes: 100_000, entries: 100)
        func plan(_ layout: LevelLayout) -> CompactionPlan? {
            let sizes = LevelSizes(layout, options: Self.options)
            return Self.largeTables.garbagePlan(layout, sizes, snapshots: [])
        }
        let first = plan(TableShape.layout([4: [dense], 6: [below]]))
        #expect(first?.isMove == true && first?.outputLevel == 5)
        #expect(plan(TableShape.layout([5: [dense], 6: [below]]))?.isMove == false)
        #expect(plan(TableShape.layout([4: [dense]]))?.isMove == false)
    }

    @Test("The last level is rewritten for a long run that is not a small part of its table")
    func runAtTheBottom() {
        var options = Self.options
        options.denseGarbageCompactionCount = 20
        func pick(_ entries: Int, dense: Int) -> CompactionPlan? {
            var table = TableShape.table(7, 0, 9, entries: entries, deletions: 20)
            table.denseGarbageCount = dense
            return CompactionPicker(options: options).pick(
                TableShape.layout([6: [table]]), snapshots: [])
        }
        #expect(pick(220, dense: 20)?.outputLevel == 6)
        #expect(pick(220, dense: 19) == nil)
        #expect(pick(221, dense: 20) == nil)
    }

    @Test("A table of deletions in level 0 takes along what lies below it there")
    func garbageInLevelZero() {
        var options = Self.options
        options.levelZeroCompactionTrigger = 4
        let layout = TableShape.layout(levelZero: [
            TableShape.table(5, 0, 9), TableShape.table(6, 20, 29),
            TableShape.table(7, 0, 5, deletions: 10),
        ])
        let plan = CompactionPicker(options: options).pick(layout, snapshots: [])
        #expect(numbers(plan?.inputs) == [5, 7])
        #expect(plan?.outputLevel == 6)
    }
}
