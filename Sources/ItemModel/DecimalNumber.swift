// Unsafe pointers: into this value's own bytes and into temporary buffers of known size.

/// An exact decimal number of up to 38 significant digits, as DynamoDB stores it.
///
/// Magnitudes reach from 1E-130 to 9.9999999999999999999999999999999999999E+125. −0 is 0. Arithmetic
/// is exact: a result that would need more digits is an error and never rounded.
/// Source: AWS, "Supported data types and naming rules in Amazon DynamoDB", Number.
public struct DecimalNumber: Sendable, Hashable {
    /// The stored form; its byte order is the numeric order.
    package let orderedBytes: [UInt8]

    /// Zero.
    public static let zero = DecimalNumber(0)

    package init(orderedBytes: UnsafeRawBufferPointer) {
        self.orderedBytes = [UInt8](orderedBytes)
    }

    /// Parses decimal text, with or without an exponent.
    ///
    /// - Throws: ``ItemError`` with DynamoDB's message for text that is not a number, has more than
    ///   38 significant digits, or is out of range.
    public init(parsing text: String) throws(ItemError) {
        let utf8 = [UInt8](text.utf8)
        self = try utf8.withUnsafeBufferPointer { (utf8) throws(ItemError) in
            try DecimalNumber(parsing: UnsafeRawBufferPointer(utf8))
        }
    }

    /// Parses decimal text.
    package init(parsing utf8: UnsafeRawBufferPointer) throws(ItemError) {
        var failure: ItemError?
        orderedBytes = [UInt8](unsafeUninitializedCapacity: NumberEncoding.sizeLimitBytes) {
            buffer, count in
            do throws(ItemError) {
                count = try NumberEncoding.encode(
                    text: utf8, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// An integer.
    public init(_ value: Int) {
        // An Int has at most 19 digits, which is always a number.
        guard let number = try? DecimalNumber(parsing: String(value)) else {
            preconditionFailure("an Int is a number")
        }
        self = number
    }

    /// The integer value, where the number is one that fits.
    public var intValue: Int? { Int(description) }

    /// The nearest binary floating-point value.
    public var doubleValue: Double { Double(description) ?? .nan }

    private var coefficient: (isNegative: Bool, digits: UInt128, exponent: Int) {
        orderedBytes.withUnsafeBytes { stored in
            withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { digits in
                let number = NumberEncoding.read(stored, digits: digits)
                var value: UInt128 = 0
                for index in 0..<number.count { value = value * 10 + UInt128(digits[index]) }
                return (number.isNegative, value, number.point - number.count)
            }
        }
    }
}

extension DecimalNumber: Comparable {
    public static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        left.orderedBytes.lexicographicallyPrecedes(right.orderedBytes)
    }
}

extension DecimalNumber: CustomStringConvertible {
    /// Plain decimal text, as DynamoDB answers: "1E3" is "1000", "0.10" is "0.1".
    public var description: String {
        orderedBytes.withUnsafeBytes { stored in
            withUnsafeTemporaryAllocation(
                byteCount: NumberEncoding.textLimitBytes, alignment: 1
            ) { text in
                let count = NumberEncoding.writeText(of: stored, into: text)
                return String(decoding: text[..<count], as: UTF8.self)
            }
        }
    }
}

extension DecimalNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(integerLiteral value: Int) { self.init(value) }

    /// The shortest decimal text that reads back as the literal; stops the program for a literal
    /// that is not finite or out of range, as an integer literal too large for its type does.
    public init(floatLiteral value: Double) {
        guard let number = try? DecimalNumber(parsing: value.description) else {
            preconditionFailure("\(value) is not a number DynamoDB can store")
        }
        self = number
    }
}

// MARK: - Arithmetic

extension DecimalNumber {
    /// The exact sum.
    ///
    /// - Throws: ``ItemError`` where it is out of range or needs more than 38 digits.
    public func adding(_ other: DecimalNumber) throws(ItemError) -> DecimalNumber {
        try Self.sum(coefficient, other.coefficient)
    }

    /// The exact difference.
    ///
    /// - Throws: ``ItemError`` where it is out of range or needs more than 38 digits.
    public func subtracting(_ other: DecimalNumber) throws(ItemError) -> DecimalNumber {
        var negated = other.coefficient
        negated.isNegative.toggle()
        return try Self.sum(coefficient, negated)
    }

    private typealias Coefficient = (isNegative: Bool, digits: UInt128, exponent: Int)

    private static func sum(_ left: Coefficient, _ right: Coefficient) throws(ItemError)
        -> DecimalNumber
    {
        if left.digits == 0 { return try make(right) }
        if right.digits == 0 { return try make(left) }
        let exponent = min(left.exponent, right.exponent)
        // What overflows 128 bits when it is brought to the other's last digit has more than 38
        // digits in the sum too, since the other's last digit is not 0.
        guard let leftDigits = scale(left.digits, by: left.exponent - exponent),
            let rightDigits = scale(right.digits, by: right.exponent - exponent)
        else { throw tooManyDigits }
        if left.isNegative == right.isNegative {
            let (digits, overflows) = leftDigits.addingReportingOverflow(rightDigits)
            if overflows { throw tooManyDigits }
            return try make((left.isNegative, digits, exponent))
        }
        if leftDigits >= rightDigits {
            return try make((left.isNegative, leftDigits - rightDigits, exponent))
        }
        return try make((right.isNegative, rightDigits - leftDigits, exponent))
    }

    private static var tooManyDigits: ItemError {
        ItemError("Attempting to store more than 38 significant digits in a Number")
    }

    private static func scale(_ digits: UInt128, by power: Int) -> UInt128? {
        var scaled = digits
        for _ in 0..<power {
            let (product, overflows) = scaled.multipliedReportingOverflow(by: 10)
            if overflows { return nil }
            scaled = product
        }
        return scaled
    }

    private static func make(_ value: Coefficient) throws(ItemError) -> DecimalNumber {
        try DecimalNumber(
            parsing: (value.isNegative ? "-" : "") + "\(value.digits)E\(value.exponent)")
    }
}
