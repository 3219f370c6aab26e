public import ItemModel

/// Reads up to 100 items of any tables by key.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>.
public enum BatchGetItem {
    /// What BatchGetItem is asked.
    public struct Request: Sendable, Hashable {
        /// By table name or ARN.
        public var requestItems: [String: KeysAndAttributes]
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity

        public init(
            requestItems: [String: KeysAndAttributes],
            returnConsumedCapacity: ReturnConsumedCapacity = .none
        ) {
            self.requestItems = requestItems
            self.returnConsumedCapacity = returnConsumedCapacity
        }
    }

    /// What BatchGetItem answers.
    public struct Response: Sendable, Hashable {
        /// The items found, by the name the request used.
        public var responses: [String: EncodedItemList]
        /// Keys beyond the 16 MB of one response; ask again.
        public var unprocessedKeys: [String: KeysAndAttributes]
        /// Present if asked for, one a table.
        public var consumedCapacity: [ConsumedCapacity]?

        public init(
            responses: [String: EncodedItemList] = [:],
            unprocessedKeys: [String: KeysAndAttributes] = [:],
            consumedCapacity: [ConsumedCapacity]? = nil
        ) {
            self.responses = responses
            self.unprocessedKeys = unprocessedKeys
            self.consumedCapacity = consumedCapacity
        }
    }

    /// The keys to read of one table.
    public struct KeysAndAttributes: Sendable, Hashable {
        public var keys: [EncodedItem]
        public var consistentRead: Bool
        /// Which attributes to return.
        public var projectionExpression: String?
        /// What each `#name` of the expressions stands for.
        public var expressionAttributeNames: [String: String]?

        public init(
            keys: [EncodedItem],
            consistentRead: Bool = false,
            projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil
        ) {
            self.keys = keys
            self.consistentRead = consistentRead
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
        }
    }
}
