import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Sublevels of level 0")
struct SublevelTests {
    private static func numbers(_ tables: [SSTableMetadata]) -> [[UInt64]] {
        LevelLayout.sublevels(of: tables).map { $0.map { tables[$0].number } }
    }

    @Test("Tables that follow each other make one sublevel, in key order")
    func sequential() {
        let tables = (0..<20).map { TableShape.table(UInt64($0 + 1), 10 * $0, 10 * $0 + 9) }
        #expect(Self.numbers(tables.reversed()) == [Array(1...20)])
    }

    @Test("A table lies right above the highest older one that it overlaps")
    func stacked() {
        let tables = [
            TableShape.table(1, 0, 10), TableShape.table(2, 20, 30), TableShape.table(3, 10, 12),
            TableShape.table(4, 11, 25), TableShape.table(5, 13, 19),
            TableShape.table(6, 31, 40), TableShape.table(7, 18, 18),
        ]
        #expect(Self.numbers(tables) == [[1, 2, 6], [3], [4], [5], [7]])
    }

    @Test("Order is the sequences', whatever the order of the list")
    func order() {
        let older = TableShape.table(9, 0, 10, sequences: 1...5)
        let newer = TableShape.table(3, 5, 15, sequences: 6...9)
        #expect(Self.numbers([older, newer]) == [[9], [3]])
        #expect(Self.numbers([newer, older]) == [[9], [3]])
    }

    @Test("Random tables: sorted runs, newer above older, and no table higher than it must")
    func random() {
        var random = SeededRandom.fromEnvironment("SublevelTests.random")
        for _ in 0..<500 {
            var tables: [SSTableMetadata] = []
            for number in 0..<random.int(in: 0...40) {
                let first = random.int(in: 0...200)
                let last = first + random.int(in: 0...60)
                tables.append(TableShape.table(UInt64(number + 1), first, last))
            }
            tables.shuffle(using: &random)
            let sublevels = LevelLayout.sublevels(of: tables)
            #expect(sublevels.joined().sorted() == Array(tables.indices))
            var level: [Int: Int] = [:]
            for (place, sublevel) in sublevels.enumerated() {
                for index in sublevel { level[index] = place }
                for (left, right) in zip(sublevel, sublevel.dropFirst()) {
                    #expect(
                        Version.precedes(tables[left].largestKey, tables[right].smallestKey))
                }
            }
            for (index, table) in tables.enumerated() {
                let older = tables.indices.filter {
                    tables[$0].largestSequence < table.largestSequence
                        && tables[$0].span.overlaps(table.span)
                }
                let expected = (older.compactMap { level[$0] }.max() ?? -1) + 1
                #expect(level[index] == expected)
            }
        }
    }
}
