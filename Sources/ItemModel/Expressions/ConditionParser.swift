/// The parser of conditions, filters and key conditions:
///
///     condition ::= operand comparator operand
///                 | operand BETWEEN operand AND operand
///                 | operand IN ( operand, … )
///                 | function
///                 | condition AND condition | condition OR condition
///                 | NOT condition | ( condition )
///     operand   ::= path | :value | size ( operand ) | ( operand )
///
/// NOT binds tighter than AND, AND tighter than OR. The parser keeps its own stack of what is open
/// instead of calling itself. A parenthesis may hold a condition or an operand, which is known only
/// when it closes; hence `Part`.
struct ConditionParser {
    /// What the tokens since the last AND, OR, NOT or open parenthesis amount to.
    enum Part {
        case condition
        /// A condition that is a function call, or a call of an unknown function, which may stand
        /// for anything: the unknown function is the fault that is reported.
        case functionCondition(name: String, isKnown: Bool)
        case operand(ConditionOperand)
    }

    private enum Open {
        /// An AND or OR whose right side is being parsed; its jump is still without a target.
        case and(jump: Int)
        case or(jump: Int)
        case not
        case group(token: Int)
    }

    var reader: ExpressionReader
    var program = ConditionProgram()
    /// The logical operators met, by their names: a key condition allows AND alone.
    private(set) var logicalOperators: [String] = []
    private var open: [Open] = []
    /// The token numbers of the last closed pair of parentheses.
    private var lastGroup: (open: Int, close: Int)?

    init(reader: ExpressionReader) {
        self.reader = reader
    }

    mutating func parse() throws(ItemError) {
        repeat {
            takePrefixes()
            var part = try parsePrimary()
            try takeSuffixes(of: &part)
            try requireCondition(part)
        } while try takeConjunction()
    }

    // MARK: Structure

    private mutating func takePrefixes() {
        while true {
            if reader.isNext(.leftParenthesis) {
                open.append(.group(token: reader.tokenNumber))
            } else if reader.isNext(keyword: "NOT") {
                open.append(.not)
                countLogical("NOT")
            } else {
                return
            }
            reader.advance()
        }
    }

    private mutating func takeSuffixes(of part: inout Part) throws(ItemError) {
        while true {
            if reader.isNext(.rightParenthesis) {
                try closeGroup(around: part)
            } else if isComparisonNext {
                try parseComparison(of: part)
                part = .condition
            } else {
                return
            }
        }
    }

    private mutating func closeGroup(around part: Part) throws(ItemError) {
        if case .operand = part {
            // Only the parentheses directly around an operand can close here; `NOT (a)` cannot.
        } else {
            closeOperators { open in
                if case .group = open { false } else { true }
            }
        }
        guard case .group(let start)? = open.last else { throw reader.syntaxError() }
        open.removeLast()
        let close = reader.tokenNumber
        if let lastGroup, lastGroup.open == start + 1, lastGroup.close == close - 1 {
            reader.faults.note(
                .redundantParentheses, "The expression has redundant parentheses;")
        }
        lastGroup = (start, close)
        reader.advance()
    }

    /// Ends the conditions that bind at least as tight as the token that follows.
    private mutating func closeOperators(while shouldClose: (Open) -> Bool) {
        while let last = open.last, shouldClose(last) {
            let end = program.instructions.count
            switch last {
            case .and(let jump): program.instructions[jump] = .jumpIfFalse(end)
            case .or(let jump): program.instructions[jump] = .jumpIfTrue(end)
            case .not: program.instructions.append(.negate)
            case .group: return
            }
            open.removeLast()
        }
    }

    /// Takes AND or OR; false at the end of the expression.
    private mutating func takeConjunction() throws(ItemError) -> Bool {
        if reader.isNext(keyword: "AND") {
            closeOperators { open in
                switch open {
                case .not, .and: true
                case .or, .group: false
                }
            }
            open.append(.and(jump: program.instructions.count))
            program.instructions.append(.jumpIfFalse(0))
            countLogical("AND")
        } else if reader.isNext(keyword: "OR") {
            closeOperators { open in
                if case .group = open { false } else { true }
            }
            open.append(.or(jump: program.instructions.count))
            program.instructions.append(.jumpIfTrue(0))
            countLogical("OR")
        } else {
            guard reader.isNext(.end) else { throw reader.syntaxError() }
            closeOperators { _ in true }
            guard open.isEmpty else { throw reader.syntaxError() }
            return false
        }
        reader.advance()
        return true
    }

    private mutating func countLogical(_ name: String) {
        reader.countOperator()
        logicalOperators.append(name)
    }

    private mutating func requireCondition(_ part: Part) throws(ItemError) {
        guard case .operand(let operand) = part else { return }
        guard operand.isSize else { throw reader.syntaxError() }
        noteMisuse(of: "size")
    }

    // MARK: Comparisons

    private static let comparators: [(Token.Kind, ConditionTest.Operator)] = [
        (.equal, .equal), (.notEqual, .notEqual), (.less, .less),
        (.lessOrEqual, .lessOrEqual), (.greater, .greater), (.greaterOrEqual, .greaterOrEqual),
    ]

    private var isComparisonNext: Bool {
        switch reader.next.kind {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: reader.isNext(keyword: "BETWEEN") || reader.isNext(keyword: "IN")
        }
    }

    private mutating func parseComparison(of part: Part) throws(ItemError) {
        let first: ConditionOperand
        switch part {
        case .operand(let operand): first = operand
        case .functionCondition(let name, let isKnown):
            // `attribute_exists(a) = :v`: the test just emitted is dropped, the fault stays.
            if isKnown { noteMisuse(of: name) }
            first = ConditionOperand(source: .value, isSize: false, index: 0)
        case .condition: throw reader.syntaxError()
        }
        reader.countOperator()
        let token = reader.next
        let isIn = reader.isNext(keyword: "IN")
        var operands = [first]
        reader.advance()
        if let comparator = Self.comparators.first(where: { $0.0 == token.kind }) {
            operands.append(try parseOperand())
            emit(comparator.1, operands)
        } else if isIn {
            try reader.expect(.leftParenthesis)
            repeat { operands.append(try parseOperand()) } while reader.take(.comma)
            try reader.expect(.rightParenthesis)
            emit(.isIn, operands)
        } else {
            operands.append(try parseOperand())
            guard reader.isNext(keyword: "AND") else { throw reader.syntaxError() }
            reader.advance()
            operands.append(try parseOperand())
            emit(.between, operands)
        }
    }

    mutating func emit(
        _ test: ConditionTest.Operator, _ operands: [ConditionOperand], type: AttributeType? = nil
    ) {
        check(test, operands)
        let start = program.operands.count
        program.operands.append(contentsOf: operands)
        program.instructions.append(
            .test(
                ConditionTest(
                    test: test, operands: start..<program.operands.count, type: type)))
    }
}
