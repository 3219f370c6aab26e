/// A parsed ConditionExpression or FilterExpression.
///
/// It is parsed once, keeps the given values as stored bytes, and can be evaluated on any number of
/// items. A comparison of two types, or with an attribute that is not there, is false; only `<>` is
/// true of them, since it is the negation of `=`.
package struct ConditionExpression: Sendable {
    private let program: ConditionProgram
    private let paths: DocumentPaths
    private let values: EncodedItem?

    /// - Parameter kind: `.condition` or `.filter`; messages name it.
    /// - Throws: `ItemError` with DynamoDB's message.
    package init(
        parsing expression: String, kind: ExpressionKind, attributes: inout ExpressionAttributes
    ) throws(ItemError) {
        var parser = ConditionParser(
            reader: try ExpressionReader(expression, kind: kind, attributes: attributes))
        try parser.parse()
        try parser.reader.finish()
        program = parser.program
        paths = parser.reader.paths
        values = parser.reader.attributes.values
        attributes = parser.reader.attributes
    }

    /// Whether the condition holds for `item`; nil stands for an item that does not exist, which
    /// has no attributes.
    package func matches(_ item: ItemView?) throws(ItemError) -> Bool {
        guard let values else {
            return ConditionEvaluation(
                program: program, paths: paths, values: nil, item: item
            ).run()
        }
        return values.withView { view in
            ConditionEvaluation(program: program, paths: paths, values: view, item: item).run()
        }
    }

    /// The top-level attributes that the condition reads, each once, in order of appearance. A
    /// filter of a Query must not read key attributes.
    package var topLevelNames: [String] {
        var names: [String] = []
        for path in 0..<paths.count {
            let name = paths.topLevelName(of: path)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}
