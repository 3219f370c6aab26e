/// A supply of keys of one shape; equal draws meet again, so that keys are overwritten and deleted.
public struct KeySpace: Sendable {
    public enum Shape: Sendable, CaseIterable {
        /// A handful of one-byte keys: every version of a key meets every other.
        case tiny
        /// A few hundred short keys.
        case small
        /// Random bytes that seldom repeat.
        case large
        /// Long common beginnings, as rows of one partition have.
        case sharedPrefixes
        /// Keys that are prefixes of each other, and runs of 00 and FF.
        case nested
    }

    public let shape: Shape

    public init(_ shape: Shape) {
        self.shape = shape
    }

    /// One key, never empty.
    public func key(_ random: inout SeededRandom) -> [UInt8] {
        switch shape {
        case .tiny:
            return [UInt8(random.int(in: 0..<20))]
        case .small:
            return Array("key\(random.int(in: 0..<400))".utf8)
        case .large:
            // The leading byte alone would put all keys into one range; eight spread them.
            return random.bytes(count: random.int(in: 8...24))
        case .sharedPrefixes:
            let partition = UInt8(random.int(in: 0..<6))
            return Array(repeating: 0x70 + partition, count: 40 + Int(partition) * 9)
                + Array("row\(random.int(in: 0..<150))".utf8)
        case .nested:
            let alphabet: [UInt8] = [0x00, 0x01, 0x7F, 0xFF]
            return (0..<random.int(in: 1...5)).map { _ in alphabet[random.int(in: 0..<4)] }
        }
    }
}
