@testable import StorageEngine
import Testing

@Suite("Where tables end")
struct OutputCutterTests {
    private static func cutter(
        _ below: [(first: Int, last: Int, sizeBytes: Int)], full: Int = .max, aligned: Int = .max,
        overlap: Int = .max
    ) -> OutputCutter {
        let tables = below.enumerated().map { index, table in
            TableShape.table(
                UInt64(index + 1), table.first, table.last, sizeBytes: table.sizeBytes)
        }
        return OutputCutter(
            below: tables, fullSizeBytes: full, alignedSizeBytes: aligned,
            overlapLimitBytes: overlap)
    }

    /// The keys of 0..<100 that begin a table, where each key takes one byte.
    private static func cuts(_ cutter: OutputCutter) -> [Int] {
        var cutter = cutter
        var cuts: [Int] = []
        var sizeBytes = 0
        for key in 0..<100 {
            if TableShape.key(key).withUnsafeBytes({
                cutter.cuts(before: $0, sizeBytes: sizeBytes)
            }) {
                cuts.append(key)
                sizeBytes = 0
            }
            sizeBytes += 1
        }
        return cuts
    }

    @Test("At the full size")
    func full() {
        #expect(Self.cuts(Self.cutter([], full: 40)) == [40, 80])
        #expect(Self.cuts(.never) == [])
    }

    @Test("At the end of a table below, once large enough")
    func aligned() {
        let below = [(0, 9, 1), (10, 19, 1), (20, 49, 1), (55, 59, 1), (60, 200, 1)]
        #expect(Self.cuts(Self.cutter(below, aligned: 1)) == [10, 20, 50, 60])
        #expect(Self.cuts(Self.cutter(below, aligned: 15)) == [20, 50])
        #expect(Self.cuts(Self.cutter(below, full: 25, aligned: 15)) == [20, 45, 60, 85])
    }

    @Test("Before a table overlaps more below than the limit")
    func overlap() {
        let below = (0..<10).map { (10 * $0, 10 * $0 + 4, 100) }
        #expect(Self.cuts(Self.cutter(below, overlap: 250)) == [25, 55, 85])
        // What ended before the first key does not count.
        let before = [(0, 1, 1000), (2, 3, 1000)]
        var cutter = Self.cutter(before, overlap: 500)
        let cuts = TableShape.key(50).withUnsafeBytes { cutter.cuts(before: $0, sizeBytes: 0) }
        #expect(!cuts)
    }
}
