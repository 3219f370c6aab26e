/// What is wrong with an expression that is well-formed.
///
/// DynamoDB parses the whole expression first, so a syntax error hides every other fault, and then
/// checks one kind of fault after the other. A parser that stops at the first fault it meets would
/// report a different one, so faults are collected and the one of the earliest check is reported.
struct ExpressionFaults: Sendable {
    /// The checks, in the order in which DynamoDB makes them.
    enum Check: Int, Sendable {
        case reservedWord
        case unknownFunction
        case listIndex
        case misusedFunction
        case redundantParentheses
        case repeatedClause
        case undefinedName
        case undefinedValue
        case operatorCount
        case pathDepth
        case operandCount
        case documentPath
        case operandType
        case attributeTypeName
        case distinctOperands
        case bounds
        case pathOverlap
        case pathConflict
        case keyCondition
    }

    private var check: Check?
    private(set) var message = ""

    var isEmpty: Bool { check == nil }

    mutating func note(_ check: Check, _ message: String) {
        if let known = self.check, known.rawValue <= check.rawValue { return }
        self.check = check
        self.message = message
    }
}
