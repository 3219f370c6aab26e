import KvdTestSupport
import Testing

@testable import ItemModel

/// The order of stored numbers is the order of their values.
struct NumberOrderTests {
    @Test func theOrderOfBytesIsTheOrderOfNumbers() {
        var random = SeededRandom.fromEnvironment("theOrderOfBytesIsTheOrderOfNumbers")
        let values = RandomValues()
        var mistakes: [String] = []
        for _ in 0..<100_000 {
            let (left, right) = pair(values, &random)
            let (a, b) = (left.orderedBytes, right.orderedBytes)
            let bytes = a == b ? 0 : (a.lexicographicallyPrecedes(b) ? -1 : 1)
            let expected = ReferenceDecimal.compare(
                ReferenceDecimal(left.description), ReferenceDecimal(right.description))
            let compared = left == right ? 0 : (left < right ? -1 : 1)
            if bytes != expected.signum() || compared != expected.signum() {
                mistakes.append("\(left) and \(right)")
            }
        }
        #expect(mistakes.isEmpty)
    }

    /// Two unrelated numbers, or two that differ a little: that is where an order breaks.
    private func pair(
        _ values: RandomValues, _ random: inout SeededRandom
    ) -> (DecimalNumber, DecimalNumber) {
        let left = values.number(using: &random)
        guard random.chance(1, in: 2) else { return (left, values.number(using: &random)) }
        let digit = DecimalNumber(
            isNegative: random.chance(1, in: 2),
            unnormalized: UInt128(random.int(in: 0...99)), exponent: Int(left.exponent))
        return (left, (try? left.adding(digit)) ?? left)
    }

    @Test func bytesComeBackAsTheirNumber() {
        var random = SeededRandom.fromEnvironment("bytesComeBackAsTheirNumber")
        let values = RandomValues()
        var mistakes: [String] = []
        for _ in 0..<20_000 {
            let number = values.number(using: &random)
            let bytes = number.orderedBytes
            let isGood = bytes.withUnsafeBytes { raw in
                DecimalNumber.isOrderedBytes(raw) && DecimalNumber(orderedBytes: raw) == number
            }
            if !isGood || bytes.count > NumberEncoding.sizeLimitBytes {
                mistakes.append(number.description)
            }
        }
        #expect(mistakes.isEmpty)
    }

    @Test(arguments: [
        ("0", [0x80]), ("1", [0xC1, 2]), ("-1", [0x3E, 0xFD, 0xFF]), ("100", [0xC2, 2]),
        ("12.5", [0xC1, 13, 51]), ("1E-130", [0x80, 2]), ("-1E-130", [0x7F, 0xFD, 0xFF]),
        ("9E125", [0xFF, 91]), ("-9E125", [0x00, 0xA4, 0xFF]),
    ])
    func theBytesAreAsDrawn(text: String, bytes: [UInt8]) throws {
        #expect(try DecimalNumber(parsing: text).orderedBytes == bytes)
    }

    @Test(arguments: [
        [], [0x81], [0xC1, 1], [0xC1, 2, 1], [0xC1, 0], [0xC1, 101], [0xC1, 102],
        [0x3E, 0xFD], [0x3E, 0xFF], [0x3E, 0xFE, 0xFF], [0x3E, 0x9A, 0xFF], [0x00],
        [0xC1] + [UInt8](repeating: 100, count: 20), [0xC1] + [UInt8](repeating: 2, count: 21),
    ])
    func bytesInAnotherFormAreNoNumber(bytes: [UInt8]) {
        #expect(!bytes.withUnsafeBytes { DecimalNumber.isOrderedBytes($0) })
    }
}
