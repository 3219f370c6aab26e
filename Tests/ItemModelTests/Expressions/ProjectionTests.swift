import ItemModel
import Testing

@Suite struct ProjectionTests {
    private static let item: Item = [
        "pk": "k", "n": 5, "l": [10, ["x": 1, "y": 2], 30, [1, 2, 3]],
        "m": ["x": 1, "deeper": ["y": [1, 2], "z": 3]], "a.b": 7,
    ]

    private static let selections: [ExpressionCase<Item>] = [
        ExpressionCase("n", ["n": 5] as Item),
        ExpressionCase("pk, n", ["pk": "k", "n": 5]),
        ExpressionCase("absent", [:]),
        ExpressionCase("m.x", ["m": ["x": 1]]),
        ExpressionCase("m.deeper.z, m.x", ["m": ["x": 1, "deeper": ["z": 3]]]),
        ExpressionCase("m.absent", [:]),
        ExpressionCase("m.absent.y", [:]),
        ExpressionCase("n.x, pk[0]", [:]),
        ExpressionCase("l[0]", ["l": [10]]),
        ExpressionCase("l[2], l[0]", ["l": [10, 30]]),
        ExpressionCase("l[1].y", ["l": [["y": 2]]]),
        ExpressionCase("l[1].y, l[3][2], l[3][0]", ["l": [["y": 2], [1, 3]]]),
        ExpressionCase("l[9]", [:]),
        ExpressionCase("l[9], l[0].x, l[2]", ["l": [30]]),
        ExpressionCase("m.deeper.y[1]", ["m": ["deeper": ["y": [2]]]]),
        ExpressionCase("#ab", names: ["#ab": "a.b"], ["a.b": 7]),
        ExpressionCase("m.#x", names: ["#x": "x"], ["m": ["x": 1]]),
    ]

    @Test(arguments: selections)
    func whatIsSelectedKeepsItsPlace(row: ExpressionCase<Item>) throws {
        let result = try projected(row.expression, names: row.names, item: Self.item)
        #expect(result == row.expected)
    }

    @Test func aProjectionIsAnItemOfItsOwn() throws {
        var attributes = try ExpressionAttributes(names: nil, values: nil)
        let projection = try ProjectionExpression(
            parsing: "m.deeper.y, l[1].x, pk", attributes: &attributes)
        var encoder = ItemEncoder()
        try EncodedItem(Self.item).withView { projection.apply(to: $0, encoder: &encoder) }
        let result = encoder.take()
        let put = try EncodedItem(result.decoded())
        #expect(result.sizeBytes == put.sizeBytes)
        #expect(result.bytes.withUnsafeBytes { EncodedItem.validating($0) })
    }

    @Test func aProjectionKnowsTheAttributesItReads() throws {
        var attributes = try ExpressionAttributes(names: ["#a": "a"], values: nil)
        let projection = try ProjectionExpression(
            parsing: "m.x, #a, m.y[1]", attributes: &attributes)
        #expect(projection.topLevelNames == ["a", "m"])
    }

    private static let faults: [ExpressionCase<String>] = [
        ExpressionCase("", "The expression can not be empty;"),
        ExpressionCase("a,", #"Syntax error; token: "<EOF>", near: ",""#),
        ExpressionCase("a b", #"Syntax error; token: "b", near: "a b""#),
        ExpressionCase("a.", #"Syntax error; token: "<EOF>", near: ".""#),
        ExpressionCase("a[-1]", #"Syntax error; token: "-", near: "[-1""#),
        ExpressionCase("a[1", #"Syntax error; token: "<EOF>", near: "1""#),
        ExpressionCase(":a", #"Syntax error; token: ":a", near: ":a""#),
        ExpressionCase(
            "a, Name", "Attribute name is a reserved keyword; reserved keyword: Name"),
        ExpressionCase(
            "#x",
            "An expression attribute name used in the document path is not defined; "
                + "attribute name: #x"),
        ExpressionCase(
            "a, a.b",
            "Two document paths overlap with each other; must remove or rewrite one of these "
                + "paths; path one: [a], path two: [a, b]"),
        ExpressionCase(
            "a.b, a",
            "Two document paths overlap with each other; must remove or rewrite one of these "
                + "paths; path one: [a, b], path two: [a]"),
        ExpressionCase(
            "a.b, a[1]",
            "Two document paths conflict with each other; must remove or rewrite one of these "
                + "paths; path one: [a, b], path two: [a, [1]]"),
    ]

    @Test(arguments: faults)
    func aFaultyProjectionIsRefused(row: ExpressionCase<String>) throws {
        let message = refusal { _ = try projected(row.expression, item: [:]) }
        #expect(message == "Invalid ProjectionExpression: \(row.expected)")
    }
}
