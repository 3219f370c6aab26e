import ItemModel
import KvdTestSupport
import Testing

@Suite struct ExpressionSoupTests {
    private static let words = [
        "a", "b", "#n", "#undefined", ":v", ":l", ":s", ":undefined", "status", "AND", "or", "NOT",
        "BETWEEN", "IN", "SET", "remove", "ADD", "DELETE", "size", "contains", "begins_with",
        "attribute_exists", "attribute_type", "if_not_exists", "list_append", "(", ")", "(", ")",
        "[", "]", "[0]", "[1]", ".", ",", "=", "<>", "<", "<=", ">=", "+", "-", "1", "99999999999",
        "é", "$", "\"", "\u{0}", "_",
    ]

    private static let openings = [
        "", "SET a =", "SET a = (", "REMOVE", "ADD a", "a =", "a IN (", "a BETWEEN :v AND",
        "contains(a,", "NOT (", "a = :v AND", "SET a = list_append(",
    ]

    /// Any sequence of words is parsed or refused, and what is parsed can be evaluated.
    @Test func randomWordsNeverCrashAParser() throws {
        let seeds = SeededRandom.fromEnvironment("randomWordsNeverCrashAParser")
        let item = try EncodedItem(["a": 1, "b": [1, ["a": "x"]], "n": .stringSet(["x"])])
        var parsed = 0
        for run in 0..<20_000 {
            var random = seeds.split(UInt64(run))
            var words = [Self.openings[random.int(in: 0..<Self.openings.count)]]
            for _ in 0..<random.int(in: 0...12) {
                words.append(Self.words[random.int(in: 0..<Self.words.count)])
            }
            let text = words.joined(separator: random.chance(1, in: 4) ? "" : " ")
            parsed += try Self.parseAll(text, item)
        }
        #expect(parsed > 100, "the soup should now and then be a valid expression")
    }

    @Test func randomBytesNeverCrashAParser() throws {
        let seeds = SeededRandom.fromEnvironment("randomBytesNeverCrashAParser")
        let item = try EncodedItem(["a": 1])
        for run in 0..<5000 {
            var random = seeds.split(UInt64(run))
            let bytes = random.bytes(count: random.int(in: 0...40))
            _ = try Self.parseAll(String(decoding: bytes, as: UTF8.self), item)
        }
    }

    /// Gives `text` to every parser; returns how many take it. Any error but an `ItemError` fails.
    private static func parseAll(_ text: String, _ item: EncodedItem) throws -> Int {
        func attributes() throws -> ExpressionAttributes {
            try ExpressionAttributes(
                names: ["#n": "n"], values: EncodedItem([":v": 1, ":l": [1], ":s": "S"]))
        }
        var count = 0
        func attempt(_ parse: (inout ExpressionAttributes) throws -> Void) throws {
            var attributes = try attributes()
            do {
                try parse(&attributes)
                count += 1
            } catch let error as ItemError {
                #expect(!error.message.isEmpty)
            }
        }
        var encoder = ItemEncoder()
        try attempt { attributes in
            let condition = try ConditionExpression(
                parsing: text, kind: .condition, attributes: &attributes)
            _ = try item.withView { try condition.matches($0) }
            _ = try condition.matches(nil)
        }
        try attempt { attributes in
            let update = try UpdateExpression(parsing: text, attributes: &attributes)
            let outcome = try item.withView { view in
                try update.apply(
                    to: view, key: view, encoder: &encoder, wanted: [.updatedOld, .updatedNew])
            }
            #expect(outcome.item.bytes.withUnsafeBytes { EncodedItem.validating($0) })
        }
        try attempt { attributes in
            let projection = try ProjectionExpression(parsing: text, attributes: &attributes)
            item.withView { projection.apply(to: $0, encoder: &encoder) }
        }
        try attempt { attributes in
            let condition = try KeyConditionExpression(parsing: text, attributes: &attributes)
            _ = try condition.resolve(partitionKey: ("a", .number), sortKey: ("b", .string))
        }
        return count
    }
}
