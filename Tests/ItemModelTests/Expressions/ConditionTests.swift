import ItemModel
import Testing

@Suite struct ConditionTests {
    private static let item: Item = [
        "n": 5, "s": "hello", "b": .binary([1, 2, 3]), "yes": true, "nothing": nil,
        "ss": .stringSet(["a", "b"]), "ns": .numberSet([1, 2]), "bs": .binarySet([[1], [2]]),
        "l": [1, "two", ["deep": [7, 8]]], "m": ["nested": ["x": 1], "dotted.name": 2],
        "n2": 6, "unicode": "é𝄞", "blank": "",
    ]

    private static func check(_ rows: [ExpressionCase<Bool>]) throws {
        for row in rows {
            let result = try matches(
                row.expression, names: row.names, values: row.values, item: item)
            #expect(result == row.expected, "\(row.expression) with \(row.values ?? [:])")
        }
    }

    @Test func equality() throws {
        try Self.check([
            ExpressionCase("n = :v", values: [":v": 5], true),
            ExpressionCase("n = :v", values: [":v": 5.0], true),
            ExpressionCase("n = :v", values: [":v": 6], false),
            ExpressionCase("n = :v", values: [":v": "5"], false),
            ExpressionCase("yes = :v", values: [":v": true], true),
            ExpressionCase("nothing = :v", values: [":v": nil], true),
            ExpressionCase("ss = :v", values: [":v": .stringSet(["b", "a"])], true),
            ExpressionCase("l[2] = :v", values: [":v": ["deep": [7, 8]]], true),
            ExpressionCase("l[2] = :v", values: [":v": ["deep": [8, 7]]], false),
            ExpressionCase(":v = n", values: [":v": 5], true),
            ExpressionCase("n = n2", false),
        ])
    }

    @Test func inequalityIsTheNegationOfEquality() throws {
        try Self.check([
            ExpressionCase("n <> :v", values: [":v": 5], false),
            ExpressionCase("n <> :v", values: [":v": 6], true),
            ExpressionCase("n <> :v", values: [":v": "5"], true),
            ExpressionCase("absent <> :v", values: [":v": 5], true),
            ExpressionCase("absent = :v", values: [":v": 5], false),
            ExpressionCase("absent = alsoAbsent", false),
        ])
    }

    @Test func orderOfNumbers() throws {
        try Self.check([
            ExpressionCase("n < :v", values: [":v": 10], true),
            ExpressionCase("n < :v", values: [":v": 5], false),
            ExpressionCase("n <= :v", values: [":v": 5], true),
            ExpressionCase("n > :v", values: [":v": -10], true),
            ExpressionCase("n > :v", values: [":v": 5], false),
            ExpressionCase("n >= :v", values: [":v": 5], true),
            ExpressionCase("n >= :v", values: [":v": 5.5], false),
            ExpressionCase("n < n2", true),
        ])
    }

    @Test func orderOfTextsAndBytes() throws {
        try Self.check([
            ExpressionCase("s < :v", values: [":v": "hellp"], true),
            ExpressionCase("s > :v", values: [":v": "hell"], true),
            ExpressionCase("s > :v", values: [":v": "Hello"], true),
            ExpressionCase("b < :v", values: [":v": .binary([1, 2, 255])], true),
            ExpressionCase("b >= :v", values: [":v": .binary([])], true),
        ])
    }

    @Test func twoTypesHaveNoOrder() throws {
        try Self.check([
            ExpressionCase("n < :v", values: [":v": "9"], false),
            ExpressionCase("n >= :v", values: [":v": "1"], false),
            ExpressionCase("l < n", false),
            ExpressionCase("absent < :v", values: [":v": 1], false),
            ExpressionCase("absent >= :v", values: [":v": 1], false),
            ExpressionCase("yes >= nothing", false),
        ])
    }

