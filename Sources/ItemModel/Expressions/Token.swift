/// One lexical element of an expression: its kind, and the bytes of the expression it covers.
struct Token: Sendable {
    enum Kind: UInt8, Sendable {
        /// A bare word: an attribute name, a function or a keyword. The parsers decide which.
        case name
        /// `#name`, a placeholder from ExpressionAttributeNames.
        case nameReference
        /// `:value`, a placeholder from ExpressionAttributeValues.
        case valueReference
        case integer
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case plus, minus
        case leftParenthesis, rightParenthesis, leftBracket, rightBracket
        case comma, dot
        /// A character that begins no token. The parser that meets it reports the syntax error.
        case invalid
        case end
    }

    let kind: Kind
    let start: Int
    let end: Int
}
