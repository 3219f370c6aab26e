internal import ItemModel

/// The expressions of an UpdateItem, parsed.
struct UpdateExpressions {
    let condition: WriteCondition
    private let update: UpdateExpression?

    init(_ request: UpdateItem.Request) throws(OperationFault) {
        let names = request.expressionAttributeNames
        let values = request.expressionAttributeValues
        do {
            if request.updateExpression == nil, request.conditionExpression == nil {
                try ExpressionAttributes.refuse(
                    names: names, values: values,
                    withoutAnyOf: ["UpdateExpression", "ConditionExpression"])
            }
            var attributes = try ExpressionAttributes(names: names, values: values)
            var update: UpdateExpression?
            if let text = request.updateExpression {
                update = try UpdateExpression(parsing: text, attributes: &attributes)
            }
            var condition: ConditionExpression?
            if let text = request.conditionExpression {
                condition = try ConditionExpression(
                    parsing: text, kind: .condition, attributes: &attributes)
            }
            try attributes.requireAllUsed()
            self.update = update
            self.condition = WriteCondition(
                condition, onFailure: request.returnValuesOnConditionCheckFailure)
        } catch {
            throw OperationFault(error)
        }
    }

    /// Whether an item that is missing comes into being. AWS makes none to remove something from.
    var createsMissingItem: Bool { !(update?.onlyRemoves ?? false) }

    /// Refuses an update of the table's key: it would be another item.
    func requireNoKey(of table: TableDescriptor) throws(OperationFault) {
        guard let update else { return }
        for name in update.touchedTopLevelNames where table.key.contains(name) {
            throw .invalidParameter(
                "Cannot update attribute \(name). This attribute is part of the key")
        }
    }

    /// The item as it will be, and the parts that change.
    func apply(
        to stored: ItemView?, key: ItemView, encoder: inout ItemEncoder, returning: ReturnValues
    ) throws(OperationFault) -> UpdateResult {
        guard let update else {
            // Nothing to change; but a missing item comes into being with its key alone.
            return UpdateResult(
                item: EncodedItem(copying: stored ?? key), updatedOld: nil, updatedNew: nil)
        }
        do {
            var wanted: UpdateOutcome.Parts = []
            if returning == .updatedOld { wanted = .updatedOld }
            if returning == .updatedNew { wanted = .updatedNew }
            let outcome = try update.apply(
                to: stored, key: key, encoder: &encoder, wanted: wanted)
            return UpdateResult(
                item: outcome.item, updatedOld: outcome.updatedOld,
                updatedNew: outcome.updatedNew)
        } catch {
            throw OperationFault(error)
        }
    }
}

/// What an update makes of an item.
struct UpdateResult {
    let item: EncodedItem
    let updatedOld: EncodedItem?
    let updatedNew: EncodedItem?

    func attributes(_ option: ReturnValues, _ stored: LatchedItem) -> EncodedItem? {
        switch option {
        case .none: nil
        case .allOld: stored.copy()
        case .allNew: item
        case .updatedOld: updatedOld
        case .updatedNew: updatedNew
        }
    }
}
