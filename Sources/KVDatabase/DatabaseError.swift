public import ItemModel

/// Why an operation was refused or failed, in the words of AWS's error of the same code.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>.
public struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The names of AWS's errors, as they stand in `__type`.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case validation = "ValidationException"
        case resourceNotFound = "ResourceNotFoundException"
        case resourceInUse = "ResourceInUseException"
        case conditionalCheckFailed = "ConditionalCheckFailedException"
        case itemCollectionSizeLimitExceeded = "ItemCollectionSizeLimitExceededException"
        case limitExceeded = "LimitExceededException"
        case provisionedThroughputExceeded = "ProvisionedThroughputExceededException"
        case internalServerError = "InternalServerError"
    }

    public var code: Code
    public var message: String
    /// The stored item, if a condition failed and the request asked for it.
    public var item: EncodedItem?

    public init(code: Code, message: String, item: EncodedItem? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
