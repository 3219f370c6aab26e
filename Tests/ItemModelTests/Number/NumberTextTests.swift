import KvdTestSupport
import Testing

@testable import ItemModel

/// What is a number, what is none, and how numbers are written back.
struct NumberTextTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("0E999999999999", "0"), ("+5", "5"),
        ("1E3", "1000"), ("0.10", "0.1"), ("007", "7"), (".5", "0.5"), ("5.", "5"),
        ("-12.340", "-12.34"), ("1e-3", "0.001"), ("1E+2", "100"), ("123E-2", "1.23"),
        ("100.00E-2", "1"), ("9007199254740993", "9007199254740993"),
        (
            "1.0000000000000000000000000000000000001",
            "1.0000000000000000000000000000000000001"
        ),
        ("1" + String(repeating: "0", count: 125), "1" + String(repeating: "0", count: 125)),
        ("1E-130", "0." + String(repeating: "0", count: 129) + "1"),
        (String(repeating: "0", count: 500) + "1", "1"),
        ("0." + String(repeating: "0", count: 129) + "1E+130", "1"),
    ])
    func numbersAreWrittenInPlainNotation(text: String, plain: String) throws {
        #expect(try DecimalNumber(parsing: text).description == plain)
    }

    @Test(arguments: [
        "abc", " 1", "1 ", "1e", "1e+", "e5", ".", "-", "+", "--1", "1.2.3", "0x10", "NaN",
        "Infinity", "1_000", "1,5", "1e5.5", "١",
    ])
    func otherTextsAreRepeatedInTheRefusal(text: String) {
        #expect(
            throws: ItemError("The parameter cannot be converted to a numeric value: \(text)")
        ) { try DecimalNumber(parsing: text) }
    }

    @Test func theEmptyTextIsRefusedWithoutRepetition() {
        #expect(throws: ItemError("The parameter cannot be converted to a numeric value")) {
            try DecimalNumber(parsing: "")
        }
    }

    @Test(arguments: [
        "123456789012345678901234567890123456789", "1.00000000000000000000000000000000000001",
        "0.123456789012345678901234567890123456789",
    ])
    func moreThan38DigitsAreRefused(text: String) {
        #expect(
            throws: ItemError("Attempting to store more than 38 significant digits in a Number")
        ) { try DecimalNumber(parsing: text) }
    }

    @Test(arguments: ["1E126", "-1E126", "9.9E200", "1E99999999999999999999", "10E125"])
    func magnitudesAboveTheRangeAreRefused(text: String) {
        #expect(
            throws: ItemError(
                "Number overflow. Attempting to store a number with magnitude larger than "
                    + "supported range")
        ) { try DecimalNumber(parsing: text) }
    }

    @Test(arguments: ["1E-131", "-1E-131", "9.9E-131", "1E-99999999999999999999", "0.1E-130"])
    func magnitudesBelowTheRangeAreRefused(text: String) {
        #expect(
            throws: ItemError(
                "Number underflow. Attempting to store a number with magnitude smaller than "
                    + "supported range")
        ) { try DecimalNumber(parsing: text) }
    }

    @Test func randomNumbersAreReadAsTheReferenceReadsThem() throws {
        var random = SeededRandom.fromEnvironment("randomNumbersAreReadAsTheReferenceReadsThem")
        let values = RandomValues()
        for _ in 0..<5000 {
            let text = values.numberText(using: &random)
            let reference = ReferenceDecimal(text)
            let number = try? DecimalNumber(parsing: text)
            #expect(number?.description == (reference.verdict == .number ? reference.text : nil))
        }
    }

    @Test func literalsAreWhatTheySpell() {
        let integer: DecimalNumber = -42
        let fraction: DecimalNumber = 0.1
        let large: DecimalNumber = 1e21
        #expect([integer, fraction, large].map(\.description) == ["-42", "0.1", "1" + zeros(21)])
        #expect(DecimalNumber(Int.min).description == String(Int.min))
        #expect(DecimalNumber(Int.max).intValue == Int.max)
        #expect(fraction.intValue == nil)
        #expect(fraction.doubleValue == 0.1)
    }

    @Test func anIntIsWhatTheTextSaysIfItFits() throws {
        var random = SeededRandom.fromEnvironment("anIntIsWhatTheTextSaysIfItFits")
        let values = RandomValues()
        let edges = [
            "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616",
            "-18446744073709551616", "9000000000000000000", "-9E18", "1E19", "2E19", "-1E19",
            "1E125", "-1E125", "36893488147419103232", "123E2", "-1.5", "1E-130", "0",
        ]
        let drawn = (0..<5000).map { _ in values.number(using: &random) }
        for number in try edges.map({ try DecimalNumber(parsing: $0) }) + drawn {
            #expect(number.intValue == Int(number.description))
        }
    }

    private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
}
