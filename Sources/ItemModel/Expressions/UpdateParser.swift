/// The parser of update expressions:
///
///     update  ::= clause …                     each clause at most once
///     clause  ::= SET path = value, …
///               | REMOVE path, …
///               | ADD path :value, …
///               | DELETE path :value, …
///     value   ::= operand | operand + operand | operand - operand | ( value )
///     operand ::= path | :value | function | ( operand )
///     function ::= if_not_exists ( path, operand ) | list_append ( operand, operand )
struct UpdateParser {
    var reader: ExpressionReader
    private(set) var terms: [UpdateTerm] = []
    private(set) var actions: [UpdateAction] = []
    private(set) var tree = PathTree()
    private var clauses: Set<String> = []

    init(reader: ExpressionReader) {
        self.reader = reader
    }

    mutating func parse() throws(ItemError) {
        repeat {
            try parseClause()
        } while !reader.isNext(.end)
    }

    private mutating func parseClause() throws(ItemError) {
        let keywords: [StaticString] = ["SET", "REMOVE", "ADD", "DELETE"]
        guard let keyword = keywords.first(where: { reader.isNext(keyword: $0) }) else {
            throw reader.syntaxError()
        }
        let name = keyword.description
        if !clauses.insert(name).inserted {
            reader.faults.note(
                .repeatedClause,
                "The \"\(name)\" section can only be used once in an update expression;")
        }
        reader.advance()
        repeat {
            try refuseKeyword()
            let target = try reader.parsePath()
            let kind = try parseAction(of: name)
            actions.append(UpdateAction(kind: kind, target: target))
            tree.insert(path: target, action: actions.count - 1, reader: &reader)
        } while reader.take(.comma)
    }

    private mutating func parseAction(of clause: String) throws(ItemError) -> UpdateAction.Kind {
        switch clause {
        case "SET":
            try reader.expect(.equal)
            return .set(term: try parseSetValue())
        case "REMOVE":
            return .remove
        default:
            let value = try reader.parseValue()
            checkOperand(of: clause, value)
            return clause == "ADD" ? .add(value: value) : .delete(value: value)
        }
    }

    /// A clause's keyword is never a path, so that `SET REMOVE a` is a syntax error.
    private func refuseKeyword() throws(ItemError) {
        for keyword: StaticString in ["SET", "REMOVE", "ADD", "DELETE"]
        where reader.isNext(keyword: keyword) {
            throw reader.syntaxError()
        }
    }

    // MARK: Values

    private mutating func parseSetValue() throws(ItemError) -> Int {
        var groups = 0
        while reader.take(.leftParenthesis) { groups += 1 }
        let left = try parseOperand(depth: 0)
        var closed = 0
        while closed < groups, reader.take(.rightParenthesis) { closed += 1 }
        var value = left
        var hasOperator = false
        if reader.isNext(.plus) || reader.isNext(.minus) {
            let isSum = reader.isNext(.plus)
            hasOperator = true
            reader.countOperator()
            reader.advance()
            let right = try parseGroupedOperand(depth: 0)
            for operand in [left, right] {
                checkType(of: operand, isSum ? "+" : "-", .number)
            }
            value = append(isSum ? .sum(left, right) : .difference(left, right))
        }
        for _ in closed..<groups { try reader.expect(.rightParenthesis) }
        if hasOperator ? (closed > 1 || groups - closed > 1) : groups > 1 {
            noteRedundantParentheses()
        }
        return value
    }

    private mutating func parseGroupedOperand(depth: Int) throws(ItemError) -> Int {
        var groups = 0
        while reader.take(.leftParenthesis) { groups += 1 }
        let operand = try parseOperand(depth: depth)
        for _ in 0..<groups { try reader.expect(.rightParenthesis) }
        if groups > 1 { noteRedundantParentheses() }
        return operand
    }

