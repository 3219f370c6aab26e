/// A parsed KeyConditionExpression: at most one condition for each of the key's attributes, joined
/// by AND. Which attributes those are is known when it meets a table or an index, in `resolve`.
package struct KeyConditionExpression: Sendable {
    /// One condition: an attribute and the values it is compared with.
    struct Term: Sendable {
        let name: String
        let test: ConditionTest.Operator
        /// Positions among the given values.
        let values: [Int]
    }

    let terms: [Term]
    let values: EncodedItem?

    /// - Throws: `ItemError` with DynamoDB's message.
    package init(
        parsing expression: String, attributes: inout ExpressionAttributes
    ) throws(ItemError) {
        var parser = ConditionParser(
            reader: try ExpressionReader(
                expression, kind: .keyCondition, attributes: attributes))
        try parser.parse()
        let terms = Self.terms(of: &parser)
        try parser.reader.finish()
        self.terms = terms
        values = parser.reader.attributes.values
        attributes = parser.reader.attributes
    }

    private static func terms(of parser: inout ConditionParser) -> [Term] {
        for name in parser.logicalOperators where name != "AND" {
            note(&parser, "Invalid operator used in KeyConditionExpression: \(name)")
        }
        var terms: [Term] = []
        for case .test(let test) in parser.program.instructions {
            guard let term = term(of: test, in: &parser) else { continue }
            if terms.contains(where: { $0.name == term.name }) {
                note(&parser, "KeyConditionExpressions must only contain one condition per key")
            }
            terms.append(term)
        }
        return terms
    }

    private static func note(_ parser: inout ConditionParser, _ fault: String) {
        parser.reader.faults.note(.keyCondition, fault)
    }

    private static func term(
        of test: ConditionTest, in parser: inout ConditionParser
    ) -> Term? {
        switch test.test {
        case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .between, .beginsWith: break
        case .notEqual, .isIn, .attributeExists, .attributeNotExists, .attributeType, .contains:
            note(&parser, "Invalid operator used in KeyConditionExpression: \(test.test.name)")
            return nil
        }
        let operands = Array(parser.program.operands[test.operands])
        if operands.contains(where: \.isSize) {
            note(&parser, "KeyConditionExpressions cannot contain nested operations")
            return nil
        }
        let attributes = operands.filter { $0.source == .path }
        guard let attribute = attributes.first else {
            note(
                &parser, "Invalid condition in KeyConditionExpression: No key attribute specified")
            return nil
        }
        let paths = parser.reader.paths
        if attributes.contains(where: { paths.range(of: $0.index).count > 1 }) {
            note(
                &parser,
                "KeyConditionExpressions cannot have conditions on nested attributes")
            return nil
        }
        guard attributes.count == 1 else {
            note(
                &parser,
                "Invalid condition in KeyConditionExpression: "
                    + "Multiple attribute names used in one condition")
            return nil
        }
        let isFirst = operands[0].source == .path
        if !isFirst, test.test == .between || test.test == .beginsWith {
            note(
                &parser,
                "Invalid condition in KeyConditionExpression: \(test.test.name) operator must "
                    + "have the key attribute as its first operand")
            return nil
        }
        return Term(
            name: paths.topLevelName(of: attribute.index),
            test: isFirst ? test.test : test.test.mirrored,
            values: operands.filter { $0.source == .value }.map(\.index))
    }
}

extension ConditionTest.Operator {
    /// The comparison that says the same with its sides exchanged: `:v < a` is `a > :v`.
    fileprivate var mirrored: Self {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
