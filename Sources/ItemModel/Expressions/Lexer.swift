/// Cuts an expression into tokens.
///
/// It never fails: a byte that begins no token becomes an `.invalid` token, so that the parser can
/// report it with its neighbours, as DynamoDB does. The last token is always `.end`.
enum Lexer {
    static func tokens(of text: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        tokens.reserveCapacity(text.count / 3 + 2)
        var position = 0
        while position < text.count {
            if isWhitespace(text[position]) {
                position += 1
                continue
            }
            let token = token(of: text, at: position)
            tokens.append(token)
            position = token.end
        }
        tokens.append(Token(kind: .end, start: text.count, end: text.count))
        return tokens
    }

    private static func token(of text: [UInt8], at start: Int) -> Token {
        let byte = text[start]
        if isLetter(byte) {
            return Token(kind: .name, start: start, end: endOfWord(text, from: start + 1))
        }
        if isDigit(byte) {
            var end = start + 1
            while end < text.count, isDigit(text[end]) { end += 1 }
            return Token(kind: .integer, start: start, end: end)
        }
        if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ":") {
            let end = endOfWord(text, from: start + 1)
            let isName = byte == UInt8(ascii: "#")
            guard end > start + 1 else {
                return Token(kind: .invalid, start: start, end: end)
            }
            return Token(kind: isName ? .nameReference : .valueReference, start: start, end: end)
        }
        return symbol(of: text, at: start)
    }

    private static func symbol(of text: [UInt8], at start: Int) -> Token {
        let next = start + 1 < text.count ? text[start + 1] : 0
        let kind: Token.Kind
        var length = 1
        switch text[start] {
        case UInt8(ascii: "="): kind = .equal
        case UInt8(ascii: "<"):
            switch next {
            case UInt8(ascii: ">"): (kind, length) = (.notEqual, 2)
            case UInt8(ascii: "="): (kind, length) = (.lessOrEqual, 2)
            default: kind = .less
            }
        case UInt8(ascii: ">"):
            if next == UInt8(ascii: "=") {
                (kind, length) = (.greaterOrEqual, 2)
            } else {
                kind = .greater
            }
        case UInt8(ascii: "+"): kind = .plus
        case UInt8(ascii: "-"): kind = .minus
        case UInt8(ascii: "("): kind = .leftParenthesis
        case UInt8(ascii: ")"): kind = .rightParenthesis
        case UInt8(ascii: "["): kind = .leftBracket
        case UInt8(ascii: "]"): kind = .rightBracket
        case UInt8(ascii: ","): kind = .comma
        case UInt8(ascii: "."): kind = .dot
        default:
            kind = .invalid
            length = lengthOfScalar(text, at: start)
        }
        return Token(kind: kind, start: start, end: start + length)
    }

    /// An invalid character is reported whole, not as the first byte of its UTF-8 form.
    private static func lengthOfScalar(_ text: [UInt8], at start: Int) -> Int {
        var end = start + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end - start
    }

    private static func endOfWord(_ text: [UInt8], from start: Int) -> Int {
        var end = start
        while end < text.count, isWordByte(text[end]) { end += 1 }
        return end
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let folded = byte | 0x20
        return folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    static func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
