import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Choosing tables that range tombstones emptied")
struct DropPlanTests {
    private let picker = CompactionPicker(options: EngineOptions())

    private func dropped(_ layout: LevelLayout, _ snapshots: [UInt64] = []) -> [UInt64] {
        guard let plan = picker.dropPlan(layout, snapshots: snapshots) else { return [] }
        #expect(plan.work == .drop && plan.overlapped.isEmpty)
        #expect(plan.level == plan.outputLevel)
        #expect(plan.reason == .rangeDeleted)
        #expect(picker.pick(layout, snapshots: snapshots) == plan)
        return plan.inputs.map(\.number).sorted()
    }

    /// A tombstone over 10..<20 of sequence 50 in level 0, and a table from `first` to `last` below.
    private func layout(
        _ first: Int, _ last: Int, sequences: ClosedRange<UInt64> = 3...7, level: Int = 6
    ) -> LevelLayout {
        TableShape.layout(
            levelZero: [TableShape.table(9, 10, 20, sequences: 50...50)],
            [level: [TableShape.table(1, first, last, sequences: sequences)]],
            removals: [9: [Removal(10, 20, 50)]])
    }

    @Test("A table goes where every key of its span is covered")
    func span() {
        #expect(dropped(layout(10, 19)) == [1])
        #expect(dropped(layout(12, 15, level: 3)) == [1])
        #expect(dropped(layout(9, 19)) == [])
        // The upper end is not removed.
        #expect(dropped(layout(10, 20)) == [])
        #expect(dropped(layout(20, 25)) == [])
        #expect(dropped(TableShape.layout([6: [TableShape.table(1, 10, 19)]])) == [])
    }

    @Test("No snapshot may tell the tombstone from anything in the table")
    func snapshots() {
        let layout = layout(10, 19)
        #expect(dropped(layout, [2]) == [1])
        #expect(dropped(layout, [3]) == [])
        #expect(dropped(layout, [5]) == [])
        #expect(dropped(layout, [49]) == [])
        #expect(dropped(layout, [50]) == [1])
        #expect(dropped(layout, [2, 2, 60]) == [1])
        #expect(dropped(layout, [2, 7, 60]) == [])
        // At the bottom sequences are 0, older than every snapshot.
        #expect(dropped(self.layout(10, 19, sequences: 0...0), [2]) == [])
    }

    @Test("Of several tombstones over a key one of the table's own stratum is needed")
    func strata() {
        let layout = TableShape.layout(
            levelZero: [TableShape.table(9, 10, 20, sequences: 30...50)],
            [6: [TableShape.table(1, 10, 19, sequences: 3...7)]],
            removals: [9: [Removal(10, 20, 50), Removal(10, 15, 30)]])
        #expect(dropped(layout, [40]) == [])
        let both = TableShape.layout(
            levelZero: [TableShape.table(9, 10, 20, sequences: 30...50)],
            [6: [TableShape.table(1, 10, 19, sequences: 3...7)]],
            removals: [9: [Removal(10, 20, 50), Removal(10, 20, 30)]])
        #expect(dropped(both, [40]) == [1])
        #expect(dropped(both, [20]) == [])
    }

    @Test("A run's pieces cover together, across tables, but not over a gap")
    func pieces() {
        func layout(_ second: Removal) -> LevelLayout {
            TableShape.layout(
                [
                    4: [
                        TableShape.table(8, 10, 14, sequences: 50...50),
                        TableShape.table(9, 15, 30, sequences: 50...51),
                    ], 6: [TableShape.table(1, 12, 25, sequences: 3...7)],
                ],
                removals: [8: [Removal(10, 15, 50)], 9: [second]])
        }
        #expect(dropped(layout(Removal(15, 30, 51))) == [1])
        #expect(dropped(layout(Removal(16, 30, 51))) == [])
    }

    @Test("Tombstones remove nothing in their own run, nor above it")
    func newerRuns() {
        let older = TableShape.layout(
            levelZero: [
                TableShape.table(9, 10, 30, sequences: 50...50),
                TableShape.table(10, 12, 15, sequences: 60...60),
            ], removals: [9: [Removal(10, 30, 50)]])
        #expect(dropped(older) == [])
        let newer = TableShape.layout(
            levelZero: [
                TableShape.table(9, 12, 15, sequences: 50...50),
                TableShape.table(10, 10, 30, sequences: 60...60),
                TableShape.table(11, 40, 41, sequences: 50...50),
            ], [6: [TableShape.table(1, 0, 50)]], removals: [10: [Removal(10, 30, 60)]])
        #expect(dropped(newer) == [9])
    }

    @Test("Levels are taken one after another, tombstones of dropped tables with them")
    func levels() {
        var layout = TableShape.layout(
            levelZero: [TableShape.table(9, 0, 99, sequences: 50...50)],
            [
                4: [TableShape.table(3, 10, 20, sequences: 30...30)],
                6: [
                    TableShape.table(1, 10, 19, sequences: 3...7),
                    TableShape.table(2, 20, 25, sequences: 3...7),
                ],
            ], removals: [9: [Removal(0, 99, 50)], 3: [Removal(10, 20, 30)]])
        #expect(dropped(layout) == [3])
        layout = TableShape.layout(
            levelZero: layout.levels[0], [6: layout.levels[6]], removals: [9: [Removal(0, 99, 50)]])
        #expect(dropped(layout) == [1, 2])
    }

    /// The choice against its meaning: each key of the table's span, under every reader.
    @Test("What is chosen holds nothing that any reader sees")
    func meaning() throws {
        var random = SeededRandom.fromEnvironment("DropPlanTests.meaning")
        var dropCount = 0
        for _ in 0..<3000 {
            let removals = (0..<random.int(in: 1...6)).map { _ in
                let lower = random.int(in: 0...10)
                return Removal(
                    lower, lower + random.int(in: 1...20), UInt64(random.int(in: 20...25)))
            }
            let unique = Dictionary(removals.map { ($0.sequence, $0) }) { first, _ in first }.values
            let first = random.int(in: 0...20)
            let last = first + random.int(in: 0...8)
            let oldest = UInt64(random.int(in: 0...19))
            let newest = UInt64(random.int(in: Int(oldest)...19))
            let snapshots = (0..<random.int(in: 0...3)).map { _ in UInt64(random.int(in: 0...26)) }
                .sorted()
            let layout = TableShape.layout(
                [
                    5: [TableShape.table(9, 0, 40, sequences: 20...25)],
                    6: [TableShape.table(1, first, last, sequences: oldest...newest)],
                ], removals: [9: Array(unique)])
            // One key between any two as well.
            let keys =
                (first...last).map { TableShape.key($0) }
                + (first..<last).map { TableShape.key($0) + [7] }
            let isGone = keys.allSatisfy { key in
                (snapshots + [100]).allSatisfy { reader in
                    reader < oldest
                        || unique.contains { $0.sequence <= reader && $0.covers(key) }
                }
            }
            let isDropped = dropped(layout, snapshots) == [1]
            if isDropped { #expect(isGone) }
            if snapshots.isEmpty { #expect(isDropped == isGone) }
            dropCount += isDropped ? 1 : 0
        }
        #expect(dropCount > 100)
    }
}
