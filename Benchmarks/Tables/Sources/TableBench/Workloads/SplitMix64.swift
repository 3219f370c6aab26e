/// A random generator of one word of state, which gives the same sequence for the same seed on every
/// engine. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The generator of one task of a phase.
    init(seed: UInt64, phase: String, task: Int) {
        var hash = seed
        for byte in phase.utf8 { hash = FNV.hash(hash ^ UInt64(byte)) }
        self.init(seed: FNV.hash(hash ^ UInt64(task)))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// At least 0, below 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// At least 0, below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// The hash that YCSB spreads its keys with.
enum FNV {
    /// FNV-1a over the eight bytes of a number, least significant first.
    static func hash(_ number: UInt64) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            hash = (hash ^ ((number >> shift) & 0xff)) &* 0x100_0000_01b3
        }
        return hash
    }
}
