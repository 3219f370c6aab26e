// Unsafe pointers live in this file. The invariant is the one at the head of JSONReader.swift.

/// The text of a JSON number, lent from the body.
struct NumberToken {
    let text: UnsafeRawBufferPointer
    /// Whether it has a fraction or an exponent: DynamoDB's messages call such a token DECIMAL_VALUE.
    let isDecimal: Bool

    /// The value as DynamoDB's reader turns a number token into an integer: cut towards zero, and
    /// clamped to the range of `Int`.
    var integer: Int {
        if isDecimal {
            let value = Double(String(decoding: text, as: UTF8.self)) ?? 0
            if value >= 9.2e18 { return .max }
            return value <= -9.2e18 ? .min : Int(value)
        }
        let isNegative = text.first == UInt8(ascii: "-")
        var value = 0
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            if overflow || carry { return isNegative ? .min : .max }
            value = sum
        }
        return isNegative ? -value : value
    }
}

extension JSONReader {
    /// Consumes a number. Source: RFC 8259, section 6.
    mutating func number() throws(WireError) -> NumberToken {
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        var isDecimal = false
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isDecimal = true
            position += 1
            try digits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isDecimal = true
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            try digits()
        }
        return NumberToken(
            text: UnsafeRawBufferPointer(rebasing: bytes[start..<position]), isDecimal: isDecimal)
    }

    private mutating func digits() throws(WireError) {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw malformed("expected a value") }
    }
}
