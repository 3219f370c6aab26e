// Unsafe pointers live in this file. The invariant is the one at the head of JSONReader.swift; the
// scratch memory is reserved for the whole undecoded length first, and decoding never lengthens text
// (the shortest escape of a 4-byte character is 12 bytes long).

extension JSONReader {
    /// Reads a string and lends its decoded bytes: straight from the body when it holds no escape.
    @inline(__always)
    mutating func text() throws(WireError) -> LentText {
        try expect(UInt8(ascii: "\""), "a string")
        let start = position
        try scanPlainText()
        if bytes[position] == UInt8(ascii: "\"") {
            let text = LentText(UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
            position += 1
            return text
        }
        return try escapedText(from: start)
    }

    /// Moves to the next quote or backslash, refusing control characters and invalid UTF-8 on the way.
    ///
    /// Eight bytes at a time: a byte is of interest if it is a quote, a backslash, a control
    /// character or not ASCII. The lowest flag of the mask is exact (a borrow only disturbs bytes
    /// above a true hit). Source: "Bit Twiddling Hacks", S. E. Anderson, "Determine if a word has a byte less than n".
    @inline(__always)
    mutating func scanPlainText() throws(WireError) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while true {
            while position + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                    .littleEndian
                let quotes = word ^ (ones &* 0x22)
                let backslashes = word ^ (ones &* 0x5C)
                let hits =
                    ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
                    | ((word &- (ones &* 0x20)) & ~word) | word
                let mask = hits & highs
                if mask == 0 {
                    position += 8
                } else {
                    position += mask.trailingZeroBitCount >> 3
                    break
                }
            }
            guard position < bytes.count else { throw malformed("unterminated string") }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
            if byte < 0x20 { throw malformed("control character in a string") }
            if byte < 0x80 {
                position += 1
            } else {
                try scanMultibyteCharacters()
            }
        }
    }

    /// Moves over a run of multi-byte characters. Source: The Unicode Standard, table 3-7
    /// "Well-Formed UTF-8 Byte Sequences".
    private mutating func scanMultibyteCharacters() throws(WireError) {
        while position < bytes.count, bytes[position] >= 0x80 {
            let lead = bytes[position]
            let length: Int
            var lowest: UInt8 = 0x80
            var highest: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                lowest = 0xA0
            case 0xED:
                length = 3
                highest = 0x9F
            case 0xE1...0xEF: length = 3
            case 0xF0:
                length = 4
                lowest = 0x90
            case 0xF4:
                length = 4
                highest = 0x8F
            case 0xF1...0xF3: length = 4
            default: throw malformed("invalid UTF-8")
            }
            guard position + length <= bytes.count else { throw malformed("invalid UTF-8") }
            let second = bytes[position + 1]
            guard second >= lowest, second <= highest else { throw malformed("invalid UTF-8") }
            for offset in 2..<max(length, 2) {
                guard bytes[position + offset] & 0xC0 == 0x80 else {
                    throw malformed("invalid UTF-8")
                }
            }
            position += length
        }
    }

    /// The slow path: the text from `start` holds at least one escape, the first at `position`.
    @inline(never)
    private mutating func escapedText(from start: Int) throws(WireError) -> LentText {
        let end = try closingQuote()
        let output = scratch.reserve(end - start)
        var written = 0
        var copied = start
        while true {
            let plain = position - copied
            if plain > 0 {
                UnsafeMutableRawBufferPointer(rebasing: output[written..<written + plain])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[copied..<position]))
                written += plain
            }
            if bytes[position] == UInt8(ascii: "\"") { break }
            let scalar = try escape()
            for unit in String(Character(scalar)).utf8 {
                output[written] = unit
                written += 1
            }
            copied = position
            try scanPlainText()
        }
        position += 1
        return LentText(UnsafeRawBufferPointer(rebasing: output[..<written]))
    }

    /// Where the string that holds `position` ends, found without decoding.
    private func closingQuote() throws(WireError) -> Int {
        var index = position
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return index }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw malformed("unterminated string")
    }

    /// Consumes one escape (two for a surrogate pair) and gives the character that it stands for.
    private mutating func escape() throws(WireError) -> Unicode.Scalar {
        guard position + 1 < bytes.count else { throw malformed("unterminated string") }
        let kind = bytes[position + 1]
        position += 2
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw malformed("unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(WireError) -> Unicode.Scalar {
        let unit = try hexadecimalUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(UTF16.CodeUnit(unit)), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw malformed("lone surrogate") }
        position += 2
        let trail = try hexadecimalUnit()
        guard trail >= 0xDC00, trail <= 0xDFFF,
            let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (trail - 0xDC00))
        else { throw malformed("lone surrogate") }
        return scalar
    }

    private mutating func hexadecimalUnit() throws(WireError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw malformed("unterminated string") }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[position]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw malformed("invalid \\u escape")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
