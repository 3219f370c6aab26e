/// The parameter that an expression came in; DynamoDB's messages name it.
package enum ExpressionKind: String, Sendable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case update = "UpdateExpression"
    case projection = "ProjectionExpression"
    case keyCondition = "KeyConditionExpression"

    /// The error DynamoDB gives for a fault in an expression of this kind.
    func invalid(_ fault: String) -> ItemError {
        ItemError("Invalid \(rawValue): \(fault)")
    }
}

/// The documented limits of expressions ("Quotas in Amazon DynamoDB", expression parameters).
enum ExpressionLimits {
    static let expressionBytes = 4096
    /// Operators and functions together.
    static let operators = 300
    static let pathDepth = 32
    static let operandsOfIn = 100
    static let placeholderBytes = 255
    static let attributeNameBytes = 65_535
    /// ExpressionAttributeNames and ExpressionAttributeValues together.
    static let substitutionBytes = 2 * 1024 * 1024
    /// Functions inside functions. DynamoDB documents no number; this one keeps the recursion of
    /// the update parser and writer far from the end of any stack.
    static let functionDepth = 32
}
