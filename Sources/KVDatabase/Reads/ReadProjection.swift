internal import ItemModel

/// Which parts of an item a read by key returns.
struct ReadProjection {
    private let expression: ProjectionExpression?

    /// Parses the projection of an operation that has no other expression.
    init(_ text: String?, names: [String: String]?) throws(OperationFault) {
        do {
            guard let text else {
                try ExpressionAttributes.refuse(names: names, values: nil, withoutAnyOf: [])
                expression = nil
                return
            }
            var attributes = try ExpressionAttributes(names: names, values: nil)
            expression = try ProjectionExpression(parsing: text, attributes: &attributes)
            try attributes.requireAllUsed()
        } catch {
            throw OperationFault(error)
        }
    }

    func copy(of item: ItemView, _ encoder: inout ItemEncoder) -> EncodedItem {
        guard let expression else { return EncodedItem(copying: item) }
        expression.apply(to: item, encoder: &encoder)
        return encoder.take()
    }

    func append(
        _ item: ItemView, to items: inout EncodedItemList, _ workspace: Workspace
    ) {
        guard let expression else { return items.append(item, from: &workspace.itemBytes) }
        expression.apply(to: item, encoder: &workspace.encoder)
        workspace.encoder.withView { items.append($0, from: &workspace.itemBytes) }
    }
}
