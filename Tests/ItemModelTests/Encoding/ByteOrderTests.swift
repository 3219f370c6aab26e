import KvdTestSupport
import Testing

@testable import ItemModel

/// The order of bytes is that of the standard library, whatever the lengths.
struct ByteOrderTests {
    @Test func bytesAreOrderedAsTheStandardLibraryOrdersThem() {
        var random = SeededRandom.fromEnvironment("bytesAreOrderedAsTheStandardLibraryOrdersThem")
        var mistakes: [String] = []
        for _ in 0..<50_000 {
            let (left, right) = pair(&random)
            let order = left.withUnsafeBytes { left in
                right.withUnsafeBytes { right in compareBytes(left, right).signum() }
            }
            let expected = left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
            if order != expected { mistakes.append("\(left) and \(right): \(order)") }
        }
        #expect(mistakes.isEmpty)
    }

    /// Two of 0 to 40 bytes that share their beginning, and differ by one byte or their lengths.
    private func pair(_ random: inout SeededRandom) -> ([UInt8], [UInt8]) {
        let left = random.bytes(count: random.int(in: 0...40))
        var right = left
        if let place = right.indices.randomElement(using: &random), random.chance(3, in: 4) {
            right[place] = right[place] &+ (random.chance(1, in: 2) ? 1 : 0x80)
        }
        switch random.int(in: 0...3) {
        case 0: right.removeLast(random.int(in: 0...right.count))
        case 1: right += random.bytes(count: random.int(in: 0...9))
        default: break
        }
        return random.chance(1, in: 2) ? (left, right) : (right, left)
    }
}
