// Unsafe pointers: the text is lent by the caller for the duration of the call, and every index
// into it is compared with its count before the read.

extension DecimalNumber {
    /// Reads a number as the service does: an optional sign, digits with an optional point (at
    /// least one digit), an optional exponent. No white space, no "NaN", no "Infinity".
    ///
    /// Throws: `ItemError` with the service's message when the text is no number, has more than
    /// 38 significant digits, or is out of range.
    public init(parsing text: String) throws(ItemError) {
        self = try text.utf8.span.bytes.withUnsafeBytes { utf8 throws(ItemError) in
            try DecimalNumber(parsing: utf8)
        }
    }

    package init(parsing utf8: UnsafeRawBufferPointer) throws(ItemError) {
        var scan = DecimalScan()
        guard scan.read(utf8) else { throw .notNumeric(utf8) }
        if scan.digits == 0 {
            self = .zero
            return
        }
        // Zeros that no other digit follows raise the exponent, digits behind the point lower it.
        let exponent = scan.writtenExponent + scan.pendingZeros - scan.fractionDigits
        let magnitude = exponent + scan.digits - 1
        if magnitude > Self.magnitudes.upperBound { throw .numberOverflow }
        if magnitude < Self.magnitudes.lowerBound { throw .numberUnderflow }
        if scan.digits > Self.maximumDigits { throw .tooManyDigits }
        self.init(
            isNegative: scan.isNegative, coefficient: scan.coefficient,
            exponent: Int16(exponent))
    }
}

/// One pass over a number's text. The digits are gathered in two words of 19 digits, because a
/// multiplication of 128 bits per digit costs more than the whole rest.
private struct DecimalScan {
    private(set) var isNegative = false
    /// Significant digits so far: neither leading zeros nor `pendingZeros`.
    private(set) var digits = 0
    /// Zeros after the last digit that is not 0: significant only if another such digit follows.
    private(set) var pendingZeros = 0
    private(set) var fractionDigits = 0
    private(set) var writtenExponent = 0
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    private static let wordDigits = 19
    /// Far beyond the range, and far from overflowing an Int with digit counts added.
    private static let exponentCap = 1 << 40

    var coefficient: UInt128 {
        if digits <= Self.wordDigits { return UInt128(high) }
        return UInt128(high) * DecimalNumber.powerOfTen(digits - Self.wordDigits) + UInt128(low)
    }

    /// Returns false when the text is no number.
    mutating func read(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            isNegative = text[index] == 0x2D
            index += 1
        }
        var sawDigit = false
        var sawPoint = false
        while index < text.count {
            let byte = text[index]
            let digit = byte &- 0x30
            if digit <= 9 {
                sawDigit = true
                if sawPoint { fractionDigits += 1 }
                take(digit)
            } else if byte == 0x2E, !sawPoint {
                sawPoint = true
            } else {
                break
            }
            index += 1
        }
        guard sawDigit else { return false }
        return index == text.count || readExponent(text, from: index)
    }

    private mutating func take(_ digit: UInt8) {
        if digit == 0 {
            if digits > 0 { pendingZeros += 1 }
            return
        }
        let after = digits + pendingZeros + 1
        if after <= DecimalNumber.maximumDigits {
            while pendingZeros > 0 {
                push(0)
                pendingZeros -= 1
            }
            push(digit)
        } else {
            // Too many: only the count matters from here on.
            pendingZeros = 0
            digits = after
        }
    }

    private mutating func push(_ digit: UInt8) {
        if digits < Self.wordDigits {
            high = high &* 10 &+ UInt64(digit)
        } else {
            low = low &* 10 &+ UInt64(digit)
        }
        digits += 1
    }

    private mutating func readExponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        guard text[start] | 0x20 == 0x65 else { return false }
        var index = start + 1
        var isExponentNegative = false
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            isExponentNegative = text[index] == 0x2D
            index += 1
        }
        guard index < text.count else { return false }
        while index < text.count {
            let digit = text[index] &- 0x30
            guard digit <= 9 else { return false }
            writtenExponent = min(writtenExponent * 10 + Int(digit), Self.exponentCap)
            index += 1
        }
        if isExponentNegative { writtenExponent = -writtenExponent }
        return true
    }
}
