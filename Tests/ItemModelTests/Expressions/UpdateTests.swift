import ItemModel
import Testing

@Suite struct UpdateTests {
    private static let item: Item = [
        "pk": "k", "n": 5, "s": "text", "ss": .stringSet(["a", "b"]), "ns": .numberSet([1, 2]),
        "l": [10, 20, 30], "m": ["x": 1, "deeper": ["y": [1, 2]]], "yes": true,
    ]

    /// Checks the attributes that a row names, and that all others are as they were. A null in the
    /// expectation stands for an attribute that is not there.
    private static func check(_ rows: [ExpressionCase<Item>]) throws {
        for row in rows {
            let result = try updated(
                row.expression, names: row.names, values: row.values, item: item
            ).item.decoded()
            var expected = item
            for (name, value) in row.expected {
                expected[name] = value == .null ? Optional<AttributeValue>.none : value
            }
            #expect(result == expected, "\(row.expression)")
        }
    }

    @Test func setValuesAndPaths() throws {
        try Self.check([
            ExpressionCase("SET a = :v", values: [":v": 1], ["a": 1]),
            ExpressionCase("set n = :v", values: [":v": "now text"], ["n": "now text"]),
            ExpressionCase("SET a = n, b = m.x", ["a": 5, "b": 1]),
            ExpressionCase("SET #a = l[1]", names: ["#a": "a.b"], ["a.b": 20]),
            ExpressionCase("SET a = (n)", ["a": 5]),
        ])
    }

    @Test func rightHandSidesSeeTheOldItem() throws {
        try Self.check([
            ExpressionCase("SET n = s, s = n", ["n": "text", "s": 5]),
            ExpressionCase("REMOVE n SET a = n", ["n": nil, "a": 5]),
            ExpressionCase(
                "SET l[0] = l[1], l[1] = l[0]", ["l": [20, 10, 30]]),
        ])
    }

    @Test func arithmetic() throws {
        try Self.check([
            ExpressionCase("SET n = n + :v", values: [":v": 3], ["n": 8]),
            ExpressionCase("SET n = n - :v", values: [":v": 7.5], ["n": -2.5]),
            ExpressionCase("SET n = :v - n", values: [":v": 7], ["n": 2]),
            ExpressionCase("SET n = n + m.x", ["n": 6]),
            ExpressionCase("SET n = (n + :v)", values: [":v": 1], ["n": 6]),
            ExpressionCase("SET n = (n) + (:v)", values: [":v": 1], ["n": 6]),
            ExpressionCase(
                "SET a = if_not_exists(a, :zero) + :one", values: [":zero": 0, ":one": 1],
                ["a": 1]),
            ExpressionCase("SET n = :a-:b", values: [":a": 1, ":b": 2], ["n": -1]),
        ])
    }

    @Test func ifNotExists() throws {
        try Self.check([
            ExpressionCase("SET n = if_not_exists(n, :v)", values: [":v": 9], ["n": 5]),
            ExpressionCase("SET a = if_not_exists(a, :v)", values: [":v": 9], ["a": 9]),
            ExpressionCase("SET a = if_not_exists(n, :v)", values: [":v": 9], ["a": 5]),
            ExpressionCase("SET a = if_not_exists(m.z, s)", ["a": "text"]),
            ExpressionCase(
                "SET a = if_not_exists(a, if_not_exists(b, :v))", values: [":v": 9], ["a": 9]),
            ExpressionCase(
                "SET a = if_not_exists(a, list_append(l, :v))", values: [":v": [1]],
                ["a": [10, 20, 30, 1]]),
        ])
    }

    @Test func listAppend() throws {
        try Self.check([
            ExpressionCase(
                "SET l = list_append(l, :v)", values: [":v": [40]], ["l": [10, 20, 30, 40]]),
            ExpressionCase(
                "SET l = list_append(:v, l)", values: [":v": ["first", 2]],
                ["l": ["first", 2, 10, 20, 30]]),
            ExpressionCase(
                "SET a = list_append(if_not_exists(a, :none), :v)",
                values: [":none": [], ":v": [1]], ["a": [1]]),
            ExpressionCase(
                "SET l = list_append(list_append(:v, l), m.deeper.y)", values: [":v": [0]],
                ["l": [0, 10, 20, 30, 1, 2]]),
        ])
    }

    @Test func nestedTargets() throws {
        try Self.check([
            ExpressionCase(
                "SET m.x = :v, m.z = :v", values: [":v": 9],
                ["m": ["x": 9, "z": 9, "deeper": ["y": [1, 2]]]]),
            ExpressionCase(
                "SET m.deeper.y[1] = :v REMOVE m.x", values: [":v": 9],
                ["m": ["deeper": ["y": [1, 9]]]]),
            ExpressionCase(
                "REMOVE m.deeper.y[0], m.absent", ["m": ["x": 1, "deeper": ["y": [2]]]]),
            ExpressionCase(
                "ADD m.x :v", values: [":v": 1], ["m": ["x": 2, "deeper": ["y": [1, 2]]]]),
        ])
    }