    @Test func between() throws {
        try Self.check([
            ExpressionCase("n BETWEEN :a AND :b", values: [":a": 5, ":b": 6], true),
            ExpressionCase("n BETWEEN :a AND :b", values: [":a": 4, ":b": 5], true),
            ExpressionCase("n BETWEEN :a AND :b", values: [":a": 6, ":b": 7], false),
            ExpressionCase("n BETWEEN :a AND :b", values: [":a": 1, ":b": 4], false),
            ExpressionCase("n between :a and :b", values: [":a": "a", ":b": "z"], false),
            ExpressionCase(":v BETWEEN n AND n2", values: [":v": 5.5], true),
            ExpressionCase(
                "n BETWEEN :a AND :b AND s = :s", values: [":a": 1, ":b": 9, ":s": "hello"], true),
        ])
    }

    @Test func isIn() throws {
        try Self.check(
            [
                ExpressionCase("n IN (:a, :b)", values: [":a": 4, ":b": 5], true),
                ExpressionCase("n in (:a)", values: [":a": "5"], false),
                ExpressionCase("n2 IN (:a, n, l[0])", values: [":a": 6], true),
                ExpressionCase("absent IN (:a)", values: [":a": 4], false),
                ExpressionCase("l[0] IN (:a, n)", values: [":a": 1], true),
            ])
    }

    @Test func logic() throws {
        let values: Item = [":five": 5, ":six": 6]
        try Self.check([
            ExpressionCase("n = :five AND n2 = :six", values: values, true),
            ExpressionCase("n = :six AND n2 = :six", values: values, false),
            ExpressionCase("n = :six OR n2 = :six", values: values, true),
            ExpressionCase("n = :six OR n2 = :five", values: values, false),
            ExpressionCase("NOT n = :six AND n2 = :six", values: values, true),
            ExpressionCase("NOT (n = :five AND n2 = :five)", values: values, true),
            ExpressionCase("not not n = :five or n2 = :five", values: values, true),
            ExpressionCase("n = :five OR n = :six AND n2 = :five", values: values, true),
            ExpressionCase("(n = :five OR n = :six) AND n2 = :five", values: values, false),
            ExpressionCase("n = :six AND n = :five OR n2 = :six", values: values, true),
            ExpressionCase("n = :six AND (n = :five OR n2 = :six)", values: values, false),
            ExpressionCase(
                "(n = :six OR NOT (n2 = :five OR n = :six)) AND n = :five", values: values, true),
        ])
    }

    @Test func existence() throws {
        try Self.check([
            ExpressionCase("attribute_exists(n)", true),
            ExpressionCase("attribute_exists(nothing)", true),
            ExpressionCase("attribute_exists(absent)", false),
            ExpressionCase("attribute_exists(l[1])", true),
            ExpressionCase("attribute_exists(l[3])", false),
            ExpressionCase("attribute_exists(m.nested.x)", true),
            ExpressionCase("attribute_exists(m.nested.y)", false),
            ExpressionCase("attribute_exists(n.x)", false),
            ExpressionCase("attribute_exists(m[0])", false),
            ExpressionCase("attribute_not_exists(absent)", true),
            ExpressionCase("attribute_not_exists(n)", false),
        ])
    }

    @Test func anItemThatIsNotThereHasNoAttributes() throws {
        #expect(try matches("attribute_not_exists(pk)", item: nil))
        #expect(try !matches("attribute_exists(pk)", item: nil))
        #expect(try !matches("pk = :v", values: [":v": 1], item: nil))
    }

    @Test(arguments: [
        ("s", "S"), ("n", "N"), ("b", "B"), ("yes", "BOOL"), ("nothing", "NULL"),
        ("ss", "SS"), ("ns", "NS"), ("bs", "BS"), ("l", "L"), ("m", "M"),
    ])
    func attributeType(name: String, type: String) throws {
        let values: Item = [":t": .string(type), ":other": .string(type == "S" ? "N" : "S")]
        try Self.check([
            ExpressionCase("attribute_type(\(name), :t)", values: values, true),
            ExpressionCase("attribute_type(\(name), :other)", values: values, false),
            ExpressionCase("attribute_type(absent, :t)", values: values, false),
        ])
    }

