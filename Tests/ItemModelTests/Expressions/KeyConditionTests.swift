import ItemModel
import Testing

@Suite struct KeyConditionTests {
    private static func parse(_ row: ExpressionCase<some Sendable>) throws
        -> KeyConditionExpression
    {
        var attributes = try row.attributes()
        return try KeyConditionExpression(parsing: row.expression, attributes: &attributes)
    }

    private static let values: Item = [":p": "part", ":v": "b", ":w": "c"]
    private static let b = Array("b".utf8)
    private static let c = Array("c".utf8)

    private static let ranges: [ExpressionCase<KeyCondition.SortKey>] = [
        ExpressionCase("pk = :p", KeyCondition.SortKey.any),
        ExpressionCase(":p = pk", .any),
        ExpressionCase("(pk = :p)", .any),
        ExpressionCase("pk = :p AND sk = :v", .equal(b)),
        ExpressionCase("sk = :v and pk = :p", .equal(b)),
        ExpressionCase("pk = :p AND sk < :v", .less(b)),
        ExpressionCase("pk = :p AND sk <= :v", .lessOrEqual(b)),
        ExpressionCase("pk = :p AND sk > :v", .greater(b)),
        ExpressionCase("(pk = :p) AND (sk >= :v)", .greaterOrEqual(b)),
        ExpressionCase("pk = :p AND :v < sk", .greater(b)),
        ExpressionCase("pk = :p AND :v >= sk", .lessOrEqual(b)),
        ExpressionCase("pk = :p AND sk BETWEEN :v AND :w", .between(b, c)),
        ExpressionCase("pk = :p AND begins_with(sk, :v)", .beginsWith(b)),
    ]

    @Test(arguments: ranges)
    func aConditionBecomesARange(row: ExpressionCase<KeyCondition.SortKey>) throws {
        let row = ExpressionCase(row.expression, values: Self.values, row.expected)
        let condition = try Self.parse(row).resolve(
            partitionKey: ("pk", .string), sortKey: ("sk", .string))
        #expect(condition.partitionKey == Array("part".utf8))
        #expect(condition.sortKey == row.expected)
    }

    @Test func namesAndNumbers() throws {
        let row = ExpressionCase(
            "#p = :p AND #s > :v", names: ["#p": "a.b", "#s": "status"],
            values: [":p": 7, ":v": .binary([1, 2])], ())
        let condition = try Self.parse(row).resolve(
            partitionKey: ("a.b", .number), sortKey: ("status", .binary))
        #expect(condition.partitionKey == DecimalNumber(7).orderedBytes)
        #expect(condition.sortKey == .greater([1, 2]))
    }

    private static let faults: [ExpressionCase<String>] = [
        ExpressionCase("", "The expression can not be empty;"),
        ExpressionCase("pk = ", #"Syntax error; token: "<EOF>", near: "= ""#),
        ExpressionCase(
            "pk = :p AND name = :v",
            "Attribute name is a reserved keyword; reserved keyword: name"),
        ExpressionCase(
            "pk = :p OR sk = :v", "Invalid operator used in KeyConditionExpression: OR"),
        ExpressionCase(
            "NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"),
        ExpressionCase(
            "pk = :p AND sk <> :v", "Invalid operator used in KeyConditionExpression: <>"),
        ExpressionCase(
            "pk = :p AND sk IN (:v)", "Invalid operator used in KeyConditionExpression: IN"),
        ExpressionCase(
            "pk = :p AND contains(sk, :v)",
            "Invalid operator used in KeyConditionExpression: contains"),
        ExpressionCase(
            "attribute_exists(pk)",
            "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ExpressionCase(
            "pk = :p AND size(sk) = pk",
            "KeyConditionExpressions cannot contain nested operations"),
        ExpressionCase(
            "pk.a = :p",
            "KeyConditionExpressions cannot have conditions on nested attributes"),
        ExpressionCase(
            "pk = :p AND begins_with(sk[1], :v)",
            "KeyConditionExpressions cannot have conditions on nested attributes"),
        ExpressionCase(
            "pk = sk",
            "Invalid condition in KeyConditionExpression: "
                + "Multiple attribute names used in one condition"),
        ExpressionCase(
            ":p = :v",
            "Invalid condition in KeyConditionExpression: No key attribute specified"),
        ExpressionCase(
            "pk = :p AND :v BETWEEN sk AND :w",
            "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key "
                + "attribute as its first operand"),
        ExpressionCase(
            "pk = :p AND begins_with(:v, sk)",
            "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
                + "attribute as its first operand"),
        ExpressionCase(
            "pk = :p AND sk > :v AND sk < :w",
            "KeyConditionExpressions must only contain one condition per key"),
        ExpressionCase(
            "pk = :p AND sk BETWEEN :w AND :v",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower "
                + "bound; lower bound operand: AttributeValue: {S:c}, "
                + "upper bound operand: AttributeValue: {S:b}"),
        ExpressionCase(
            "pk = :p AND begins_with(sk, :n)",
            "Incorrect operand type for operator or function; "
                + "operator or function: begins_with, operand type: N"),
    ]

    @Test(arguments: faults)
    func aFaultyConditionIsRefused(row: ExpressionCase<String>) throws {
        var values = Self.values
        values[":n"] = 1
        let message = refusal {
            _ = try Self.parse(ExpressionCase(row.expression, values: values, ()))
        }
        #expect(message == "Invalid KeyConditionExpression: \(row.expected)")
    }

    private static let misfits: [ExpressionCase<String>] = [
        ExpressionCase("sk = :v", "Query condition missed key schema element: pk"),
        ExpressionCase(
            "pk = :p AND more = :v", "Query condition missed key schema element: sk"),
        ExpressionCase("pk > :p", "Query key condition not supported"),
        ExpressionCase("begins_with(pk, :p) AND sk = :v", "Query key condition not supported"),
        ExpressionCase(
            "pk = :p AND sk = :v AND more = :w", "Conditions can be of length 1 or 2 only"),
        ExpressionCase(
            "pk = :n",
            "One or more parameter values were invalid: "
                + "Condition parameter type does not match schema type"),
        ExpressionCase(
            "pk = :empty",
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
                + "cannot contain an empty string value. Key: pk"),
    ]

    @Test(arguments: misfits)
    func aConditionMustFitTheKey(row: ExpressionCase<String>) {
        var values = Self.values
        values[":n"] = 1
        values[":empty"] = ""
        let message = refusal {
            _ = try Self.parse(ExpressionCase(row.expression, values: values, ()))
                .resolve(partitionKey: ("pk", .string), sortKey: ("sk", .string))
        }
        #expect(message == row.expected)
    }

    @Test func aSortConditionNeedsASortKey() {
        let message = refusal {
            _ = try Self.parse(
                ExpressionCase("pk = :p AND sk = :v", values: Self.values, ())
            ).resolve(partitionKey: ("pk", .string), sortKey: nil)
        }
        #expect(message == "Query key condition not supported")
    }
}
