// Unsafe pointers: input is lent by the caller; output goes into a buffer whose size the caller
// guarantees by the limits named here.

/// The stored form of a number: bytes whose order is the order of the values.
///
/// ## Form
/// A number is ±0.d₁d₂… × 100^E with base-100 digits dᵢ, d₁ not 0, the last not 0, −64 ≤ E ≤ 63.
///
///     zero       80
///     positive   80 + (E + 64), then dᵢ + 1 for each digit
///     negative   7F − (E + 64), then 100 − dᵢ for each digit, then FF
///
/// A positive number's prefix is smaller than it and sorts before it; a negative number's prefix is
/// larger, which the FF sees to. Zero shares its first byte with the smallest exponent and has no
/// digits, so it sorts before every positive number. 38 decimal digits are at most 20 base-100
/// digits, so a number is at most 22 bytes.
package enum NumberEncoding {
    /// The longest stored number.
    package static let sizeLimitBytes = 22
    /// The longest plain text of a number: a sign, "0.", 129 zeros and 38 digits.
    package static let textLimitBytes = 192
    package static let digitLimit = 38
    private static let zero: UInt8 = 0x80

    private static let overflow = ItemError(
        "Number overflow. Attempting to store a number with magnitude larger than supported range")
    private static let underflow = ItemError(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    )
    private static let tooManyDigits = ItemError(
        "Attempting to store more than 38 significant digits in a Number")

    /// A number as decimal digits: ±0.digits × 10^point.
    struct Digits {
        var isNegative = false
        var count = 0
        var point = 0
    }

    // MARK: Text to bytes

    /// Encodes decimal text such as "-12.50" or "1e3".
    ///
    /// - Parameter output: Room for at least ``sizeLimitBytes``.
    /// - Returns: The bytes written.
    package static func encode(
        text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ItemError) -> Int {
        // 40 is the digit limit and one to notice that there are more, rounded up.
        let parsed = withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) {
            digits -> Result<Int, ItemError> in
            do throws(ItemError) {
                let number = try parse(text, digits: digits)
                try checkRange(number)
                return .success(write(number, digits: UnsafeRawBufferPointer(digits), into: output))
            } catch {
                return .failure(error)
            }
        }
        return try parsed.get()
    }

    private static func parse(
        _ text: UnsafeRawBufferPointer, digits: UnsafeMutableRawBufferPointer
    ) throws(ItemError) -> Digits {
        var number = Digits()
        var index = 0
        var exponent = 0
        var sawDigit = false
        var sawPoint = false
        // Zeros that count only if a digit other than 0 follows.
        var pendingZeros = 0
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            number.isNegative = text[index] == 0x2D
            index += 1
        }
        while index < text.count {
            let byte = text[index]
            if byte == 0x2E, !sawPoint {
                sawPoint = true
            } else if byte >= 0x30, byte <= 0x39 {
                sawDigit = true
                if !sawPoint { number.point += 1 }
                if byte == 0x30 {
                    if number.count == 0 { number.point -= 1 } else { pendingZeros += 1 }
                } else {
                    guard number.count + pendingZeros < digitLimit else { throw tooManyDigits }
                    for _ in 0..<pendingZeros {
                        digits[number.count] = 0
                        number.count += 1
                    }
                    pendingZeros = 0
                    digits[number.count] = byte - 0x30
                    number.count += 1
                }
            } else if byte == 0x65 || byte == 0x45, sawDigit {
                exponent = try parseExponent(text, from: index + 1)
                index = text.count
                break
            } else {
                throw notANumber(text)
            }
            index += 1
        }
        guard sawDigit else { throw notANumber(text) }
        number.point += exponent
        return number
    }

    private static func parseExponent(_ text: UnsafeRawBufferPointer, from start: Int)
        throws(ItemError) -> Int
    {
        var index = start
        var isNegative = false
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            isNegative = text[index] == 0x2D
            index += 1
        }
        guard index < text.count else { throw notANumber(text) }
        var exponent = 0
        while index < text.count {
            let byte = text[index]
            guard byte >= 0x30, byte <= 0x39 else { throw notANumber(text) }
            // Beyond this every exponent is out of range, whatever the digits; it must not wrap.
            exponent = min(exponent * 10 + Int(byte - 0x30), 1_000_000)
            index += 1
        }
        return isNegative ? -exponent : exponent
    }

    private static func notANumber(_ text: UnsafeRawBufferPointer) -> ItemError {
        if text.isEmpty {
            return ItemError("The parameter cannot be converted to a numeric value")
        }
        return ItemError(
            "The parameter cannot be converted to a numeric value: "
                + String(decoding: text, as: UTF8.self))
    }

    /// Throws for magnitudes outside 1E-130 … 9.99…E+125.
    static func checkRange(_ number: Digits) throws(ItemError) {
        if number.count == 0 { return }
        if number.point > 126 { throw overflow }
        if number.point < -129 { throw underflow }
    }

    // MARK: Digits to bytes

    /// Writes the stored form of digits that are in range, without leading or trailing zeros.
    static func write(
        _ number: Digits, digits: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard number.count > 0 else {
            output[0] = zero
            return 1
        }
        // An odd decimal point puts one zero in front, so that pairs end at an even place.
        let isOdd = number.point & 1 != 0
        let exponent = UInt8((number.point + (isOdd ? 1 : 0)) / 2 + 64)
        output[0] = number.isNegative ? 0x7F - exponent : 0x80 + exponent
        var written = 1
        var index = isOdd ? -1 : 0
        while index < number.count {
            let high = index < 0 ? 0 : digits[index]
            let low = index + 1 < number.count ? digits[index + 1] : 0
            let pair = high * 10 + low
            output[written] = number.isNegative ? 100 - pair : pair + 1
            written += 1
            index += 2
        }
        if number.isNegative {
            output[written] = 0xFF
            written += 1
        }
        return written
    }

    // MARK: Bytes to digits and text

    /// Reads a stored number's decimal digits, without leading or trailing zeros.
    ///
    /// - Parameter digits: Room for 44 bytes; each becomes 0…9.
    static func read(
        _ stored: UnsafeRawBufferPointer, digits: UnsafeMutableRawBufferPointer
    ) -> Digits {
        var number = Digits()
        guard stored.count > 1 else { return number }
        number.isNegative = stored[0] < 0x80
        let exponent = Int(number.isNegative ? 0x7F - stored[0] : stored[0] - 0x80) - 64
        number.point = exponent * 2
        let end = number.isNegative ? stored.count - 1 : stored.count
        for index in 1..<min(end, 21) {
            let pair = number.isNegative ? 100 &- stored[index] : stored[index] &- 1
            let (high, low) = (pair / 10 % 10, pair % 10)
            if number.count == 0, high == 0 {
                number.point -= 1
            } else {
                digits[number.count] = high
                number.count += 1
            }
            digits[number.count] = low
            number.count += 1
        }
        while number.count > 0, digits[number.count - 1] == 0 { number.count -= 1 }
        return number
    }

    /// Writes the plain decimal text that DynamoDB answers with: no exponent, no superfluous zeros.
    ///
    /// - Parameter output: Room for ``textLimitBytes``.
    /// - Returns: The bytes written.
    package static func writeText(
        of stored: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { digits in
            let number = read(stored, digits: digits)
            var written = 0
            func put(_ byte: UInt8) {
                output[written] = byte
                written += 1
            }
            if number.count == 0 {
                put(0x30)
                return written
            }
            if number.isNegative { put(0x2D) }
            if number.point <= 0 {
                put(0x30)
                put(0x2E)
                for _ in number.point..<0 { put(0x30) }
            }
            for index in 0..<max(number.count, number.point) {
                if index == number.point, index > 0 { put(0x2E) }
                put(0x30 + (index < number.count ? digits[index] : 0))
            }
            return written
        }
    }

    /// Whether bytes are a stored number in its only form.
    package static func isValid(_ stored: UnsafeRawBufferPointer) -> Bool {
        guard let first = stored.first, stored.count <= sizeLimitBytes else { return false }
        if stored.count == 1 { return first == zero }
        let isNegative = first < 0x80
        let end = isNegative ? stored.count - 1 : stored.count
        guard !isNegative || stored[end] == 0xFF, end > 1 else { return false }
        // The digit 0 is stored as 1 or as 100; neither end of a number may be 0.
        let zeroDigit: UInt8 = isNegative ? 100 : 1
        guard stored[1] != zeroDigit, stored[end - 1] != zeroDigit else { return false }
        return stored[1..<end].allSatisfy { $0 >= 1 && $0 <= 100 }
    }
}
