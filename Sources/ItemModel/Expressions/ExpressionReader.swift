// Unsafe pointers: a word is lent by its array for the length of one call.

/// The tokens of one expression and what every expression language does with them: keywords,
/// document paths, placeholders, and DynamoDB's messages about them.
struct ExpressionReader: Sendable {
    let kind: ExpressionKind
    let text: [UInt8]
    private let tokens: [Token]
    private var position = 0

    var attributes: ExpressionAttributes
    var paths = DocumentPaths()
    var faults = ExpressionFaults()
    private var operatorCount = 0

    /// - Throws: `ItemError` when the expression is empty or too long.
    init(
        _ expression: String, kind: ExpressionKind, attributes: ExpressionAttributes
    ) throws(ItemError) {
        self.kind = kind
        self.attributes = attributes
        let size = expression.utf8.count
        if size > ExpressionLimits.expressionBytes {
            throw kind.invalid(
                "Expression size has exceeded the maximum allowed size; expression size: \(size)")
        }
        text = Array(expression.utf8)
        tokens = Lexer.tokens(of: text)
        if tokens.count == 1 {
            throw kind.invalid("The expression can not be empty;")
        }
    }

    // MARK: Tokens

    var next: Token { tokens[position] }
    /// The number of the next token: two tokens are neighbours when their numbers are.
    var tokenNumber: Int { position }

    func isNext(_ kind: Token.Kind) -> Bool { next.kind == kind }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func take(_ kind: Token.Kind) -> Bool {
        guard next.kind == kind else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind) throws(ItemError) {
        if !take(kind) { throw syntaxError() }
    }

    func bytes(of token: Token) -> ArraySlice<UInt8> { text[token.start..<token.end] }

    func string(of token: Token) -> String { String(decoding: bytes(of: token), as: UTF8.self) }

    /// Whether the next token is `keyword`, in any case of letters.
    func isNext(keyword: StaticString) -> Bool {
        guard next.kind == .name, next.end - next.start == keyword.utf8CodeUnitCount else {
            return false
        }
        return keyword.withUTF8Buffer { upper in
            zip(bytes(of: next), upper).allSatisfy { $0 & 0xDF == $1 }
        }
    }

    /// Whether a function call begins here: a word and an opening parenthesis.
    var isFunctionNext: Bool {
        next.kind == .name && tokens[position + 1].kind == .leftParenthesis
    }

    /// DynamoDB shows the token it could not accept, and that token between its neighbours.
    func syntaxError() -> ItemError {
        let first = position > 0 ? tokens[position - 1] : next
        let last = position + 1 < tokens.count ? tokens[position + 1] : next
        let near = String(decoding: text[first.start..<last.end], as: UTF8.self)
        let word = next.kind == .end ? "<EOF>" : string(of: next)
        return kind.invalid("Syntax error; token: \"\(word)\", near: \"\(near)\"")
    }

    // MARK: What all languages share

    mutating func countOperator() {
        operatorCount += 1
    }

    /// Reports the earliest fault, once the whole expression has been parsed.
    mutating func finish() throws(ItemError) {
        if operatorCount > ExpressionLimits.operators {
            let count = operatorCount
            faults.note(
                .operatorCount,
                "The expression contains too many operators; operator count: \(count)")
        }
        if !faults.isEmpty { throw kind.invalid(faults.message) }
    }

    /// Parses a document path and returns its number in `paths`.
    mutating func parsePath() throws(ItemError) -> Int {
        try parseNameStep()
        var depth = 1
        while true {
            if take(.dot) {
                try parseNameStep()
            } else if take(.leftBracket) {
                try parseListStep()
            } else {
                break
            }
            depth += 1
        }
        if depth > ExpressionLimits.pathDepth {
            faults.note(
                .pathDepth,
                "The document path has too many nesting elements; nesting levels: \(depth)")
        }
        return paths.finishPath()
    }

    private mutating func parseNameStep() throws(ItemError) {
        let token = next
        switch token.kind {
        case .name:
            let word = bytes(of: token)
            if word.withUnsafeBytes(isReservedWord) {
                faults.note(
                    .reservedWord,
                    "Attribute name is a reserved keyword; reserved keyword: \(string(of: token))")
            }
            paths.append(name: word)
        case .nameReference:
            if let name = attributes.name(for: bytes(of: token)) {
                paths.append(name: Array(name.utf8))
            } else {
                faults.note(
                    .undefinedName,
                    "An expression attribute name used in the document path is not defined; "
                        + "attribute name: \(string(of: token))")
                paths.append(name: bytes(of: token))
            }
        default:
            throw syntaxError()
        }
        advance()
    }

    private mutating func parseListStep() throws(ItemError) {
        let token = next
        guard token.kind == .integer else { throw syntaxError() }
        advance()
        try expect(.rightBracket)
        if let index = UInt32(string(of: token)), index <= UInt32(Int32.max) {
            paths.append(listIndex: index)
        } else {
            faults.note(
                .listIndex,
                "List index is not within the allowable range; index: [\(string(of: token))]")
            paths.append(listIndex: 0)
        }
    }

    /// Parses a value placeholder and returns its position among the values. An undefined one is a
    /// fault, and position 0 stands for it: the expression is refused before it is evaluated.
    mutating func parseValue() throws(ItemError) -> Int {
        let token = next
        guard token.kind == .valueReference else { throw syntaxError() }
        advance()
        if let index = attributes.valueIndex(for: bytes(of: token)) { return index }
        faults.note(
            .undefinedValue,
            "An expression attribute value used in expression is not defined; "
                + "attribute value: \(string(of: token))")
        return 0
    }
}
