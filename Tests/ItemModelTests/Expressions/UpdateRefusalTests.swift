import ItemModel
import Testing

@Suite struct UpdateRefusalTests {
    private static func check(_ rows: [ExpressionCase<String>]) throws {
        for row in rows {
            var attributes = try row.attributes()
            let message = refusal {
                _ = try UpdateExpression(parsing: row.expression, attributes: &attributes)
            }
            #expect(message == "Invalid UpdateExpression: \(row.expected)", "\(row.expression)")
        }
    }

    @Test func syntax() throws {
        try Self.check([
            ExpressionCase("", "The expression can not be empty;"),
            ExpressionCase("SET", #"Syntax error; token: "<EOF>", near: "SET""#),
            ExpressionCase(
                "SET  REMOVE a", #"Syntax error; token: "REMOVE", near: "SET  REMOVE a""#),
            ExpressionCase("a = b", #"Syntax error; token: "a", near: "a =""#),
            ExpressionCase("SET a", #"Syntax error; token: "<EOF>", near: "a""#),
            ExpressionCase("SET a = b c", #"Syntax error; token: "c", near: "b c""#),
            ExpressionCase("SET a = b,", #"Syntax error; token: "<EOF>", near: ",""#),
            ExpressionCase("SET a = b + c + d", #"Syntax error; token: "+", near: "c + d""#),
            ExpressionCase("SET a = b * c", #"Syntax error; token: "*", near: "b * c""#),
            ExpressionCase("SET a = (b", #"Syntax error; token: "<EOF>", near: "b""#),
            ExpressionCase("SET a = list_append(b", #"Syntax error; token: "<EOF>", near: "b""#),
            ExpressionCase("ADD a b", #"Syntax error; token: "b", near: "a b""#),
            ExpressionCase("ADD a", #"Syntax error; token: "<EOF>", near: "a""#),
            ExpressionCase("REMOVE a = :v", #"Syntax error; token: "=", near: "a = :v""#),
            ExpressionCase("SET :v = a", #"Syntax error; token: ":v", near: "SET :v =""#),
        ])
    }

    @Test(arguments: ["SET a = b SET c = b", "set a = b Set c = b"])
    func aClauseComesOnce(expression: String) throws {
        try Self.check([
            ExpressionCase(
                expression, "The \"SET\" section can only be used once in an update expression;")
        ])
    }

    @Test func names() throws {
        try Self.check([
            ExpressionCase(
                "SET Status = a", "Attribute name is a reserved keyword; reserved keyword: Status"),
            ExpressionCase(
                "REMOVE #a",
                "An expression attribute name used in the document path is not defined; "
                    + "attribute name: #a"),
            ExpressionCase(
                "ADD a :v",
                "An expression attribute value used in expression is not defined; "
                    + "attribute value: :v"),
        ])
    }

    @Test func functions() throws {
        try Self.check([
            ExpressionCase("SET a = foo(b)", "Invalid function name; function: foo"),
            ExpressionCase(
                "SET a = size(b)",
                "The function is not allowed in an update expression; function: size"),
            ExpressionCase(
                "SET a = list_append(b)",
                "Incorrect number of operands for operator or function; "
                    + "operator or function: list_append, number of operands: 1"),
            ExpressionCase(
                "SET a = if_not_exists(:v, b)", values: [":v": 1],
                "Operator or function requires a document path; "
                    + "operator or function: if_not_exists"),
        ])
    }

    @Test func operandTypes() throws {
        let start = "Incorrect operand type for operator or function; "
        try Self.check([
            ExpressionCase(
                "SET a = b + :v", values: [":v": "x"],
                start + "operator or function: +, operand type: S"),
            ExpressionCase(
                "SET a = :v - b", values: [":v": [1]],
                start + "operator or function: -, operand type: L"),
            ExpressionCase(
                "SET a = list_append(b, c) - d",
                start + "operator or function: -, operand type: L"),
            ExpressionCase(
                "SET a = list_append(b, :v)", values: [":v": ["x": 1]],
                start + "operator or function: list_append, operand type: M"),
            ExpressionCase(
                "ADD a :v", values: [":v": "x"], start + "operator: ADD, operand type: STRING"),
            ExpressionCase(
                "ADD a :v", values: [":v": [1]], start + "operator: ADD, operand type: LIST"),
            ExpressionCase(
                "ADD a :v", values: [":v": true], start + "operator: ADD, operand type: BOOLEAN"),
            ExpressionCase(
                "DELETE a :v", values: [":v": 1],
                start + "operator: DELETE, operand type: NUMBER"),
            ExpressionCase(
                "DELETE a :v", values: [":v": ["x": 1]],
                start + "operator: DELETE, operand type: MAP"),
        ])
    }

    @Test func overlappingPaths() throws {
        let start =
            "Two document paths overlap with each other; must remove or rewrite one of these "
            + "paths; "
        try Self.check([
            ExpressionCase("SET a = b, a = c", start + "path one: [a], path two: [a]"),
            ExpressionCase("SET a = b REMOVE a.b", start + "path one: [a], path two: [a, b]"),
            ExpressionCase("SET a.b = c REMOVE a", start + "path one: [a, b], path two: [a]"),
            ExpressionCase(
                "SET a[3].b = c, #a[3].b.d[1] = c", names: ["#a": "a"],
                start + "path one: [a, [3], b], path two: [a, [3], b, d, [1]]"),
        ])
    }

    @Test func conflictingPaths() throws {
        let start =
            "Two document paths conflict with each other; must remove or rewrite one of these "
            + "paths; "
        try Self.check([
            ExpressionCase(
                "SET a.b = c, a[0] = c", start + "path one: [a, b], path two: [a, [0]]"),
            ExpressionCase(
                "REMOVE a.b[1], a.b.c", start + "path one: [a, b, [1]], path two: [a, b, c]"),
        ])
    }

    @Test func siblingsDoNotOverlap() throws {
        var attributes = try ExpressionAttributes(names: nil, values: nil)
        let message = refusal {
            _ = try UpdateExpression(
                parsing: "SET a.b = c, a.d = c, e[0] = a, e[1] = a.b, e2 = e[0], f.b = c",
                attributes: &attributes)
        }
        #expect(message == nil)
    }

    @Test func redundantParentheses() throws {
        try Self.check([
            ExpressionCase("SET a = ((b))", "The expression has redundant parentheses;"),
            ExpressionCase("SET a = ((b + c))", "The expression has redundant parentheses;"),
        ])
    }
}

/// What an update refuses when it meets an item.
@Suite struct UpdateFailureTests {
    private static let item: Item = [
        "pk": "k", "n": 5, "s": "text", "ss": .stringSet(["a"]), "l": [10], "m": ["x": 1],
        "big": .number(
            (try? DecimalNumber(parsing: "99999999999999999999999999999999999999")) ?? .zero),
    ]
    private static let absent =
        "The provided expression refers to an attribute that does not exist in the item"
    private static let incorrectType =
        "An operand in the update expression has an incorrect data type"
    private static let invalidPath =
        "The document path provided in the update expression is invalid for update"

    private static let impossible: [ExpressionCase<String>] = [
        ExpressionCase("SET a = absent", absent),
        ExpressionCase("SET a = m.absent", absent),
        ExpressionCase("SET a = absent + n", absent),
        ExpressionCase("SET a = list_append(absent, l)", absent),
        ExpressionCase("SET a = n + s", incorrectType),
        ExpressionCase("SET a = l - n", incorrectType),
        ExpressionCase("SET a = list_append(l, s)", incorrectType),
        ExpressionCase("SET a = list_append(l, if_not_exists(n, l))", incorrectType),
        ExpressionCase("ADD s :v", values: [":v": 1], incorrectType),
        ExpressionCase("ADD n :v", values: [":v": .stringSet(["a"])], incorrectType),
        ExpressionCase("ADD ss :v", values: [":v": .numberSet([1])], incorrectType),
        ExpressionCase("DELETE s :v", values: [":v": .stringSet(["a"])], incorrectType),
        ExpressionCase("SET absent.x = n", invalidPath),
        ExpressionCase("SET n.x = n", invalidPath),
        ExpressionCase("SET m[0] = n", invalidPath),
        ExpressionCase("SET l.x = n", invalidPath),
        ExpressionCase("SET m.absent.x = n", invalidPath),
        ExpressionCase("SET l[1].x = n", invalidPath),
        ExpressionCase("REMOVE absent.x", invalidPath),
        ExpressionCase("REMOVE absent[0]", invalidPath),
        ExpressionCase("DELETE absent.x :v", values: [":v": .stringSet(["a"])], invalidPath),
    ]

    @Test(arguments: impossible)
    func anImpossibleUpdateIsRefused(row: ExpressionCase<String>) {
        let message = refusal {
            _ = try updated(row.expression, values: row.values, item: Self.item)
        }
        #expect(message == row.expected)
    }

    @Test func aResultOfTooManyDigitsIsRefused() {
        let message = refusal {
            _ = try updated("SET big = big + :v", values: [":v": 0.5], item: Self.item)
        }
        #expect(message != nil)
    }

    @Test func withoutAnItemNothingCanBeRead() {
        #expect(refusal { _ = try updated("SET a = pk", item: nil) } == Self.absent)
    }

    @Test(arguments: [(30, true), (31, false)])
    func aDocumentMayNotBecomeTooDeep(levels: Int, isAccepted: Bool) throws {
        // The value comes to stand at the second level of the item, below `m`.
        var value: AttributeValue = 1
        for _ in 0..<levels { value = .list([value]) }
        let message = refusal {
            _ = try updated("SET m.x = :v", values: [":v": value], item: Self.item)
        }
        let tooDeep =
            "Nesting Levels have exceeded supported limits: "
            + "Attributes in the item have nested levels beyond supported limit"
        #expect(message == (isAccepted ? nil : tooDeep))
    }
}
