import Foundation

/// Ranks with Zipf's distribution, in constant time a draw: rank 0 is the most popular.
///
/// Source: Gray et al., "Quickly Generating Billion-Record Synthetic Databases" (SIGMOD 1994), with
/// the constant 0.99, as YCSB has it.
struct Zipfian: Sendable {
    static let theta = 0.99
    private(set) var count: Int
    private var zeta: Double

    init(count: Int) {
        self.count = count
        zeta = Self.zeta(from: 0, to: count)
    }

    private init(count: Int, zeta: Double) {
        self.count = count
        self.zeta = zeta
    }

    /// What YCSB draws from before it scrambles: so many ranks that the keys which two popular ranks
    /// share are few. Its zeta takes minutes to sum up, so YCSB gives it as a number; here too.
    static let tenBillion = Zipfian(count: 10_000_000_000, zeta: 26.469_028_201_783_02)

    /// Adds ranks at the unpopular end.
    mutating func grow(to count: Int) {
        guard count > self.count else { return }
        zeta += Self.zeta(from: self.count, to: count)
        self.count = count
    }

    func next(_ random: inout SplitMix64) -> Int {
        let unit = random.unit()
        let scaled = unit * zeta
        if scaled < 1 { return 0 }
        let zetaOfTwo = 1 + pow(0.5, Self.theta)
        if scaled < zetaOfTwo { return 1 }
        let eta =
            (1 - pow(2 / Double(count), 1 - Self.theta)) / (1 - zetaOfTwo / zeta)
        let rank = Double(count) * pow(eta * unit - eta + 1, 1 / (1 - Self.theta))
        return min(Int(rank), count - 1)
    }

    private static func zeta(from first: Int, to end: Int) -> Double {
        var sum = 0.0
        for rank in first..<end { sum += 1 / pow(Double(rank + 1), theta) }
        return sum
    }
}
