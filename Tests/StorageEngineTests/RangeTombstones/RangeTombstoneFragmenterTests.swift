import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Cutting range tombstones into fragments")
struct RangeTombstoneFragmenterTests {
    @Test("What covers a key is the same before and after, for every reader")
    func coverage() throws {
        var random = SeededRandom.fromEnvironment("RangeTombstoneFragmenterTests.coverage")
        for _ in 0..<500 {
            let removals = (0..<random.int(in: 1...12)).map {
                Removal.random(&random, sequence: UInt64($0 + 1))
            }
            let list = try #require(RangeTombstoneList.of(removals.shuffled(using: &random)))
            Self.checkOrder(list)
            for key in Removal.allKeys {
                for limit in 0...UInt64(removals.count) {
                    let expected = removals.last { $0.covers(key) && $0.sequence <= limit }
                    #expect(list.newest(over: key, atMost: limit) == expected?.sequence ?? 0)
                }
            }
        }
    }

    @Test("The fragments of several lists are those of all their tombstones")
    func merge() throws {
        var random = SeededRandom.fromEnvironment("RangeTombstoneFragmenterTests.merge")
        for _ in 0..<300 {
            let removals = (0..<random.int(in: 1...12)).map {
                Removal.random(&random, sequence: UInt64($0 + 1))
            }
            var parts = [[Removal]](repeating: [], count: 3)
            for removal in removals { parts[random.int(in: 0..<3)].append(removal) }
            let lists = parts.compactMap { RangeTombstoneList.of($0) }
            let merged = try #require(RangeTombstoneFragmenter.merge(lists))
            #expect(merged.removals == RangeTombstoneList.of(removals)?.removals)
        }
        #expect(RangeTombstoneFragmenter.merge([]) == nil)
    }

    @Test("Pieces that touch grow together again")
    func touching() throws {
        let pieces = [Removal(0, 5, 7), Removal(5, 9, 7), Removal(9, 12, 8)]
        let list = try #require(RangeTombstoneList.of(pieces))
        #expect(list.removals == [Removal(0, 9, 7), Removal(9, 12, 8)])
    }

    @Test("A run of lists tells the fragment or the gap around a key, and nothing wider")
    func spans() throws {
        let lists = [
            try #require(RangeTombstoneList.of([Removal(10, 20, 5), Removal(15, 20, 9)])),
            try #require(RangeTombstoneList.of([Removal(20, 25, 5), Removal(40, 50, 3)])),
        ]
        let run = try #require(RangeTombstoneRun(lists))
        func span(_ key: Int, atMost limit: UInt64 = 100) -> [Int?] {
            let span = TableShape.key(key).withUnsafeBytes { run.span(at: $0, atMost: limit) }
            return [
                span.lower.map { TableShape.number([UInt8]($0)) },
                span.upper.map { TableShape.number([UInt8]($0)) }, Int(span.sequence),
            ]
        }
        #expect(span(3) == [nil, 10, 0])
        #expect(span(10) == [10, 15, 5])
        #expect(span(15) == [15, 20, 9])
        #expect(span(19, atMost: 8) == [15, 20, 5])
        #expect(span(19, atMost: 4) == [15, 20, 0])
        #expect(span(20) == [20, 25, 5])
        #expect(span(25) == [25, 40, 0])
        #expect(span(49) == [40, 50, 3])
        #expect(span(50) == [50, nil, 0])
    }

    private static func checkOrder(_ list: RangeTombstoneList) {
        for index in 0..<list.count {
            #expect(compareKeys(list.lower(index), list.upper(index)) < 0)
            let sequences = list.sequences(index)
            #expect(!sequences.isEmpty)
            #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 > $1 })
            guard index > 0 else { continue }
            let order = compareKeys(list.upper(index - 1), list.lower(index))
            #expect(order <= 0)
            #expect(order < 0 || list.sequences(index - 1) != sequences)
        }
    }
}
