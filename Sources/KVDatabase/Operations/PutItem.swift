public import ItemModel
internal import StorageEngine

/// Writes a whole item, in place of any item with the same key.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>.
public enum PutItem {
    /// What PutItem is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String
        /// The whole new item; must hold every key attribute.
        public var item: EncodedItem
        /// Must hold of the item as it is stored now, or nothing is written.
        public var conditionExpression: String?
        /// What each `#name` of the expressions stands for.
        public var expressionAttributeNames: [String: String]?
        /// What each `:value` of the expressions stands for; names keep the leading colon.
        public var expressionAttributeValues: EncodedItem?
        /// Which attributes of the item, before or after, the response carries.
        public var returnValues: ReturnValues
        /// How much of the capacity account the response carries.
        public var returnConsumedCapacity: ReturnConsumedCapacity
        /// Whether the size of the item collection is told (tables with local indexes only).
        public var returnItemCollectionMetrics: ReturnItemCollectionMetrics
        /// Whether a failed condition's error carries the stored item.
        public var returnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure

        public init(
            tableName: String,
            item: EncodedItem,
            conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: EncodedItem? = nil,
            returnValues: ReturnValues = .none,
            returnConsumedCapacity: ReturnConsumedCapacity = .none,
            returnItemCollectionMetrics: ReturnItemCollectionMetrics = .none,
            returnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure = .none
        ) {
            self.tableName = tableName
            self.item = item
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }

    /// What PutItem answers.
    public struct Response: Sendable, Hashable {
        /// The attributes `returnValues` asked for; nil if there are none.
        public var attributes: EncodedItem?
        /// Present if asked for.
        public var consumedCapacity: ConsumedCapacity?
        /// Present if asked for and the table has a local secondary index.
        public var itemCollectionMetrics: ItemCollectionMetrics?

        public init(
            attributes: EncodedItem? = nil,
            consumedCapacity: ConsumedCapacity? = nil,
            itemCollectionMetrics: ItemCollectionMetrics? = nil
        ) {
            self.attributes = attributes
            self.consumedCapacity = consumedCapacity
            self.itemCollectionMetrics = itemCollectionMetrics
        }
    }
}

// MARK: - Operation

extension Database {
    public func putItem(_ request: PutItem.Request) async throws(DatabaseError) -> PutItem.Response
    {
        try await answer { putItem(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func putItem(
        _ request: PutItem.Request, completion: @escaping Completion<PutItem.Response>
    ) {
        run(.writing, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: PutItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> PutItem.Response {
        // Validate.
        guard request.returnValues == .none || request.returnValues == .allOld else {
            throw .validation("ReturnValues can only be ALL_OLD or NONE")
        }
        let condition = try WriteCondition(
            request.conditionExpression, names: request.expressionAttributeNames,
            values: request.expressionAttributeValues,
            onFailure: request.returnValuesOnConditionCheckFailure)
        let table = try table(named: request.tableName)
        let metrics = MetricsRequest(request.returnItemCollectionMetrics, table)
        try metrics.requireThread(attempt)
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        var response = try request.item.withView { (new) throws(OperationFault) in
            try table.appendRowKey(ofWhole: new, to: &workspace.rowKey)
            try table.checkIndexKeys(of: new, from: .item)
            if new.sizeBytes > Limits.itemSizeBytes {
                throw .validation("Item size has exceeded the maximum allowed size")
            }

            // Read and decide.
            let stored = try latch(workspace.rowKey, of: table, &attempt)
            defer { stored.release() }
            try condition.require(of: stored.item)

            // Batch and commit.
            var units = WriteUnits(table)
            try ItemChange(table: table, old: stored.item, new: new)
                .stage(rowKey: workspace.rowKey, in: workspace, units: &units)
            let attributes = request.returnValues == .allOld ? stored.copy() : nil
            try submit(workspace, &attempt)
            return PutItem.Response(
                attributes: attributes,
                consumedCapacity: ConsumedCapacity(
                    request.returnConsumedCapacity, request.tableName, table, units))
        }
        response.itemCollectionMetrics = try metrics.measure(
            partitionOf: request.item, in: self, &attempt)
        return response
    }
}
