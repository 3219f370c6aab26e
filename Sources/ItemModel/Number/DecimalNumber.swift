/// A number of DynamoDB: up to 38 significant decimal digits, 1E-130 to 9.99…E+125 in magnitude,
/// exact.
///
/// Source: "Supported data types and naming rules in Amazon DynamoDB", section Number. The service
/// has one zero: -0 is 0.
///
/// Invariants: the value is ±`coefficient` × 10^`exponent`; `coefficient` < 10^38 and its last
/// digit is not 0; zero is (false, 0, 0). So every number has one representation and the
/// synthesised equality is numeric.
public struct DecimalNumber: Sendable, Hashable {
    // The largest first: 19 bytes, where the smallest first would make 34.
    let coefficient: UInt128
    let exponent: Int16
    let isNegative: Bool

    static let maximumDigits = 38
    /// Bounds of the exponent of the leading digit.
    static let magnitudes = -130...125

    public static let zero = DecimalNumber(isNegative: false, coefficient: 0, exponent: 0)

    /// Takes parts that already keep the invariants.
    init(isNegative: Bool, coefficient: UInt128, exponent: Int16) {
        self.isNegative = isNegative
        self.coefficient = coefficient
        self.exponent = exponent
    }

    public init(_ value: Int) {
        self.init(isNegative: value < 0, unnormalized: UInt128(value.magnitude), exponent: 0)
    }

    /// The value as an Int, where it is one and fits.
    public var intValue: Int? {
        // The last digit is not 0, so a number with a negative exponent has a fraction.
        guard exponent >= 0, var magnitude = UInt64(exactly: coefficient) else { return nil }
        for _ in 0..<exponent {
            let (product, overflows) = magnitude.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            magnitude = product
        }
        return Int(exactly: isNegative ? -Int128(magnitude) : Int128(magnitude))
    }

    /// The nearest binary fraction.
    public var doubleValue: Double { Double(description) ?? .nan }

    /// -1, 0 or 1.
    package var sign: Int { coefficient == 0 ? 0 : (isNegative ? -1 : 1) }

    var negated: DecimalNumber {
        coefficient == 0
            ? self
            : DecimalNumber(
                isNegative: !isNegative, coefficient: coefficient, exponent: exponent)
    }

    /// The count of decimal digits of the coefficient; 0 for zero.
    var digitCount: Int { Self.digitCount(coefficient) }

    /// The exponent of the leading digit: 2 for 123.
    var magnitude: Int { Int(exponent) + digitCount - 1 }

    static func digitCount(_ value: UInt128) -> Int {
        var count = 0
        var rest = value
        while rest > UInt128(UInt64.max) {
            rest /= 10_000_000_000_000_000_000
            count += 19
        }
        var word = UInt64(truncatingIfNeeded: rest)
        while word != 0 {
            word /= 10
            count += 1
        }
        return count
    }

    /// 10 to the power `exponent`, which is 0…38.
    static func powerOfTen(_ exponent: Int) -> UInt128 {
        precondition((0...38).contains(exponent), "a power of ten that 128 bits do not hold")
        var power: UInt128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }
}

extension DecimalNumber: Comparable {
    public static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        if left.sign != right.sign { return left.sign < right.sign }
        if left.sign == 0 { return false }
        return left.isNegative
            ? isMagnitudeLess(right, left) : isMagnitudeLess(left, right)
    }

    /// Compares absolute values of two numbers that are not zero. With the leading digits at the
    /// same place, the one with the higher exponent has fewer digits, so scaling it up to the
    /// other's exponent stays below 10^38.
    private static func isMagnitudeLess(_ left: DecimalNumber, _ right: DecimalNumber) -> Bool {
        if left.magnitude != right.magnitude { return left.magnitude < right.magnitude }
        let gap = Int(left.exponent) - Int(right.exponent)
        if gap >= 0 { return left.coefficient * powerOfTen(gap) < right.coefficient }
        return left.coefficient < right.coefficient * powerOfTen(-gap)
    }
}

extension DecimalNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// The number that the literal's shortest decimal form spells: 0.1 is one tenth, not the
    /// binary fraction next to it. A literal outside of the range of numbers is a programming
    /// error and stops the program.
    public init(floatLiteral value: Double) {
        do {
            self = try DecimalNumber(parsing: value.description)
        } catch {
            preconditionFailure("\(value) is no number of DynamoDB: \(error.message)")
        }
    }

    /// Strips trailing zeros. The caller knows that digits and magnitude are within bounds.
    init(isNegative: Bool, unnormalized coefficient: UInt128, exponent: Int) {
        var digits = coefficient
        var power = exponent
        if digits == 0 {
            self = .zero
            return
        }
        while digits.isMultiple(of: 10) {
            digits /= 10
            power += 1
        }
        self.init(isNegative: isNegative, coefficient: digits, exponent: Int16(power))
    }
}