    private mutating func parseOperand(depth: Int) throws(ItemError) -> Int {
        if reader.isNext(.valueReference) { return append(.value(try reader.parseValue())) }
        if reader.isFunctionNext { return try parseFunction(depth: depth + 1) }
        try refuseKeyword()
        return append(.path(try reader.parsePath()))
    }

    /// - Parameter depth: how many functions are open, this one included. It is limited because
    ///   this is where the parser calls itself.
    private mutating func parseFunction(depth: Int) throws(ItemError) -> Int {
        let name = reader.string(of: reader.next)
        if depth > ExpressionLimits.functionDepth {
            throw reader.kind.invalid(
                "The expression nests functions too deeply; nesting levels: \(depth)")
        }
        reader.advance()
        try reader.expect(.leftParenthesis)
        var arguments: [Int] = []
        repeat {
            arguments.append(try parseGroupedOperand(depth: depth))
        } while reader.take(.comma)
        try reader.expect(.rightParenthesis)
        reader.countOperator()
        return call(name, arguments)
    }

    private mutating func call(_ name: String, _ arguments: [Int]) -> Int {
        guard name == "if_not_exists" || name == "list_append" else {
            noteUnknown(name)
            return arguments[0]
        }
        guard arguments.count == 2 else {
            let count = arguments.count
            reader.faults.note(
                .operandCount,
                "Incorrect number of operands for operator or function; "
                    + "operator or function: \(name), number of operands: \(count)")
            return arguments[0]
        }
        if name == "list_append" {
            for argument in arguments { checkType(of: argument, name, .list) }
            return append(.listAppend(arguments[0], arguments[1]))
        }
        guard case .path(let path) = terms[arguments[0]] else {
            reader.faults.note(
                .documentPath,
                "Operator or function requires a document path; operator or function: \(name)")
            return arguments[0]
        }
        return append(.ifNotExists(path: path, fallback: arguments[1]))
    }

    private mutating func append(_ term: UpdateTerm) -> Int {
        terms.append(term)
        return terms.count - 1
    }

    // MARK: Faults

    private static let conditionFunctions: Set<String> = [
        "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains",
        "size",
    ]

    private mutating func noteUnknown(_ name: String) {
        if Self.conditionFunctions.contains(name) {
            reader.faults.note(
                .unknownFunction,
                "The function is not allowed in an update expression; function: \(name)")
        } else {
            reader.faults.note(.unknownFunction, "Invalid function name; function: \(name)")
        }
    }

    private mutating func noteRedundantParentheses() {
        reader.faults.note(.redundantParentheses, "The expression has redundant parentheses;")
    }

    /// The type of a term that is known without an item.
    private func constantType(of term: Int) -> AttributeType? {
        switch terms[term] {
        case .path, .ifNotExists: nil
        case .value(let index): reader.attributes.valueType(at: index)
        case .listAppend: .list
        case .sum, .difference: .number
        }
    }

    private mutating func checkType(of term: Int, _ function: String, _ required: AttributeType) {
        guard let type = constantType(of: term), type != required else { return }
        reader.faults.note(
            .operandType,
            "Incorrect operand type for operator or function; "
                + "operator or function: \(function), operand type: \(type.name)")
    }

    /// ADD takes numbers and sets, DELETE takes sets. DynamoDB writes these types out in full.
    private mutating func checkOperand(of clause: String, _ value: Int) {
        let name: String
        switch reader.attributes.valueType(at: value) {
        case nil, .stringSet, .numberSet, .binarySet: return
        case .number:
            if clause == "ADD" { return }
            name = "NUMBER"
        case .string: name = "STRING"
        case .binary: name = "BINARY"
        case .bool: name = "BOOLEAN"
        case .null: name = "NULL"
        case .list: name = "LIST"
        case .map: name = "MAP"
        }
        reader.faults.note(
            .operandType,
            "Incorrect operand type for operator or function; operator: \(clause), "
                + "operand type: \(name)")
    }
}
