import ItemModel
import Testing

/// One row of a table of expressions: what goes in, and what must come out.
struct ExpressionCase<Expected: Sendable>: Sendable, CustomTestStringConvertible {
    let expression: String
    var names: [String: String]?
    var values: Item?
    var item: Item?
    let expected: Expected

    init(
        _ expression: String, names: [String: String]? = nil, values: Item? = nil,
        item: Item? = nil, _ expected: Expected
    ) {
        self.expression = expression
        self.names = names
        self.values = values
        self.item = item
        self.expected = expected
    }

    var testDescription: String { expression.count > 60 ? "long expression" : expression }

    func attributes() throws -> ExpressionAttributes {
        try ExpressionAttributes(names: names, values: values.map { try EncodedItem($0) })
    }
}

/// The message of the `ItemError` that `body` throws; nil when it throws none.
func refusal(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as ItemError {
        return error.message
    } catch {
        return "another error: \(error)"
    }
}

func matches(
    _ expression: String, names: [String: String]? = nil, values: Item? = nil, item: Item?
) throws -> Bool {
    var attributes = try ExpressionAttributes(
        names: names, values: values.map { try EncodedItem($0) })
    let condition = try ConditionExpression(
        parsing: expression, kind: .condition, attributes: &attributes)
    guard let item else { return try condition.matches(nil) }
    return try EncodedItem(item).withView { try condition.matches($0) }
}

/// The item that an update makes of `item`, or of the key `{"pk": "k"}` where there is none.
func updated(
    _ expression: String, names: [String: String]? = nil, values: Item? = nil, item: Item?,
    wanted: UpdateOutcome.Parts = []
) throws -> UpdateOutcome {
    var attributes = try ExpressionAttributes(
        names: names, values: values.map { try EncodedItem($0) })
    let update = try UpdateExpression(parsing: expression, attributes: &attributes)
    var encoder = ItemEncoder()
    let key = try EncodedItem(["pk": "k"])
    guard let item else {
        return try key.withView { key in
            try update.apply(to: nil, key: key, encoder: &encoder, wanted: wanted)
        }
    }
    return try EncodedItem(item).withView { old in
        try key.withView { key in
            try update.apply(to: old, key: key, encoder: &encoder, wanted: wanted)
        }
    }
}

func projected(_ expression: String, names: [String: String]? = nil, item: Item) throws -> Item {
    var attributes = try ExpressionAttributes(names: names, values: nil)
    let projection = try ProjectionExpression(parsing: expression, attributes: &attributes)
    var encoder = ItemEncoder()
    let stored = try EncodedItem(item)
    stored.withView { projection.apply(to: $0, encoder: &encoder) }
    return encoder.take().decoded()
}