    @Test func listIndexes() throws {
        try Self.check([
            ExpressionCase("SET l[1] = :v", values: [":v": "x"], ["l": [10, "x", 30]]),
            ExpressionCase("SET l[3] = :v", values: [":v": "x"], ["l": [10, 20, 30, "x"]]),
            ExpressionCase("SET l[99] = :v", values: [":v": "x"], ["l": [10, 20, 30, "x"]]),
            ExpressionCase(
                "SET l[9] = :b, l[5] = :a", values: [":a": "a", ":b": "b"],
                ["l": [10, 20, 30, "a", "b"]]),
            ExpressionCase("REMOVE l[0], l[2]", ["l": [20]]),
            ExpressionCase("REMOVE l[0], l[1], l[2]", ["l": []]),
            ExpressionCase("REMOVE l[7]", [:]),
            ExpressionCase(
                "SET l[2] = :v REMOVE l[0]", values: [":v": "x"], ["l": [20, "x"]]),
        ])
    }

    @Test func remove() throws {
        try Self.check([
            ExpressionCase("REMOVE n, s", ["n": nil, "s": nil]),
            ExpressionCase("REMOVE absent", [:]),
        ])
    }

    @Test func add() throws {
        try Self.check([
            ExpressionCase("ADD n :v", values: [":v": -6], ["n": -1]),
            ExpressionCase("ADD a :v", values: [":v": 3], ["a": 3]),
            ExpressionCase(
                "ADD ss :v", values: [":v": .stringSet(["0", "b", "c"])],
                ["ss": .stringSet(["0", "a", "b", "c"])]),
            ExpressionCase(
                "ADD ns :v", values: [":v": .numberSet([2, -1])], ["ns": .numberSet([-1, 1, 2])]),
            ExpressionCase(
                "ADD a :v, b :v", values: [":v": .binarySet([[1]])],
                ["a": .binarySet([[1]]), "b": .binarySet([[1]])]),
        ])
    }

    @Test func delete() throws {
        try Self.check([
            ExpressionCase(
                "DELETE ss :v", values: [":v": .stringSet(["b", "z"])], ["ss": .stringSet(["a"])]),
            ExpressionCase("DELETE ss :v", values: [":v": .stringSet(["a", "b"])], ["ss": nil]),
            ExpressionCase("DELETE a :v", values: [":v": .stringSet(["a"])], [:]),
            ExpressionCase(
                "DELETE ns :v", values: [":v": .numberSet([0, 1])], ["ns": .numberSet([2])]),
        ])
    }

    @Test func clausesInAnyOrder() throws {
        try Self.check([
            ExpressionCase(
                "DELETE ss :ss ADD n :one REMOVE s SET a = :one",
                values: [":ss": .stringSet(["a"]), ":one": 1],
                ["ss": .stringSet(["b"]), "n": 6, "s": nil, "a": 1])
        ])
    }

    @Test func withoutAnItemOneIsMadeOfTheKey() throws {
        let outcome = try updated("SET a = :v ADD n :v", values: [":v": 2], item: nil)
        #expect(outcome.item.decoded() == ["pk": "k", "a": 2, "n": 2])
    }

    @Test func theWholeNewItemIsAsIfItWasPut() throws {
        let outcome = try updated(
            "SET m.z = :v REMOVE l[1] ADD ss :s",
            values: [":v": ["a": 1], ":s": .stringSet(["c"])],
            item: Self.item)
        let put = try EncodedItem(outcome.item.decoded())
        #expect(outcome.item == put)
        #expect(outcome.item.sizeBytes == put.sizeBytes)
        #expect(put.bytes.withUnsafeBytes { EncodedItem.validating($0) })
    }

    @Test func anUpdateKnowsWhatItTouches() throws {
        var attributes = try ExpressionAttributes(
            names: ["#s": "s"], values: EncodedItem([":v": 1]))
        let update = try UpdateExpression(
            parsing: "SET m.x = a, m.z = :v REMOVE #s", attributes: &attributes)
        #expect(update.touchedTopLevelNames == ["m", "s"])
    }

    @Test func anEncoderIsReusable() throws {
        var attributes = try ExpressionAttributes(
            names: nil, values: EncodedItem([":v": 1]))
        let failing = try UpdateExpression(
            parsing: "SET m.x = absent", attributes: &attributes)
        let working = try UpdateExpression(parsing: "SET n = :v", attributes: &attributes)
        var encoder = ItemEncoder()
        let result = try EncodedItem(Self.item).withView { old in
            let message = refusal {
                _ = try failing.apply(to: old, key: old, encoder: &encoder)
            }
            #expect(message != nil)
            return try working.apply(to: old, key: old, encoder: &encoder).item.decoded()
        }
        #expect(result["n"] == 1)
    }
}
