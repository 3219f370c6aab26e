public import ItemModel

/// Reads the item of one key.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html>.
public enum GetItem {
    /// What GetItem is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String
        /// The key attributes and nothing else.
        public var key: EncodedItem
        /// Every read of kvd is consistent; this one costs twice the capacity.
        public var consistentRead: Bool
        /// Which attributes to return; nil returns all.
        public var projectionExpression: String?
        /// What each `#name` of the expressions stands for.
        public var expressionAttributeNames: [String: String]?
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity

        public init(
            tableName: String,
            key: EncodedItem,
            consistentRead: Bool = false,
            projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            returnConsumedCapacity: ReturnConsumedCapacity = .none
        ) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.returnConsumedCapacity = returnConsumedCapacity
        }
    }

    /// What GetItem answers.
    public struct Response: Sendable, Hashable {
        /// nil if there is no item with this key.
        public var item: EncodedItem?
        /// Present if asked for.
        public var consumedCapacity: ConsumedCapacity?

        public init(
            item: EncodedItem? = nil,
            consumedCapacity: ConsumedCapacity? = nil
        ) {
            self.item = item
            self.consumedCapacity = consumedCapacity
        }
    }
}
