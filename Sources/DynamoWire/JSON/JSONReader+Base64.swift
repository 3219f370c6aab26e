// Unsafe pointers live in this file. The invariant is the one at the head of JSONReader.swift; the
// decoded bytes go to scratch memory reserved for three quarters of the text, rounded up.

extension JSONReader {
    /// Reads a base64 string and lends the bytes that it stands for; nil for null.
    ///
    /// Refusals are DynamoDB's, spelling included. Source: RFC 4648, section 4, padding required.
    mutating func optionalBinary() throws(WireError) -> UnsafeRawBufferPointer? {
        switch try peek() {
        case UInt8(ascii: "\""): return try decodeBase64(text())
        case UInt8(ascii: "n"):
            try literal("null")
            return nil
        case UInt8(ascii: "["):
            throw .serialization("Unrecognized collection type class java.nio.ByteBuffer")
        case UInt8(ascii: "{"):
            throw .serialization("Start of structure or map found where not expected")
        default:
            try skipValue()
            throw .serialization("only base-64-encoded strings are convertible to bytes")
        }
    }

    private mutating func decodeBase64(
        _ text: LentText
    ) throws(WireError) -> UnsafeRawBufferPointer {
        let input = text.bytes
        guard input.count % 4 == 0 else {
            throw .serialization(
                "Base64 encoded length is expected a multiple of 4 bytes but found: \(input.count)")
        }
        guard !input.isEmpty else { return input }
        // Text that was unescaped (a client may write "\/") lies in the scratch memory already and is
        // decoded in place: the output never overtakes the input.
        let isInScratch = scratch.owns(input)
        let output = isInScratch ? scratch.bytes : scratch.reserve(input.count / 4 * 3)
        var padding = 0
        if input[input.count - 1] == UInt8(ascii: "=") {
            padding = input[input.count - 2] == UInt8(ascii: "=") ? 2 : 1
        }
        var written = 0
        var read = 0
        let wholeEnd = padding == 0 ? input.count : input.count - 4
        while read < wholeEnd {
            let group =
                UInt32(Base64.value(input[read])) << 18 | UInt32(Base64.value(input[read + 1]))
                << 12
                | UInt32(Base64.value(input[read + 2])) << 6 | UInt32(Base64.value(input[read + 3]))
            guard Base64.areValid(input, read, 4) else {
                throw invalidBase64(input, wholeEnd: wholeEnd)
            }
            output[written] = UInt8(truncatingIfNeeded: group >> 16)
            output[written + 1] = UInt8(truncatingIfNeeded: group >> 8)
            output[written + 2] = UInt8(truncatingIfNeeded: group)
            written += 3
            read += 4
        }
        if padding > 0 {
            guard Base64.areValid(input, read, 4 - padding) else {
                throw invalidBase64(input, wholeEnd: wholeEnd)
            }
            var group =
                UInt32(Base64.value(input[read])) << 18 | UInt32(Base64.value(input[read + 1]))
                << 12
            if padding == 1 { group |= UInt32(Base64.value(input[read + 2])) << 6 }
            // The bits that no byte takes must be zero, else two texts would stand for one value.
            guard group & (padding == 1 ? 0xFF : 0xFFFF) == 0 else {
                throw .serialization("Invalid last non-pad Base64 character dectected")
            }
            output[written] = UInt8(truncatingIfNeeded: group >> 16)
            written += 1
            if padding == 1 {
                output[written] = UInt8(truncatingIfNeeded: group >> 8)
                written += 1
            }
        }
        return UnsafeRawBufferPointer(rebasing: output[..<written])
    }

    @inline(never)
    private func invalidBase64(_ input: UnsafeRawBufferPointer, wholeEnd: Int) -> WireError {
        for byte in input where Base64.value(byte) == Base64.invalid {
            if byte == UInt8(ascii: "=") { break }
            let character = Character(Unicode.Scalar(byte))
            return .serialization("Invalid Base64 character: '\(character)'")
        }
        return .serialization("Invalid last non-pad Base64 character dectected")
    }
}

/// The alphabet of RFC 4648, section 4, both ways.
enum Base64 {
    static let invalid: UInt8 = 0xFF

    static let alphabet: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// The six bits of a character, or `invalid`.
    @inline(__always)
    static func value(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: invalid
        }
    }

    @inline(__always)
    static func areValid(_ input: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Bool {
        var union: UInt8 = 0
        for index in start..<start + count { union |= value(input[index]) }
        return union < 64
    }
}
