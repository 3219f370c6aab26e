// Unsafe pointers: the writer fills memory that the caller lends, at least `maximumTextBytes`
// bytes. The longest text is a sign, "0.", 129 zeros and 38 digits: 170 bytes.

extension DecimalNumber: CustomStringConvertible {
    package static let maximumTextBytes = 176
    /// 10^19, the largest power of ten that 64 bits hold.
    private static let wordOfDigits: UInt128 = 10_000_000_000_000_000_000

    /// Plain notation, never an exponent, as the service answers: "1000" for 1E3, "0.1" for 0.10.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.maximumTextBytes) { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return writeText(to: UnsafeMutableRawPointer(start))
        }
    }

    /// Writes the plain notation and returns its count of bytes.
    ///
    /// - Parameter target: at least `maximumTextBytes` writable bytes.
    package func writeText(to target: UnsafeMutableRawPointer) -> Int {
        var end = target
        if coefficient == 0 {
            Self.put(0x30, &end)
            return 1
        }
        if isNegative { Self.put(0x2D, &end) }
        let digits = digitCount
        let integerDigits = digits + Int(exponent)
        if integerDigits <= 0 {
            Self.put(0x30, &end)
            Self.put(0x2E, &end)
            for _ in 0..<(-integerDigits) { Self.put(0x30, &end) }
            writeDigits(to: end, count: digits)
            end += digits
        } else if exponent >= 0 {
            writeDigits(to: end, count: digits)
            end += digits
            for _ in 0..<exponent { Self.put(0x30, &end) }
        } else {
            writeDigits(to: end, count: digits)
            // The fraction moves one place to make room for the point.
            let point = end + integerDigits
            (point + 1).copyMemory(from: point, byteCount: digits - integerDigits)
            point.storeBytes(of: 0x2E, as: UInt8.self)
            end += digits + 1
        }
        return end - target
    }

    private static func put(_ byte: UInt8, _ end: inout UnsafeMutableRawPointer) {
        end.storeBytes(of: byte, as: UInt8.self)
        end += 1
    }

    private func writeDigits(to start: UnsafeMutableRawPointer, count: Int) {
        var rest = coefficient
        var index = count
        while rest > UInt128(UInt64.max) {
            // One wide division for 19 digits; a division of 128 bits for each costs ten times more.
            let (quotient, low) = rest.quotientAndRemainder(dividingBy: Self.wordOfDigits)
            var word = UInt64(truncatingIfNeeded: low)
            for _ in 0..<19 {
                index -= 1
                start.storeBytes(
                    of: UInt8(truncatingIfNeeded: word % 10) + 0x30, toByteOffset: index,
                    as: UInt8.self)
                word /= 10
            }
            rest = quotient
        }
        var word = UInt64(truncatingIfNeeded: rest)
        while word != 0 {
            index -= 1
            start.storeBytes(of: UInt8(word % 10) + 0x30, toByteOffset: index, as: UInt8.self)
            word /= 10
        }
    }
}

/// Between texts of numbers and their ordered bytes, without a value in between for the caller.
package enum NumberEncoding {
    package static let textLimitBytes = DecimalNumber.maximumTextBytes
    package static let sizeLimitBytes = DecimalNumber.maximumOrderedBytes

    /// Writes the ordered bytes of a number's text and returns their count.
    ///
    /// - Parameter output: Room for at least ``sizeLimitBytes``.
    ///
    /// Throws: `ItemError` when the text is no number; see `DecimalNumber.init(parsing:)`.
    package static func encode(
        text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ItemError) -> Int {
        guard let target = output.baseAddress, output.count >= sizeLimitBytes else {
            preconditionFailure("no room for a number")
        }
        return try DecimalNumber(parsing: text).writeOrderedBytes(to: target)
    }

    /// Writes the plain notation of ordered bytes and returns its count of bytes.
    ///
    /// - Parameter output: Room for at least ``textLimitBytes``.
    package static func writeText(
        of orderedBytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let target = output.baseAddress, output.count >= textLimitBytes else {
            preconditionFailure("no room for a number's text")
        }
        return DecimalNumber(orderedBytes: orderedBytes).writeText(to: target)
    }
}
