// Unsafe pointers: key bytes are lent by an array for the length of a closure.

public import ItemModel
internal import StorageEngine

/// Reads the items of one partition key in sort key order, a page of at most 1 MB at a time.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>.
public enum Query {
    /// What Query is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String
        /// The secondary index to read; nil reads the table.
        public var indexName: String?
        /// Partition key by equality, sort key by one comparison.
        public var keyConditionExpression: String?
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
        /// Ascending sort keys if true.
        public var scanIndexForward: Bool
        /// How many items to look at, before the filter; at least 1.
        public var limit: Int?
        /// `lastEvaluatedKey` of the page before this one.
        public var exclusiveStartKey: EncodedItem?
        /// Refused on global secondary indexes.
        public var consistentRead: Bool
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity

        public init(
            tableName: String,
            indexName: String? = nil,
            keyConditionExpression: String? = nil,
            filterExpression: String? = nil,
            projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: EncodedItem? = nil,
            select: Select? = nil,
            scanIndexForward: Bool = true,
            limit: Int? = nil,
            exclusiveStartKey: EncodedItem? = nil,
            consistentRead: Bool = false,
            returnConsumedCapacity: ReturnConsumedCapacity = .none
        ) {
            self.tableName = tableName
            self.indexName = indexName
            self.keyConditionExpression = keyConditionExpression
            self.filterExpression = filterExpression
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.select = select
            self.scanIndexForward = scanIndexForward
            self.limit = limit
            self.exclusiveStartKey = exclusiveStartKey
            self.consistentRead = consistentRead
            self.returnConsumedCapacity = returnConsumedCapacity
        }
    }

    /// What Query answers.
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

// MARK: - Operation

extension Database {
    public func query(_ request: Query.Request) async throws(DatabaseError) -> Query.Response {
        try await answer { query(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func query(
        _ request: Query.Request, completion: @escaping Completion<Query.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: Query.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> Query.Response {
        // Validate.
        if let limit = request.limit, limit < 1 {
            throw .validation("Limit must be greater than or equal to 1")
        }
        let expressions = try QueryExpressions(request)
        let table = try table(named: request.tableName)
        let index = try table.index(
            forReading: request.indexName, isConsistent: request.consistentRead)
        let key = index?.key ?? table.key
        let condition = try expressions.keyCondition(for: key)
        try expressions.requireFilterWithoutKeys(of: key)
        let output = try PageOutput(
            select: request.select, projection: expressions.projection, table: table, index: index)

        // One byte range.
        let partition = condition.partitionKey.withUnsafeBytes {
            KeySpace.prefix(table: table.number, index: index?.number, partition: $0)
        }
        var range = KeyRange(
            partition: partition, sortKey: condition.sortKey, isEscaped: index != nil)
        if let start = request.exclusiveStartKey {
            let startKey = try table.startKey(start, in: index)
            if !startKey.starts(with: partition) {
                throw .validation(
                    "The provided starting key is outside query boundaries based on provided "
                        + "conditions")
            }
            if !range.contains(startKey) {
                throw .validation(
                    "The provided starting key does not match the range key predicate")
            }
            if request.scanIndexForward {
                range.lower = startKey.successor
            } else {
                range.upper = startKey
            }
        }

        // Read a page of it.
        let plan = PagePlan(
            table: table, index: index, range: range, isForward: request.scanIndexForward,
            limit: request.limit, filter: expressions.filter, output: output,
            isConsistent: request.consistentRead)
        let page = try readPage(plan, attempt)
        return Query.Response(
            items: output.isCount ? nil : page.items, count: page.count,
            scannedCount: page.scannedCount, lastEvaluatedKey: page.lastEvaluatedKey,
            consumedCapacity: ConsumedCapacity(
                request.returnConsumedCapacity, request.tableName, plan, page))
    }
}
