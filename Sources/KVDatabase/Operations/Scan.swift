public import ItemModel

/// Reads every item of a table or index, a page of at most 1 MB at a time.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html>.
public enum Scan {
    /// What Scan is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String
        /// The secondary index to read; nil reads the table.
        public var indexName: String?
        /// Drops items after they are counted into the page.
        public var filterExpression: String?
        /// Which attributes to return.
        public var projectionExpression: String?
        /// What each `#name` of the expressions stands for.
        public var expressionAttributeNames: [String: String]?
        /// What each `:value` of the expressions stands for; names keep the leading colon.
        public var expressionAttributeValues: EncodedItem?
        /// Which attributes to return, as a class; nil decides by the other members.
        public var select: Select?
        /// How many items to look at, before the filter; at least 1.
        public var limit: Int?
        /// Which of `totalSegments` equal parts of the key hashes to read, from 0.
        public var segment: Int?
        /// 1 to 1,000,000.
        public var totalSegments: Int?
        /// `lastEvaluatedKey` of the page before this one.
        public var exclusiveStartKey: EncodedItem?
        /// Refused on global secondary indexes.
        public var consistentRead: Bool
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity

        public init(
            tableName: String,
            indexName: String? = nil,
            filterExpression: String? = nil,
            projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: EncodedItem? = nil,
            select: Select? = nil,
            limit: Int? = nil,
            segment: Int? = nil,
            totalSegments: Int? = nil,
            exclusiveStartKey: EncodedItem? = nil,
            consistentRead: Bool = false,
            returnConsumedCapacity: ReturnConsumedCapacity = .none
        ) {
            self.tableName = tableName
            self.indexName = indexName
            self.filterExpression = filterExpression
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.select = select
            self.limit = limit
            self.segment = segment
            self.totalSegments = totalSegments
            self.exclusiveStartKey = exclusiveStartKey
            self.consistentRead = consistentRead
            self.returnConsumedCapacity = returnConsumedCapacity
        }
    }

    /// What Scan answers.
    public struct Response: Sendable, Hashable {
        /// nil if `select` is COUNT.
        public var items: EncodedItemList?
        /// Items that passed the filter.
        public var count: Int
        /// Items looked at.
        public var scannedCount: Int
        /// Where the next page starts; nil at the end.
        public var lastEvaluatedKey: EncodedItem?
        /// Present if asked for.
        public var consumedCapacity: ConsumedCapacity?

        public init(
            items: EncodedItemList? = nil,
            count: Int = 0,
            scannedCount: Int = 0,
            lastEvaluatedKey: EncodedItem? = nil,
            consumedCapacity: ConsumedCapacity? = nil
        ) {
            self.items = items
            self.count = count
            self.scannedCount = scannedCount
            self.lastEvaluatedKey = lastEvaluatedKey
            self.consumedCapacity = consumedCapacity
        }
    }
}
