/// Something a condition compares: an attribute, a given value, or the size of either.
struct ConditionOperand: Sendable {
    enum Source: UInt8, Sendable { case path, value }

    let source: Source
    /// Whether the operand is `size(…)` of its source.
    let isSize: Bool
    /// The number of the path, or the position of the value among the given ones.
    let index: Int
}

/// One test of a condition, over a run of the program's operands.
struct ConditionTest: Sendable {
    enum Operator: UInt8, Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case between, isIn
        case attributeExists, attributeNotExists, attributeType, beginsWith, contains

        /// The operator's name in DynamoDB's messages.
        var name: String {
            switch self {
            case .equal: "="
            case .notEqual: "<>"
            case .less: "<"
            case .lessOrEqual: "<="
            case .greater: ">"
            case .greaterOrEqual: ">="
            case .between: "BETWEEN"
            case .isIn: "IN"
            case .attributeExists: "attribute_exists"
            case .attributeNotExists: "attribute_not_exists"
            case .attributeType: "attribute_type"
            case .beginsWith: "begins_with"
            case .contains: "contains"
            }
        }
    }

    let test: Operator
    let operands: Range<Int>
    /// The type that `attribute_type` asks for.
    var type: AttributeType?
}

/// A condition as a flat program with one truth value as its only state. A test sets the value,
/// `negate` turns it round, and a jump leaves the rest of an AND or an OR out when the value
/// already decides it. So neither parsing nor evaluating recurses, however deep the parentheses.
struct ConditionProgram: Sendable {
    enum Instruction: Sendable {
        case test(ConditionTest)
        case jumpIfFalse(Int)
        case jumpIfTrue(Int)
        case negate
    }

    var instructions: [Instruction] = []
    var operands: [ConditionOperand] = []
}
