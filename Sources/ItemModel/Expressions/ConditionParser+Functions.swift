/// Operands and functions of conditions.
extension ConditionParser {
    /// Parses what a condition begins with: a function, a path or a value.
    mutating func parsePrimary() throws(ItemError) -> Part {
        guard reader.isFunctionNext else { return .operand(try parseSimpleOperand()) }
        let name = reader.string(of: reader.next)
        guard name != "size" else { return .operand(try parseSize()) }
        let arguments = try parseArguments()
        reader.countOperator()
        guard let test = Self.functions[name] else {
            noteUnknown(name)
            emitPlaceholder()
            return .functionCondition(name: name, isKnown: false)
        }
        emitFunction(test, arguments)
        return .functionCondition(name: name, isKnown: true)
    }

    /// Parses an operand where only an operand can stand.
    /// - Parameter insideFunction: whether it is an operand of a function that is an operand
    ///   itself. No function has a meaning there, so it is refused at once: nothing recurses.
    mutating func parseOperand(
        insideFunction: Bool = false
    ) throws(ItemError) -> ConditionOperand {
        var groups = 0
        while reader.take(.leftParenthesis) { groups += 1 }
        if insideFunction, reader.isFunctionNext {
            noteMisuse(of: reader.string(of: reader.next))
            throw reader.kind.invalid(reader.faults.message)
        }
        let operand = try parseFunctionOrSimpleOperand()
        for _ in 0..<groups { try reader.expect(.rightParenthesis) }
        if groups > 1 {
            reader.faults.note(
                .redundantParentheses, "The expression has redundant parentheses;")
        }
        return operand
    }

    mutating func noteMisuse(of function: String) {
        reader.faults.note(
            .misusedFunction,
            "The function is not allowed to be used this way in an expression; "
                + "function: \(function)")
    }

    private static let functions: [String: ConditionTest.Operator] = [
        "attribute_exists": .attributeExists,
        "attribute_not_exists": .attributeNotExists,
        "attribute_type": .attributeType,
        "begins_with": .beginsWith,
        "contains": .contains,
    ]

    private static let updateFunctions: Set<String> = ["if_not_exists", "list_append"]

    private mutating func noteUnknown(_ function: String) {
        if Self.updateFunctions.contains(function) {
            let place =
                switch reader.kind {
                case .filter: "a filter expression"
                case .keyCondition: "a key condition expression"
                default: "a condition expression"
                }
            reader.faults.note(
                .unknownFunction,
                "The function is not allowed in \(place); function: \(function)")
        } else {
            reader.faults.note(
                .unknownFunction, "Invalid function name; function: \(function)")
        }
    }

    private mutating func parseFunctionOrSimpleOperand() throws(ItemError) -> ConditionOperand {
        guard reader.isFunctionNext else { return try parseSimpleOperand() }
        let name = reader.string(of: reader.next)
        if name == "size" { return try parseSize() }
        if Self.functions[name] != nil { noteMisuse(of: name) } else { noteUnknown(name) }
        _ = try parseArguments(insideFunction: true)
        return ConditionOperand(source: .value, isSize: false, index: 0)
    }

    private mutating func parseSimpleOperand() throws(ItemError) -> ConditionOperand {
        if reader.isNext(.valueReference) {
            return ConditionOperand(source: .value, isSize: false, index: try reader.parseValue())
        }
        for keyword: StaticString in ["AND", "OR", "NOT", "BETWEEN", "IN"]
        where reader.isNext(keyword: keyword) {
            throw reader.syntaxError()
        }
        return ConditionOperand(source: .path, isSize: false, index: try reader.parsePath())
    }

    private mutating func parseSize() throws(ItemError) -> ConditionOperand {
        let arguments = try parseArguments(insideFunction: true)
        reader.countOperator()
        guard arguments.count == 1, let argument = arguments.first else {
            noteOperandCount("size", arguments.count)
            return ConditionOperand(source: .value, isSize: false, index: 0)
        }
        if let type = constantType(of: argument), type == .number || type == .bool || type == .null
        {
            noteOperandType("operator or function: size", type)
        }
        return ConditionOperand(source: argument.source, isSize: true, index: argument.index)
    }

    /// Parses `name ( operand, … )`.
    private mutating func parseArguments(
        insideFunction: Bool = false
    ) throws(ItemError) -> [ConditionOperand] {
        reader.advance()
        try reader.expect(.leftParenthesis)
        var arguments: [ConditionOperand] = []
        repeat {
            arguments.append(try parseOperand(insideFunction: insideFunction))
        } while reader.take(.comma)
        try reader.expect(.rightParenthesis)
        return arguments
    }

    private mutating func emitFunction(
        _ test: ConditionTest.Operator, _ arguments: [ConditionOperand]
    ) {
        let takesOne = test == .attributeExists || test == .attributeNotExists
        guard arguments.count == (takesOne ? 1 : 2) else {
            noteOperandCount(test.name, arguments.count)
            return emitPlaceholder()
        }
        if takesOne, arguments[0].source != .path || arguments[0].isSize {
            reader.faults.note(
                .documentPath,
                "Operator or function requires a document path; operator or function: \(test.name)")
        }
        emit(test, arguments, type: test == .attributeType ? attributeType(arguments[1]) : nil)
    }

    /// Keeps the program well-formed after a fault; it is never run.
    private mutating func emitPlaceholder() {
        program.instructions.append(.negate)
    }

    private mutating func noteOperandCount(_ name: String, _ count: Int) {
        reader.faults.note(
            .operandCount,
            "Incorrect number of operands for operator or function; "
                + "operator or function: \(name), number of operands: \(count)")
    }

    /// The type that the second operand of `attribute_type` names.
    private mutating func attributeType(_ operand: ConditionOperand) -> AttributeType? {
        guard operand.source == .value, !operand.isSize else {
            reader.faults.note(
                .operandType,
                "Operator or function requires an expression attribute value; "
                    + "operator or function: attribute_type")
            return nil
        }
        guard let values = reader.attributes.values, let type = constantType(of: operand) else {
            return nil
        }
        guard type == .string else {
            noteOperandType("operator or function: attribute_type", type)
            return nil
        }
        let name = values.withView { view in
            String(decoding: view.attribute(at: operand.index).value.stringBytes, as: UTF8.self)
        }
        if let found = AttributeType(name: name) { return found }
        reader.faults.note(
            .attributeTypeName,
            "Invalid attribute type name found; type: \(name), "
                + "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}")
        return nil
    }
}
