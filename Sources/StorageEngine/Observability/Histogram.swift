/// How often values of each power of two came.
///
/// Bucket 0 counts the value 0, bucket *i* the values from 2^(i−1) to 2^i − 1. Whoever has one says
/// what its values are.
public struct Histogram: Sendable, Equatable {
    /// The last bucket counts everything from 2^30.
    static let bucketCount = 32

    public private(set) var buckets = [UInt64](repeating: 0, count: bucketCount)
    /// The sum of all values.
    public private(set) var sum: UInt64 = 0

    /// How many values there are.
    public var count: UInt64 { buckets.reduce(0, +) }

    /// Nil where there is no value.
    public var mean: Double? { count == 0 ? nil : Double(sum) / Double(count) }

    /// A bound that at least the given share of values do not exceed, at most twice too large; nil
    /// where there is no value.
    ///
    /// - Parameter share: From 0 to 1, for example 0.99.
    public func bound(ofShare share: Double) -> UInt64? {
        let count = count
        guard count > 0 else { return nil }
        var rest = max(1, UInt64((Double(count) * share).rounded(.up)))
        for (index, bucket) in buckets.enumerated() {
            if bucket >= rest { return index == 0 ? 0 : (1 << UInt64(index)) - 1 }
            rest -= bucket
        }
        return nil
    }

    mutating func record(_ value: UInt64) {
        let bits = UInt64.bitWidth - value.leadingZeroBitCount
        buckets[min(bits, Self.bucketCount - 1)] += 1
        sum &+= value
    }
}

/// A histogram that threads fill; each takes the lock, so it is for what happens once a file
/// operation, not once a key.
///
/// `@unchecked Sendable`: `values` is guarded by `lock`.
final class SharedHistogram: @unchecked Sendable {
    private let lock = Lock()
    private var values = Histogram()

    func record(_ value: UInt64) { lock.withLock { values.record(value) } }

    /// Records a duration in microseconds, rounded down.
    func record(microsecondsOf duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(UInt64(max(0, seconds)) &* 1_000_000 &+ UInt64(attoseconds / 1_000_000_000_000))
    }

    var current: Histogram { lock.withLock { values } }
}
