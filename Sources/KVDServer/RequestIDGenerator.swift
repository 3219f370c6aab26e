/// Makes request identifiers in the form of AWS's: 52 characters of A-Z and 0-9.
///
/// They tell answers apart in logs and nothing else, so a fast generator will do; it is seeded from
/// the system's. Source: G. L. Steele et al., "Fast Splittable Pseudorandom Number Generators",
/// OOPSLA 2014 (SplitMix64).
struct RequestIDGenerator {
    static let length = 52
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> String {
        String(unsafeUninitializedCapacity: Self.length) { output in
            var bits: UInt64 = 0
            for index in 0..<Self.length {
                // Each number gives twelve characters of five bits.
                if index % 12 == 0 { bits = nextNumber() }
                output[index] = Self.alphabet.utf8Start[Int(bits & 31)]
                bits >>= 5
            }
            return Self.length
        }
    }

    private mutating func nextNumber() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
