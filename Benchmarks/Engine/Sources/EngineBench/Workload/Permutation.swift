/// A seeded bijection of `0..<count`: every number once, in an order that looks random, without a
/// table of `count` entries whose cache misses would be measured with the engine's.
///
/// Multiply and xor-shift steps are bijections of the numbers of `bits` bits; numbers beyond
/// `count` are sent on through the same bijection until they fall inside ("cycle walking", Black
/// and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002), fewer than two rounds on average.
struct Permutation {
    let count: UInt64
    private let mask: UInt64
    private let shift: UInt64
    private let offset: UInt64
    private let multiplier: UInt64

    init(count: Int, seed: UInt64) {
        precondition(count > 0, "a permutation of nothing")
        self.count = UInt64(count)
        let bits = UInt64(max(2, UInt64.bitWidth - UInt64(count - 1).leadingZeroBitCount))
        mask = (1 << bits) - 1
        shift = bits / 2
        var random = SplitMix(seed: seed)
        offset = random.next()
        multiplier = random.next() | 1
    }

    subscript(index: Int) -> UInt64 {
        @inline(__always) get {
            var x = UInt64(truncatingIfNeeded: index)
            repeat { x = step(x) } while x >= count
            return x
        }
    }

    @inline(__always)
    private func step(_ number: UInt64) -> UInt64 {
        var x = (number &+ offset) & mask
        x ^= x >> shift
        x = (x &* multiplier) & mask
        x ^= x >> shift
        x = (x &* 0x9E37_79B9_7F4A_7C15) & mask
        x ^= x >> shift
        return x
    }
}

/// A fast seeded source of random numbers (Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014).
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in `0..<bound`.
    @inline(__always)
    mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
