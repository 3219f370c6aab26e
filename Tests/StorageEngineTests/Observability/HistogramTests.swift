import Testing

@testable import StorageEngine

@Suite("Histograms")
struct HistogramTests {
    @Test("A value lies in the bucket of its power of two, and everything above in the last")
    func buckets() {
        var histogram = Histogram()
        for value: UInt64 in [0, 1, 2, 3, 4, 7, 8, 1 << 30, .max] { histogram.record(value) }
        var expected = [UInt64](repeating: 0, count: 32)
        expected[0] = 1
        expected[1] = 1
        expected[2] = 2
        expected[3] = 2
        expected[4] = 1
        expected[31] = 2
        #expect(histogram.buckets == expected)
        #expect(histogram.count == 9)
    }

    @Test("The bound of a share is at or above that share of the values, at most twice too large")
    func bounds() {
        var histogram = Histogram()
        #expect(histogram.bound(ofShare: 0.5) == nil)
        #expect(histogram.mean == nil)
        for value: UInt64 in 1...100 { histogram.record(value) }
        #expect(histogram.bound(ofShare: 0) == 1)
        #expect(histogram.bound(ofShare: 0.5) == 63)
        #expect(histogram.bound(ofShare: 0.99) == 127)
        #expect(histogram.bound(ofShare: 1) == 127)
        #expect(histogram.mean == 50.5)
    }

    @Test("A duration is recorded in microseconds")
    func durations() {
        let shared = SharedHistogram()
        shared.record(microsecondsOf: .nanoseconds(999))
        shared.record(microsecondsOf: .microseconds(1_500))
        shared.record(microsecondsOf: .seconds(2))
        #expect(shared.current.sum == 2_001_500)
        #expect(shared.current.buckets[0] == 1)
    }
}
