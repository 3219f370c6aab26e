import KvdTestSupport
import Testing

@testable import ItemModel

/// Sums and differences are exact or refused.
struct NumberArithmeticTests {
    @Test func sumsAndDifferencesAreThoseOfTheReference() {
        var random = SeededRandom.fromEnvironment("sumsAndDifferencesAreThoseOfTheReference")
        let values = RandomValues()
        var mistakes: [String] = []
        for _ in 0..<10_000 {
            let left = values.number(using: &random)
            var right = values.number(using: &random)
            // Equal magnitudes with opposite signs are where digits cancel.
            if random.chance(1, in: 8) { right = left.negated }
            let a = ReferenceDecimal(left.description)
            var b = ReferenceDecimal(right.description)
            if outcome({ () throws(ItemError) in try left.adding(right) }) != expected(a + b) {
                mistakes.append("\(left) + \(right)")
            }
            if !b.digits.isEmpty { b.isNegative.toggle() }
            if outcome({ () throws(ItemError) in try left.subtracting(right) }) != expected(a + b) {
                mistakes.append("\(left) - \(right)")
            }
        }
        #expect(mistakes.isEmpty)
    }

    private func outcome(_ sum: () throws(ItemError) -> DecimalNumber) -> String {
        do {
            return try sum().description
        } catch {
            return error.message
        }
    }

    private func expected(_ sum: ReferenceDecimal) -> String {
        switch sum.verdict {
        case .number: sum.text
        case .tooManyDigits: ItemError.tooManyDigits.message
        case .overflow: ItemError.numberOverflow.message
        case .underflow: ItemError.numberUnderflow.message
        }
    }

    @Test func aSumBeyondTheRangeOverflows() throws {
        let largest = try DecimalNumber(parsing: "9.9999999999999999999999999999999999999E+125")
        let one = try DecimalNumber(parsing: "1E+125")
        #expect(throws: ItemError.numberOverflow) { try largest.adding(one) }
    }

    @Test func aDifferenceBelowTheRangeUnderflows() throws {
        let left = try DecimalNumber(parsing: "1.1E-130")
        let right = try DecimalNumber(parsing: "1E-130")
        #expect(throws: ItemError.numberUnderflow) { try left.subtracting(right) }
    }

    @Test func aSumOf39DigitsIsRefused() throws {
        let large = try DecimalNumber(parsing: "1E38")
        #expect(throws: ItemError.tooManyDigits) { try large.adding(1) }
        #expect(try large.subtracting(1).description == String(repeating: "9", count: 38))
    }
}
