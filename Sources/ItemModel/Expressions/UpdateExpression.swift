/// A parsed UpdateExpression.
///
/// All right-hand sides see the item as it was before the update, whatever the order of clauses.
/// The paths of an update never overlap (the parser refuses that), so the order of its actions has
/// no meaning, and the new item is written in one pass over the old one: what no path touches is
/// copied byte for byte.
package struct UpdateExpression: Sendable {
    let paths: DocumentPaths
    let terms: [UpdateTerm]
    let actions: [UpdateAction]
    let tree: PathTree
    let values: EncodedItem?

    /// - Throws: `ItemError` with DynamoDB's message.
    package init(
        parsing expression: String, attributes: inout ExpressionAttributes
    ) throws(ItemError) {
        var parser = UpdateParser(
            reader: try ExpressionReader(expression, kind: .update, attributes: attributes))
        try parser.parse()
        try parser.reader.finish()
        paths = parser.reader.paths
        terms = parser.terms
        actions = parser.actions
        tree = parser.tree
        values = parser.reader.attributes.values
        attributes = parser.reader.attributes
    }

    /// Whether every clause takes something away: then there is nothing to do to a missing item.
    package var onlyRemoves: Bool {
        actions.allSatisfy { action in
            switch action.kind {
            case .remove, .delete: true
            case .set, .add: false
            }
        }
    }

    /// The top-level attributes that the update may change, each once, in the order of the actions.
    /// None of them may belong to the key.
    package var touchedTopLevelNames: [String] {
        var names: [String] = []
        for action in actions {
            let name = paths.topLevelName(of: action.target)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Applies the update.
    /// - Parameters:
    ///   - old: the stored item; nil when there is none, so that the update makes one.
    ///   - key: the key attributes, which a new item begins with.
    ///   - wanted: the parts for ReturnValues UPDATED_OLD and UPDATED_NEW, where they are needed.
    /// - Throws: `ItemError` with DynamoDB's message: an attribute that is not there, an operand of
    ///   the wrong type, a path that the item does not have, a number out of range, a document
    ///   nested too deep.
    package func apply(
        to old: ItemView?, key: ItemView, encoder: inout ItemEncoder,
        wanted: UpdateOutcome.Parts = []
    ) throws(ItemError) -> UpdateOutcome {
        let base = old ?? key
        guard let values else {
            let writer = UpdateWriter(update: self, old: old, base: base, values: nil)
            return try outcome(of: writer, wanted, &encoder)
        }
        return try values.withView { values throws(ItemError) in
            let writer = UpdateWriter(update: self, old: old, base: base, values: values)
            return try outcome(of: writer, wanted, &encoder)
        }
    }

    private func outcome(
        of writer: UpdateWriter, _ wanted: UpdateOutcome.Parts, _ encoder: inout ItemEncoder
    ) throws(ItemError) -> UpdateOutcome {
        var updatedOld: EncodedItem?
        if wanted.contains(.updatedOld), let old = writer.old {
            try PathProjector(paths: paths, tree: tree).write(old, to: &encoder)
            updatedOld = Self.nilIfEmpty(encoder.take())
        }
        var updatedNew: EncodedItem?
        if wanted.contains(.updatedNew) {
            var touched = writer
            touched.onlyTouched = true
            try touched.writeItem(to: &encoder)
            updatedNew = Self.nilIfEmpty(encoder.take())
        }
        try writer.writeItem(to: &encoder)
        return UpdateOutcome(
            item: encoder.take(), updatedOld: updatedOld, updatedNew: updatedNew)
    }

    private static func nilIfEmpty(_ item: EncodedItem) -> EncodedItem? {
        item.withView { $0.count == 0 } ? nil : item
    }
}

/// What an update makes.
package struct UpdateOutcome: Sendable {
    /// The optional parts of an outcome.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let updatedOld = Parts(rawValue: 1)
        package static let updatedNew = Parts(rawValue: 2)
    }

    /// The whole item after the update.
    package let item: EncodedItem
    /// What the old item had at the update's paths; nil when it had nothing or it was not wanted.
    package let updatedOld: EncodedItem?
    /// What the new item has at the update's paths; nil when it has nothing or it was not wanted.
    package let updatedNew: EncodedItem?
}
