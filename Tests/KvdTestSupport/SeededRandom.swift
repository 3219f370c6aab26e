import Glibc

/// A random generator whose whole sequence follows from one number.
///
/// Every randomised test draws from it alone, so that a failure is repeated by giving the printed
/// seed back in `KVD_SEED`. It is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", 2014): equal seeds give equal sequences on every machine, and neighbouring
/// seeds give unrelated ones.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    /// The number this generator was started from.
    public let seed: UInt64
    private var state: UInt64

    /// A generator that starts from `seed`.
    public init(seed: UInt64) {
        self.seed = seed
        self.state = seed
    }

    /// A generator that starts from `KVD_SEED` where it is set, else from a fresh random seed.
    ///
    /// The seed is printed either way, together with the test it belongs to.
    ///
    /// - Parameter testName: The name to print, so that a seed can be told apart from those of the
    ///   tests that run beside this one.
    public static func fromEnvironment(_ testName: String) -> SeededRandom {
        var system = SystemRandomNumberGenerator()
        let seed = environmentSeed() ?? system.next()
        print("\(testName): KVD_SEED=\(seed) replays this run")
        return SeededRandom(seed: seed)
    }

    private static func environmentSeed() -> UInt64? {
        guard let text = getenv("KVD_SEED") else { return nil }
        guard let seed = UInt64(String(cString: text)) else {
            preconditionFailure("KVD_SEED must be a decimal number of 64 bits")
        }
        return seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// A generator for one part of a test.
    ///
    /// It depends on this generator's seed and on `stream` alone, not on how much was drawn before,
    /// so that run number 137 of a loop can be repeated without the 136 before it.
    public func split(_ stream: UInt64) -> SeededRandom {
        SeededRandom(seed: Self.mixed(seed ^ Self.mixed(stream &+ 0xD1B5_4A32_D192_ED03)))
    }

    /// True with the chance `numerator` in `denominator`.
    public mutating func chance(_ numerator: Int, in denominator: Int) -> Bool {
        Int.random(in: 0..<denominator, using: &self) < numerator
    }

    /// A number of the range, each equally likely.
    public mutating func int(in range: Range<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// A number of the range, each equally likely.
    public mutating func int(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// `count` bytes, each value equally likely.
    public mutating func bytes(count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        // Tests draw most of their bytes here: a draw for each would be a sixth of their time.
        var word: UInt64 = 0
        for index in 0..<count {
            word = index % 8 == 0 ? next() : word >> 8
            bytes.append(UInt8(truncatingIfNeeded: word))
        }
        return bytes
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
