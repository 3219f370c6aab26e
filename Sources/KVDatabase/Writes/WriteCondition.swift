internal import ItemModel

/// What must hold of the stored item before a write, and what a refusal tells.
struct WriteCondition {
    private let expression: ConditionExpression?
    private let returnsItem: Bool

    init(_ expression: ConditionExpression?, onFailure: ReturnValuesOnConditionCheckFailure) {
        self.expression = expression
        returnsItem = onFailure == .allOld
    }

    /// Parses the condition of an operation that has no other expression.
    init(
        _ text: String?, names: [String: String]?, values: EncodedItem?,
        onFailure: ReturnValuesOnConditionCheckFailure
    ) throws(OperationFault) {
        do {
            guard let text else {
                try ExpressionAttributes.refuse(
                    names: names, values: values, withoutAnyOf: ["ConditionExpression"])
                self.init(nil, onFailure: onFailure)
                return
            }
            var attributes = try ExpressionAttributes(names: names, values: values)
            let condition = try ConditionExpression(
                parsing: text, kind: .condition, attributes: &attributes)
            try attributes.requireAllUsed()
            self.init(condition, onFailure: onFailure)
        } catch {
            throw OperationFault(error)
        }
    }

    /// Refuses the write if the condition does not hold of the stored item.
    func require(of stored: ItemView?) throws(OperationFault) {
        guard let expression else { return }
        let holds: Bool
        do {
            holds = try expression.matches(stored)
        } catch {
            throw OperationFault(error)
        }
        if !holds {
            throw .refused(
                DatabaseError(
                    code: .conditionalCheckFailed, message: "The conditional request failed",
                    item: returnsItem ? stored.map { EncodedItem(copying: $0) } : nil))
        }
    }
}
