// A number as 1 to 22 bytes whose lexicographic order is the numeric order.
//
// The value is ±0.D1 D2 … Dn (base 100) × 100^E with D1 and Dn not 0; n is at most 20, because 38
// decimal digits that straddle the pairs touch 20 of them; E is -64…63.
//
//     zero       80
//     positive   80 + (E + 64) · one byte D + 1 for each digit
//     negative   7F - (E + 64) · one byte FE - D for each digit · FF
//
// Zero needs no code of its own: the smallest positive exponent has the byte 80 too, but digits
// follow it, and a prefix sorts first. The FF that ends a negative number makes the longer of two
// numbers that share their digits the smaller one. Adding 1 to a digit keeps the byte 00, which
// index keys escape, out of all numbers but the negative ones of E = 63.
//
// Approaches not taken: Oracle's NUMBER is the same idea with its own bias; a two-byte head would
// be simpler and one byte longer for every number stored.
//
// Unsafe pointers: every function works on memory lent for the duration of the call. Writers take
// a pointer to at least `maximumOrderedBytes` (or `maximumTextBytes`) writable bytes, as their
// documentation says; readers index only below the count that they are given.

extension DecimalNumber {
    package static let maximumOrderedBytes = 22

    private static let positiveHead = 0x80
    private static let exponentBias = 64
    private static let negativeEnd: UInt8 = 0xFF
    private static let pairCountInWord = 9
    private static let pairsInWord: UInt64 = 1_000_000_000_000_000_000

    /// This number in the byte order of the store.
    package var orderedBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.maximumOrderedBytes) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = writeOrderedBytes(to: UnsafeMutableRawPointer(start))
        }
    }

    /// Writes the bytes and returns how many.
    ///
    /// - Parameter target: at least `maximumOrderedBytes` writable bytes.
    package func writeOrderedBytes(to target: UnsafeMutableRawPointer) -> Int {
        if coefficient == 0 {
            target.storeBytes(of: UInt8(Self.positiveHead), as: UInt8.self)
            return 1
        }
        let isOdd = exponent & 1 != 0
        let digits = writePairsBackward(endingAt: target + Self.maximumOrderedBytes, isOdd: isOdd)
        // Arithmetic shift: the exponent of the last pair, in powers of 100, rounded down.
        let head = UInt8(Int(exponent) >> 1 + digits + Self.exponentBias)
        let body = target + 1
        body.copyMemory(
            from: target + (Self.maximumOrderedBytes - digits), byteCount: digits)
        if !isNegative {
            target.storeBytes(of: UInt8(Self.positiveHead) + head, as: UInt8.self)
            return digits + 1
        }
        target.storeBytes(of: UInt8(Self.positiveHead - 1) - head, as: UInt8.self)
        for index in 0..<digits {
            let digit = body.load(fromByteOffset: index, as: UInt8.self)
            body.storeBytes(of: 0xFF - digit, toByteOffset: index, as: UInt8.self)
        }
        body.storeBytes(of: Self.negativeEnd, toByteOffset: digits, as: UInt8.self)
        return digits + 2
    }

    /// Writes the base-100 digits, each plus 1, so that the last ends just before `end`; returns
    /// their count. With an odd exponent the last decimal digit is the tens of the last pair.
    @inline(__always)
    private func writePairsBackward(endingAt end: UnsafeMutableRawPointer, isOdd: Bool) -> Int {
        var cursor = end
        var rest = coefficient
        if isOdd {
            cursor -= 1
            if rest <= UInt128(UInt64.max) {
                let word = UInt64(truncatingIfNeeded: rest)
                cursor.storeBytes(of: UInt8(word % 10) * 10 + 1, as: UInt8.self)
                rest = UInt128(word / 10)
            } else {
                let (quotient, last) = rest.quotientAndRemainder(dividingBy: 10)
                cursor.storeBytes(of: UInt8(last) * 10 + 1, as: UInt8.self)
                rest = quotient
            }
        }
        while rest > UInt128(UInt64.max) {
            let (quotient, low) = rest.quotientAndRemainder(dividingBy: UInt128(Self.pairsInWord))
            var word = UInt64(truncatingIfNeeded: low)
            for _ in 0..<9 {
                cursor -= 1
                cursor.storeBytes(of: UInt8(truncatingIfNeeded: word % 100) + 1, as: UInt8.self)
                word /= 100
            }
            rest = quotient
        }
        var word = UInt64(truncatingIfNeeded: rest)
        while word != 0 {
            cursor -= 1
            cursor.storeBytes(of: UInt8(truncatingIfNeeded: word % 100) + 1, as: UInt8.self)
            word /= 100
        }
        return end - cursor
    }

    /// Reads bytes that `isOrderedBytes` accepts. Other bytes give some number, never a crash.
    package init(orderedBytes bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 1 else {
            self = .zero
            return
        }
        let isNegative = bytes[0] < UInt8(Self.positiveHead)
        let digits = isNegative ? bytes.count - 2 : bytes.count - 1
        guard digits > 0 else {
            self = .zero
            return
        }
        let head = Int(isNegative ? 0x7F - bytes[0] : bytes[0] - 0x80)
        var exponent = (head - Self.exponentBias - digits) * 2
        // 64 bits hold the first nine pairs; few numbers have more.
        let wordEnd = min(digits, Self.pairCountInWord + 1)
        var word: UInt64 = 0
        for index in 1..<wordEnd {
            word = word &* 100 &+ UInt64(Self.digit(bytes[index], isNegative: isNegative))
        }
        var coefficient = UInt128(word)
        for index in wordEnd..<digits {
            coefficient =
                coefficient &* 100 &+ UInt128(Self.digit(bytes[index], isNegative: isNegative))
        }
        let last = Self.digit(bytes[digits], isNegative: isNegative)
        if last % 10 == 0 {
            coefficient = coefficient &* 10 &+ UInt128(last / 10)
            exponent += 1
        } else {
            coefficient = coefficient &* 100 &+ UInt128(last)
        }
        self.init(
            isNegative: isNegative, coefficient: coefficient, exponent: Int16(exponent))
    }

    private static func digit(_ byte: UInt8, isNegative: Bool) -> UInt8 {
        isNegative ? 0xFE &- byte : byte &- 1
    }

    /// Whether these bytes are what `writeOrderedBytes` writes for some number.
    package static func isOrderedBytes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= maximumOrderedBytes, let head = bytes.first else { return false }
        if bytes.count == 1 { return head == UInt8(positiveHead) }
        let isNegative = head < UInt8(positiveHead)
        let digits = isNegative ? bytes.count - 2 : bytes.count - 1
        guard digits >= 1, digits <= 20 else { return false }
        if isNegative, bytes[bytes.count - 1] != negativeEnd { return false }
        for index in 1...digits where digit(bytes[index], isNegative: isNegative) > 99 {
            return false
        }
        let first = digit(bytes[1], isNegative: isNegative)
        let last = digit(bytes[digits], isNegative: isNegative)
        guard first != 0, last != 0 else { return false }
        let decimals = digits * 2 - (first < 10 ? 1 : 0) - (last % 10 == 0 ? 1 : 0)
        return decimals <= maximumDigits
    }
}
