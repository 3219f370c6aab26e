import ItemModel
import Testing

@Suite struct ExpressionAttributesTests {
    private static let malformed: [ExpressionCase<String>] = [
        ExpressionCase("", names: [:], "ExpressionAttributeNames must not be empty"),
        ExpressionCase("", values: [:], "ExpressionAttributeValues must not be empty"),
        ExpressionCase(
            "", names: ["a": "b"],
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""),
        ExpressionCase(
            "", names: ["#": "b"],
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""),
        ExpressionCase(
            "", names: ["#a-b": "b"],
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""),
        ExpressionCase(
            "", values: ["#a": 1],
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"#a\""),
        ExpressionCase(
            "", names: ["#a": ""],
            "ExpressionAttributeNames contains invalid value: "
                + "The expression attribute name must not be empty; key: #a"),
        ExpressionCase(
            "", names: ["#" + String(repeating: "a", count: 255): "b"],
            "ExpressionAttributeNames contains invalid key: The expression attribute map "
                + "contains a key that is too long; key length: 256"),
        ExpressionCase(
            "", names: ["#a": String(repeating: "b", count: 65_536)],
            "1 validation error detected: Attribute name is too large, "
                + "must be less than 65536 bytes"),
    ]

    @Test(arguments: malformed)
    func aMalformedMapIsRefused(row: ExpressionCase<String>) {
        #expect(refusal { _ = try row.attributes() } == row.expected)
    }

    @Test func placeholdersOfTheLimitAreAccepted() {
        let word = String(repeating: "a", count: 254)
        let row = ExpressionCase(
            "", names: ["#" + word: String(repeating: "b", count: 65_535)],
            values: [":" + word: 1], ())
        #expect(refusal { _ = try row.attributes() } == nil)
    }

    @Test func substitutionsHaveATotalLimit() {
        let long = String(repeating: "b", count: 65_535)
        var names: [String: String] = [:]
        for number in 0..<33 { names["#n\(number)"] = long }
        let message = refusal { _ = try ExpressionAttributes(names: names, values: nil) }
        #expect(message?.contains("exceed the maximum allowed total size") == true)
    }

    private static let unused: [ExpressionCase<String?>] = [
        ExpressionCase(
            "a = :v", names: ["#b": "b", "#a": "a"], values: [":v": 1],
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"),
        ExpressionCase(
            "a = :v", values: [":v": 1, ":w": 2],
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"),
        ExpressionCase(
            "#a = :v", names: ["#a": "a", "#b": "b"], values: [":v": 1, ":w": 2],
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"),
        ExpressionCase("#a = :v", names: ["#a": "a"], values: [":v": 1], nil),
    ]

    @Test(arguments: unused)
    func anUnusedPlaceholderIsRefused(row: ExpressionCase<String?>) throws {
        var attributes = try row.attributes()
        _ = try ConditionExpression(
            parsing: row.expression, kind: .condition, attributes: &attributes)
        #expect(refusal { try attributes.requireAllUsed() } == row.expected)
    }

    @Test func severalExpressionsUsePlaceholdersTogether() throws {
        var attributes = try ExpressionAttributes(
            names: ["#a": "a"], values: EncodedItem([":v": 1, ":w": 2]))
        _ = try UpdateExpression(parsing: "SET b = :w", attributes: &attributes)
        _ = try ConditionExpression(
            parsing: "#a = :v", kind: .condition, attributes: &attributes)
        #expect(refusal { try attributes.requireAllUsed() } == nil)
    }

    @Test(arguments: [
        (["ConditionExpression"], ": ConditionExpression is null"),
        (
            ["UpdateExpression", "ConditionExpression"],
            ": UpdateExpression and ConditionExpression are null"
        ),
        ([], ""),
    ])
    func valuesWithoutExpressionsAreRefused(expressions: [String], ending: String) throws {
        let values = try EncodedItem([":v": 1])
        let message = refusal {
            try ExpressionAttributes.refuse(
                names: nil, values: values, withoutAnyOf: expressions)
        }
        #expect(
            message
                == "ExpressionAttributeValues can only be specified when using expressions"
                + ending)
    }

    @Test func namesWithoutExpressionsAreRefused() {
        let message = refusal {
            try ExpressionAttributes.refuse(
                names: ["#a": "a"], values: nil, withoutAnyOf: ["ConditionExpression"])
        }
        #expect(
            message == "ExpressionAttributeNames can only be specified when using expressions")
    }
}