    @Test func beginsWith() throws {
        try Self.check([
            ExpressionCase("begins_with(s, :v)", values: [":v": "hel"], true),
            ExpressionCase("begins_with(s, :v)", values: [":v": ""], true),
            ExpressionCase("begins_with(s, :v)", values: [":v": "hello!"], false),
            ExpressionCase("begins_with(s, :v)", values: [":v": "ello"], false),
            ExpressionCase("begins_with(b, :v)", values: [":v": .binary([1, 2])], true),
            ExpressionCase("begins_with(s, :v)", values: [":v": .binary([104])], false),
            ExpressionCase("begins_with(n, :v)", values: [":v": "5"], false),
            ExpressionCase("begins_with(:v, s)", values: [":v": "hello world"], true),
        ])
    }

    @Test func contains() throws {
        try Self.check([
            ExpressionCase("contains(s, :v)", values: [":v": "ell"], true),
            ExpressionCase("contains(s, :v)", values: [":v": "lo"], true),
            ExpressionCase("contains(s, :v)", values: [":v": ""], true),
            ExpressionCase("contains(s, :v)", values: [":v": "hellos"], false),
            ExpressionCase("contains(s, :v)", values: [":v": 5], false),
            ExpressionCase("contains(b, :v)", values: [":v": .binary([2, 3])], true),
            ExpressionCase("contains(b, :v)", values: [":v": .binary([3, 2])], false),
            ExpressionCase("contains(ss, :v)", values: [":v": "b"], true),
            ExpressionCase("contains(ss, :v)", values: [":v": "c"], false),
            ExpressionCase("contains(ns, :v)", values: [":v": 2.0], true),
            ExpressionCase("contains(ns, :v)", values: [":v": "2"], false),
            ExpressionCase("contains(bs, :v)", values: [":v": .binary([2])], true),
            ExpressionCase("contains(l, :v)", values: [":v": "two"], true),
            ExpressionCase("contains(l, :v)", values: [":v": ["deep": [7, 8]]], true),
            ExpressionCase("contains(l, :v)", values: [":v": 7], false),
            ExpressionCase("contains(m, :v)", values: [":v": "nested"], false),
            ExpressionCase("contains(ns, size(ss))", true),
            ExpressionCase("contains(l, size(b))", false),
        ])
    }

    @Test func size() throws {
        try Self.check([
            ExpressionCase("size(s) = :v", values: [":v": 5], true),
            ExpressionCase("size(unicode) = :v", values: [":v": 3], true),
            ExpressionCase("size(blank) = :v", values: [":v": 0], true),
            ExpressionCase("size(b) < :v", values: [":v": 4], true),
            ExpressionCase("size(ss) >= size(ns)", true),
            ExpressionCase(":v > size(l)", values: [":v": 3.5], true),
            ExpressionCase("size(m) BETWEEN :a AND :b", values: [":a": 2, ":b": 2], true),
            ExpressionCase("size(m) IN (:a)", values: [":a": 2], true),
            ExpressionCase("size(n) >= :v", values: [":v": 0], false),
            ExpressionCase("size(absent) >= :v", values: [":v": 0], false),
            ExpressionCase("size(s) = :v", values: [":v": "5"], false),
            ExpressionCase("n = size(s)", true),
            ExpressionCase("(size(s)) > (size (l))", true),
        ])
    }

    @Test func pathsAndNames() throws {
        try Self.check([
            ExpressionCase("m.nested.x = :v", values: [":v": 1], true),
            ExpressionCase("l[2].deep[1] = :v", values: [":v": 8], true),
            ExpressionCase("m . nested . x = :v", values: [":v": 1], true),
            ExpressionCase("l [ 2 ].deep[ 0 ] = :v", values: [":v": 7], true),
            ExpressionCase(
                "m.#d = :v", names: ["#d": "dotted.name"], values: [":v": 2], true),
            ExpressionCase(
                "#m.#i.#x = :v", names: ["#m": "m", "#i": "nested", "#x": "x"], values: [":v": 1],
                true),
        ])
    }

    @Test func aConditionKnowsTheAttributesItReads() throws {
        var attributes = try ExpressionAttributes(
            names: ["#s": "s"], values: EncodedItem([":v": 1]))
        let condition = try ConditionExpression(
            parsing: "m.nested.x = :v AND (#s = :v OR size(m) = :v)", kind: .filter,
            attributes: &attributes)
        #expect(condition.topLevelNames == ["m", "s"])
    }
}
