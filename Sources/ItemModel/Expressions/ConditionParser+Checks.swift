/// The checks of operands that DynamoDB makes before it looks at any item.
extension ConditionParser {
    /// The type of an operand that is known without an item; nil for an attribute.
    func constantType(of operand: ConditionOperand) -> AttributeType? {
        if operand.isSize { return .number }
        guard operand.source == .value else { return nil }
        return reader.attributes.valueType(at: operand.index)
    }

    mutating func noteOperandType(_ place: String, _ type: AttributeType) {
        reader.faults.note(
            .operandType,
            "Incorrect operand type for operator or function; \(place), operand type: \(type.name)")
    }

    mutating func check(_ test: ConditionTest.Operator, _ operands: [ConditionOperand]) {
        switch test {
        case .equal, .notEqual, .attributeExists, .attributeNotExists, .attributeType:
            break
        case .isIn:
            let count = operands.count - 1
            if count > ExpressionLimits.operandsOfIn {
                reader.faults.note(
                    .operandCount,
                    "The IN operator is provided with too many operands; "
                        + "number of operands: \(count)")
            }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            checkTypes(
                of: operands, "operator or function: \(test.name)", [.string, .number, .binary])
        case .between:
            checkTypes(of: operands, "operator or function: BETWEEN", [.string, .number, .binary])
            checkBounds(operands[1], operands[2])
        case .beginsWith:
            checkTypes(of: operands, "operator or function: begins_with", [.string, .binary])
        case .contains:
            // Only what is searched has a fixed type: a list may contain any value.
            checkTypes(
                of: [operands[0]], "operator or function: contains",
                [.string, .binary, .stringSet, .numberSet, .binarySet, .list])
        }
        checkDistinct(test, operands)
    }

    private mutating func checkTypes(
        of operands: [ConditionOperand], _ place: String, _ allowed: Set<AttributeType>
    ) {
        for operand in operands {
            if let type = constantType(of: operand), !allowed.contains(type) {
                noteOperandType(place, type)
                return
            }
        }
    }

    private mutating func checkDistinct(
        _ test: ConditionTest.Operator, _ operands: [ConditionOperand]
    ) {
        guard let first = operands.first, first.source == .path, !first.isSize else { return }
        for other in operands.dropFirst() where other.source == .path && !other.isSize {
            guard reader.paths.equal(path: first.index, path: other.index) else { continue }
            let path = reader.paths.description(of: first.index)
            reader.faults.note(
                .distinctOperands,
                "The first operand must be distinct from the remaining operands for this "
                    + "operator or function; operator: \(test.name), first operand: \(path)")
            return
        }
    }

    private mutating func checkBounds(_ lower: ConditionOperand, _ upper: ConditionOperand) {
        guard let values = reader.attributes.values,
            lower.source == .value, !lower.isSize, upper.source == .value, !upper.isSize
        else { return }
        let fault = values.withView { view -> String? in
            let low = view.attribute(at: lower.index).value
            let high = view.attribute(at: upper.index).value
            let bounds =
                "lower bound operand: AttributeValue: \(Self.describe(low)), "
                + "upper bound operand: AttributeValue: \(Self.describe(high))"
            guard low.type == high.type else {
                return "The BETWEEN operator requires same data type for lower and upper bounds; "
                    + bounds
            }
            guard let order = ValueView.compare(low, high), order > 0 else { return nil }
            return "The BETWEEN operator requires upper bound to be greater than or equal to "
                + "lower bound; " + bounds
        }
        if let fault { reader.faults.note(.bounds, fault) }
    }

    /// A scalar as DynamoDB writes it in messages: `{N:5}`.
    private static func describe(_ value: ValueView) -> String {
        let text: String
        switch value.decoded() {
        case .string(let string): text = string
        case .number(let number): text = number.description
        case .binary(let bytes): text = bytes.map { String($0) }.joined(separator: " ")
        default: text = ""
        }
        return "{\(value.type.name):\(text)}"
    }
}
