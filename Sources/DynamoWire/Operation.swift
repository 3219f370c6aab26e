// Unsafe pointers live in this file. The target's bytes are lent for the call only.

/// The operations that kvd serves, by DynamoDB's names. Any other name is answered with
/// `UnknownOperationException`.
package enum Operation: String, CaseIterable, Sendable {
    case batchGetItem = "BatchGetItem"
    case batchWriteItem = "BatchWriteItem"
    case createTable = "CreateTable"
    case deleteItem = "DeleteItem"
    case deleteTable = "DeleteTable"
    case describeEndpoints = "DescribeEndpoints"
    case describeLimits = "DescribeLimits"
    case describeTable = "DescribeTable"
    case getItem = "GetItem"
    case listTables = "ListTables"
    case putItem = "PutItem"
    case query = "Query"
    case scan = "Scan"
    case updateItem = "UpdateItem"

    /// The service and version before the operation's name in `X-Amz-Target`.
    package static let targetPrefix: StaticString = "DynamoDB_20120810."

    /// The operation that a request's `X-Amz-Target` names, without making a `String` of it.
    package init?(target: UnsafeRawBufferPointer) {
        let prefix = Self.targetPrefix.utf8CodeUnitCount
        guard target.count > prefix,
            LentText(UnsafeRawBufferPointer(rebasing: target[..<prefix])).equals(Self.targetPrefix)
        else { return nil }
        switch LentText(UnsafeRawBufferPointer(rebasing: target[prefix...])) {
        case "PutItem": self = .putItem
        case "GetItem": self = .getItem
        case "UpdateItem": self = .updateItem
        case "DeleteItem": self = .deleteItem
        case "Query": self = .query
        case "Scan": self = .scan
        case "BatchGetItem": self = .batchGetItem
        case "BatchWriteItem": self = .batchWriteItem
        case "CreateTable": self = .createTable
        case "DescribeTable": self = .describeTable
        case "DeleteTable": self = .deleteTable
        case "ListTables": self = .listTables
        case "DescribeLimits": self = .describeLimits
        case "DescribeEndpoints": self = .describeEndpoints
        default: return nil
        }
    }
}
