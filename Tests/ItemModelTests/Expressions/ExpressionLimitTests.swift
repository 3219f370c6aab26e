import ItemModel
import Testing

@Suite struct ExpressionLimitTests {
    private static func condition(_ expression: String, values: Item? = [":v": 1]) -> String? {
        refusal {
            var attributes = try ExpressionAttributes(
                names: nil, values: values.map { try EncodedItem($0) })
            _ = try ConditionExpression(
                parsing: expression, kind: .condition, attributes: &attributes)
        }
    }

    private static func update(_ expression: String, values: Item? = [":v": 1]) -> String? {
        refusal {
            var attributes = try ExpressionAttributes(
                names: nil, values: values.map { try EncodedItem($0) })
            _ = try UpdateExpression(parsing: expression, attributes: &attributes)
        }
    }

    private static func projection(_ expression: String) -> String? {
        refusal {
            var attributes = try ExpressionAttributes(names: nil, values: nil)
            _ = try ProjectionExpression(parsing: expression, attributes: &attributes)
        }
    }

    @Test func anExpressionHasAtMost4096Bytes() {
        let expression = "a = :v" + String(repeating: " ", count: 4090)
        #expect(Self.condition(expression) == nil)
        #expect(
            Self.condition(expression + " ")
                == "Invalid ConditionExpression: Expression size has exceeded the maximum allowed "
                + "size; expression size: 4097")
    }

    @Test func theSizeIsMeasuredInBytes() {
        let expression = "a = " + String(repeating: "é", count: 2047)
        #expect(expression.count < 4096)
        #expect(Self.condition(expression)?.hasSuffix("expression size: 4098") == true)
    }

    @Test func aConditionHasAtMost300Operators() {
        // n comparisons and n - 1 times AND.
        func expression(_ count: Int) -> String {
            (0..<count).map { "a\($0) < b" }.joined(separator: " AND ")
        }
        #expect(
            Self.condition(expression(150) + " AND attribute_exists(c)")?.contains("301") == true)
        #expect(Self.condition("NOT " + expression(150), values: nil) == nil)
        #expect(
            Self.condition("NOT NOT " + expression(150), values: nil)
                == "Invalid ConditionExpression: The expression contains too many operators; "
                + "operator count: 301")
    }

    @Test func anUpdateHasAtMost300Operators() {
        func expression(_ count: Int) -> String {
            "SET " + (0..<count).map { "a\($0)=b+c" }.joined(separator: ",")
        }
        #expect(Self.update(expression(300), values: nil) == nil)
        #expect(
            Self.update(expression(301), values: nil)
                == "Invalid UpdateExpression: The expression contains too many operators; "
                + "operator count: 301")
    }

    @Test func inTakesAtMost100Operands() {
        func expression(_ count: Int) -> String {
            "a IN (" + Array(repeating: ":v", count: count).joined(separator: ",") + ")"
        }
        #expect(Self.condition(expression(100)) == nil)
        #expect(
            Self.condition(expression(101))
                == "Invalid ConditionExpression: The IN operator is provided with too many "
                + "operands; number of operands: 101")
    }

    @Test func aPathHasAtMost32Elements() {
        func path(_ count: Int) -> String {
            "a" + (1..<count).map { $0.isMultiple(of: 2) ? "[1]" : ".b" }.joined()
        }
        #expect(Self.projection(path(32)) == nil)
        #expect(
            Self.projection(path(33))
                == "Invalid ProjectionExpression: The document path has too many nesting "
                + "elements; nesting levels: 33")
    }

    @Test func deepParenthesesAreRefusedAndDoNotOverflow() {
        let depth = 2000
        let expression =
            String(repeating: "(", count: depth) + "a = :v" + String(repeating: ")", count: depth)
        #expect(
            Self.condition(expression)
                == "Invalid ConditionExpression: The expression has redundant parentheses;")
        #expect(Self.condition(String(repeating: "(", count: 4096))?.contains("Syntax") == true)
        #expect(
            Self.condition("a = " + String(repeating: "(", count: 4000))?.contains("Syntax")
                == true)
        #expect(
            Self.update("SET a = " + String(repeating: "(", count: 4000))?.contains("Syntax")
                == true)
    }

    @Test func deepNegationIsRefusedAndDoesNotOverflow() {
        let expression = String(repeating: "NOT ", count: 1000) + "a = :v"
        #expect(Self.condition(expression)?.hasSuffix("operator count: 1001") == true)
    }

    @Test func usefulNestingOfParenthesesIsAccepted() throws {
        // (a0 = :v OR (a1 = :v OR ( … ))) with 149 levels: 299 operators.
        let depth = 149
        let expression =
            (0..<depth).map { "(a\($0)=:v OR " }.joined() + "a = :v"
            + String(repeating: ")", count: depth)
        #expect(Self.condition(expression) == nil)
        #expect(try matches(expression, values: [":v": 1], item: ["a": 1]))
        #expect(try !matches(expression, values: [":v": 1], item: ["a": 2]))
    }

    @Test func functionsNestAtMost32Deep() {
        func expression(_ depth: Int) -> String {
            "SET a = " + String(repeating: "if_not_exists(b,", count: depth) + ":v"
                + String(repeating: ")", count: depth)
        }
        #expect(Self.update(expression(32)) == nil)
        #expect(
            Self.update(expression(33))
                == "Invalid UpdateExpression: The expression nests functions too deeply; "
                + "nesting levels: 33")
        #expect(Self.update(expression(200)) != nil)
    }

    @Test func sizeInsideSizeDoesNotOverflow() {
        let expression = String(repeating: "size(", count: 800) + "a"
        #expect(
            Self.condition(expression)
                == "Invalid ConditionExpression: The function is not allowed to be used this way "
                + "in an expression; function: size")
    }
}
