public import ItemModel

/// Puts and deletes up to 25 items of any tables, each for itself: the whole is not atomic.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>.
public enum BatchWriteItem {
    /// What BatchWriteItem is asked.
    public struct Request: Sendable, Hashable {
        /// By table name or ARN.
        public var requestItems: [String: [WriteRequest]]
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity
        /// Whether the size of the item collection is told (tables with local indexes only).
        public var returnItemCollectionMetrics: ReturnItemCollectionMetrics

        public init(
            requestItems: [String: [WriteRequest]],
            returnConsumedCapacity: ReturnConsumedCapacity = .none,
            returnItemCollectionMetrics: ReturnItemCollectionMetrics = .none
        ) {
            self.requestItems = requestItems
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
        }
    }

    /// What BatchWriteItem answers.
    public struct Response: Sendable, Hashable {
        /// Writes that were not done; ask again.
        public var unprocessedItems: [String: [WriteRequest]]
        /// Present if asked for, one a table.
        public var consumedCapacity: [ConsumedCapacity]?
        /// Present if asked for, by table.
        public var itemCollectionMetrics: [String: [ItemCollectionMetrics]]?

        public init(
            unprocessedItems: [String: [WriteRequest]] = [:],
            consumedCapacity: [ConsumedCapacity]? = nil,
            itemCollectionMetrics: [String: [ItemCollectionMetrics]]? = nil
        ) {
            self.unprocessedItems = unprocessedItems
            self.consumedCapacity = consumedCapacity
            self.itemCollectionMetrics = itemCollectionMetrics
        }
    }

    /// One write of the batch.
    public enum WriteRequest: Sendable, Hashable {
        /// Writes the whole item.
        case put(EncodedItem)
        /// Removes the item of this key.
        case delete(key: EncodedItem)
    }
}
