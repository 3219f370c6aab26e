import ItemModel
import Testing

@Suite struct ConditionRefusalTests {
    private static func check(_ rows: [ExpressionCase<String>]) throws {
        for row in rows {
            var attributes = try row.attributes()
            let message = refusal {
                _ = try ConditionExpression(
                    parsing: row.expression, kind: .condition, attributes: &attributes)
            }
            let expected = "Invalid ConditionExpression: \(row.expected)"
            #expect(message == expected, "\(row.expression)")
        }
    }

    @Test func syntax() throws {
        try Self.check([
            ExpressionCase("", "The expression can not be empty;"),
            ExpressionCase("  \n ", "The expression can not be empty;"),
            ExpressionCase("a = ", #"Syntax error; token: "<EOF>", near: "= ""#),
            ExpressionCase("a = = b", #"Syntax error; token: "=", near: "= = b""#),
            ExpressionCase("a == b", #"Syntax error; token: "=", near: "== b""#),
            ExpressionCase("event-date = b", #"Syntax error; token: "-", near: "event-date""#),
            ExpressionCase("a = 'x'", #"Syntax error; token: "'", near: "= 'x""#),
            ExpressionCase("a = é", #"Syntax error; token: "é", near: "= é""#),
            ExpressionCase("_a = b", #"Syntax error; token: "_", near: "_a""#),
            ExpressionCase("a = 5", #"Syntax error; token: "5", near: "= 5""#),
            ExpressionCase("a", #"Syntax error; token: "<EOF>", near: "a""#),
            ExpressionCase("a AND b", #"Syntax error; token: "AND", near: "a AND b""#),
            ExpressionCase("(a = b", #"Syntax error; token: "<EOF>", near: "b""#),
            ExpressionCase("a = b)", #"Syntax error; token: ")", near: "b)""#),
            ExpressionCase("a = b c", #"Syntax error; token: "c", near: "b c""#),
            ExpressionCase("NOT (a)", #"Syntax error; token: "<EOF>", near: ")""#),
            ExpressionCase("(NOT a) = b", #"Syntax error; token: ")", near: "a) =""#),
            ExpressionCase("a = b = c", #"Syntax error; token: "=", near: "b = c""#),
            ExpressionCase("a IN b", #"Syntax error; token: "b", near: "IN b""#),
            ExpressionCase("a IN ()", #"Syntax error; token: ")", near: "()""#),
            ExpressionCase("a BETWEEN b OR c", #"Syntax error; token: "OR", near: "b OR c""#),
            ExpressionCase("a[b] = c", #"Syntax error; token: "b", near: "[b]""#),
            ExpressionCase("a. = c", #"Syntax error; token: "=", near: ". = c""#),
            ExpressionCase("# = c", ##"Syntax error; token: "#", near: "# =""##),
            ExpressionCase("a = : c", #"Syntax error; token: ":", near: "= : c""#),
            ExpressionCase(
                "attribute_exists()", #"Syntax error; token: ")", near: "()""#),
        ])
    }

    @Test func theKindOfExpressionIsNamed() throws {
        var attributes = try ExpressionAttributes(names: nil, values: nil)
        let message = refusal {
            _ = try ConditionExpression(parsing: "", kind: .filter, attributes: &attributes)
        }
        #expect(message == "Invalid FilterExpression: The expression can not be empty;")
    }

    @Test func names() throws {
        try Self.check([
            ExpressionCase(
                "status = a", "Attribute name is a reserved keyword; reserved keyword: status"),
            ExpressionCase(
                "a.Name = b", "Attribute name is a reserved keyword; reserved keyword: Name"),
            ExpressionCase(
                "a = set", "Attribute name is a reserved keyword; reserved keyword: set"),
            ExpressionCase(
                "#a = b",
                "An expression attribute name used in the document path is not defined; "
                    + "attribute name: #a"),
            ExpressionCase(
                "a = :b",
                "An expression attribute value used in expression is not defined; "
                    + "attribute value: :b"),
            ExpressionCase(
                "a = :b", values: [":B": 1],
                "An expression attribute value used in expression is not defined; "
                    + "attribute value: :b"),
            ExpressionCase(
                "a[99999999999] = b",
                "List index is not within the allowable range; index: [99999999999]"),
        ])
    }

    @Test func functions() throws {
        try Self.check([
            ExpressionCase("foo(a)", "Invalid function name; function: foo"),
            ExpressionCase(
                "Attribute_exists(a)", "Invalid function name; function: Attribute_exists"),
            ExpressionCase(
                "if_not_exists(a, b) = c",
                "The function is not allowed in a condition expression; function: if_not_exists"),
            ExpressionCase(
                "size(a)",
                "The function is not allowed to be used this way in an expression; "
                    + "function: size"),
            ExpressionCase(
                "attribute_exists(a) = b",
                "The function is not allowed to be used this way in an expression; "
                    + "function: attribute_exists"),
            ExpressionCase(
                "a = contains(b, c)",
                "The function is not allowed to be used this way in an expression; "
                    + "function: contains"),
            ExpressionCase(
                "size(size(a)) = b",
                "The function is not allowed to be used this way in an expression; "
                    + "function: size"),
            ExpressionCase(
                "attribute_exists(a, b)",
                "Incorrect number of operands for operator or function; "
                    + "operator or function: attribute_exists, number of operands: 2"),
            ExpressionCase(
                "begins_with(a)",
                "Incorrect number of operands for operator or function; "
                    + "operator or function: begins_with, number of operands: 1"),
            ExpressionCase(
                "size(a, b) = c",
                "Incorrect number of operands for operator or function; "
                    + "operator or function: size, number of operands: 2"),
            ExpressionCase(
                "attribute_exists(:v)", values: [":v": 1],
                "Operator or function requires a document path; "
                    + "operator or function: attribute_exists"),
            ExpressionCase(
                "attribute_not_exists(size(a))",
                "Operator or function requires a document path; "
                    + "operator or function: attribute_not_exists"),
        ])
    }

    @Test func operandTypes() throws {
        let start = "Incorrect operand type for operator or function; "
        try Self.check([
            ExpressionCase(
                "begins_with(a, :v)", values: [":v": 1],
                start + "operator or function: begins_with, operand type: N"),
            ExpressionCase(
                "begins_with(a, size(b))",
                start + "operator or function: begins_with, operand type: N"),
            ExpressionCase(
                "contains(:v, a)", values: [":v": 1],
                start + "operator or function: contains, operand type: N"),
            ExpressionCase(
                "size(:v) = a", values: [":v": true],
                start + "operator or function: size, operand type: BOOL"),
            ExpressionCase(
                "a < :v", values: [":v": true],
                start + "operator or function: <, operand type: BOOL"),
            ExpressionCase(
                "a >= :v", values: [":v": ["x"]],
                start + "operator or function: >=, operand type: L"),
            ExpressionCase(
                "a BETWEEN :v AND :w", values: [":v": nil, ":w": 1],
                start + "operator or function: BETWEEN, operand type: NULL"),
            ExpressionCase(
                "attribute_type(a, :v)", values: [":v": 1],
                start + "operator or function: attribute_type, operand type: N"),
            ExpressionCase(
                "attribute_type(a, :v)", values: [":v": "X"],
                "Invalid attribute type name found; type: X, "
                    + "valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
            ExpressionCase(
                "attribute_type(a, b)",
                "Operator or function requires an expression attribute value; "
                    + "operator or function: attribute_type"),
        ])
    }

    @Test func boundsOfBetween() throws {
        try Self.check([
            ExpressionCase(
                "a BETWEEN :v AND :w", values: [":v": 2, ":w": 1],
                "The BETWEEN operator requires upper bound to be greater than or equal to lower "
                    + "bound; lower bound operand: AttributeValue: {N:2}, "
                    + "upper bound operand: AttributeValue: {N:1}"),
            ExpressionCase(
                "a BETWEEN :v AND :w", values: [":v": "x", ":w": 1],
                "The BETWEEN operator requires same data type for lower and upper bounds; "
                    + "lower bound operand: AttributeValue: {S:x}, "
                    + "upper bound operand: AttributeValue: {N:1}"),
        ])
    }

    @Test func operandsMustDiffer() throws {
        let start =
            "The first operand must be distinct from the remaining operands for this operator "
            + "or function; operator: "
        try Self.check([
            ExpressionCase("a = a", start + "=, first operand: [a]"),
            ExpressionCase(
                "a.b[1] <> #x.b[1]", names: ["#x": "a"],
                start + "<>, first operand: [a, b, [1]]"),
            ExpressionCase("a IN (b, a)", start + "IN, first operand: [a]"),
            ExpressionCase("contains(a, a)", start + "contains, first operand: [a]"),
        ])
    }

    @Test func redundantParentheses() throws {
        let message = "The expression has redundant parentheses;"
        try Self.check([
            ExpressionCase("((a = b))", message),
            ExpressionCase("((a)) = b", message),
            ExpressionCase("a = ((b))", message),
            ExpressionCase("c = d AND ((a = b) )", message),
        ])
    }

    @Test func theEarliestCheckIsReported() throws {
        try Self.check([
            ExpressionCase(
                "a = :undefined AND status = b",
                "Attribute name is a reserved keyword; reserved keyword: status"),
            ExpressionCase(
                "status = :undefined AND", #"Syntax error; token: "<EOF>", near: "AND""#),
            ExpressionCase(
                "a < :v AND #n = b", values: [":v": true],
                "An expression attribute name used in the document path is not defined; "
                    + "attribute name: #n"),
        ])
    }
}
