// Unsafe pointers live in this file. The invariant that makes them safe: a reader exists only inside
// the scope that lends it the request body, `position` never exceeds `bytes.count`, every load is
// preceded by a check against that count, and a `LentText` handed out is used before the next string
// is read (it points into the body, or into the reader's scratch memory which the next string reuses).

/// A pull reader of one JSON document over lent bytes: one pass, no tree, no allocation per token.
///
/// The caller drives it with the shape that it expects (`beginObject`, `nextMember`, `string` …), as
/// the request types are known; whatever does not fit that shape is refused with the
/// `SerializationException` that DynamoDB's own reader gives.
///
/// Source: RFC 8259. Stricter than some readers where it matters: invalid UTF-8, lone surrogates,
/// control characters inside strings, trailing commas and trailing text are all refused.
package struct JSONReader {
    /// Nesting that the reader follows before it refuses the document. Items nest at most 32 levels of
    /// two JSON levels each; the bound only keeps hostile documents from using up the stack.
    static let maximumDepth = 512

    let bytes: UnsafeRawBufferPointer
    var position = 0
    var depth = 0
    let scratch: ScratchMemory
    /// Whether the member or element to be read next is the first of its container.
    var isFirst = false

    package init(_ bytes: UnsafeRawBufferPointer, scratch: ScratchMemory) {
        self.bytes = bytes
        self.scratch = scratch
    }

    // MARK: Tokens

    /// The next byte that is not white space, without consuming it.
    @inline(__always)
    mutating func peek() throws(WireError) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            position += 1
        }
        throw malformed(position < bytes.count ? "unexpected character" : "unexpected end of text")
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8, _ what: StaticString) throws(WireError) {
        guard try peek() == byte else { throw malformed("expected \(what)") }
        position += 1
    }

    /// Consumes the rest of `literal`, whose first character has been seen at `position`.
    mutating func literal(_ literal: StaticString) throws(WireError) {
        let count = literal.utf8CodeUnitCount
        guard position + count <= bytes.count,
            LentText(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
                .equals(literal)
        else { throw malformed("expected \(literal)") }
        position += count
    }

    /// Consumes `null` if it comes next. DynamoDB reads a null member as an absent one.
    @inline(__always)
    mutating func skipNull() throws(WireError) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    // MARK: Containers

    mutating func beginObject() throws(WireError) {
        try expect(UInt8(ascii: "{"), "an object")
        try enter()
    }

    mutating func beginArray() throws(WireError) {
        try expect(UInt8(ascii: "["), "an array")
        try enter()
    }

    private mutating func enter() throws(WireError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw malformed("nested too deeply") }
        isFirst = true
    }

    /// The name of the object's next member, with its colon consumed; nil after the closing brace.
    @inline(__always)
    mutating func nextMember() throws(WireError) -> LentText? {
        var byte = try peek()
        if byte == UInt8(ascii: "}") {
            // A comma that was consumed demands a member, so this brace closes the object properly.
            position += 1
            depth -= 1
            isFirst = false
            return nil
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw malformed("expected ',' or '}'") }
            position += 1
            byte = try peek()
        }
        guard byte == UInt8(ascii: "\"") else { throw malformed("expected a member name") }
        let name = try text()
        try expect(UInt8(ascii: ":"), "':'")
        isFirst = false
        return name
    }

    /// Whether the array has a further element, which is read next; false after the closing bracket.
    @inline(__always)
    mutating func nextElement() throws(WireError) -> Bool {
        let byte = try peek()
        if byte == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            isFirst = false
            return false
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw malformed("expected ',' or ']'") }
            position += 1
            guard try peek() != UInt8(ascii: "]") else { throw malformed("unexpected ']'") }
        }
        isFirst = false
        return true
    }

    /// Checks that nothing but white space follows the document.
    mutating func finish() throws(WireError) {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw malformed("unexpected text after the document")
            }
            position += 1
        }
    }

    // MARK: Values that are not wanted

    /// Consumes one value of any shape, checked as strictly as one that is wanted: DynamoDB ignores
    /// members that it does not know, but not malformed ones.
    mutating func skipValue() throws(WireError) {
        switch try peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            while try nextMember() != nil { try skipValue() }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skipValue() }
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    // MARK: Errors

    /// The error for text that is not JSON. DynamoDB sends no message here; kvd says where and what.
    @inline(never)
    func malformed(_ what: String) -> WireError {
        .serialization("Malformed JSON at byte \(position): \(what)")
    }
}
