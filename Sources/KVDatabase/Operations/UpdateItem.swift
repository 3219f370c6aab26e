public import ItemModel
internal import StorageEngine

/// Changes attributes of the item of one key, and creates the item if there is none.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>.
public enum UpdateItem {
    /// What UpdateItem is asked.
    public struct Request: Sendable, Hashable {
        /// The table's name, or its ARN.
        public var tableName: String
        /// The key attributes and nothing else.
        public var key: EncodedItem
        /// What changes; nil changes nothing but creates a missing item.
        public var updateExpression: String?
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
            key: EncodedItem,
            updateExpression: String? = nil,
            conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil,
            expressionAttributeValues: EncodedItem? = nil,
            returnValues: ReturnValues = .none,
            returnConsumedCapacity: ReturnConsumedCapacity = .none,
            returnItemCollectionMetrics: ReturnItemCollectionMetrics = .none,
            returnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure = .none
        ) {
            self.tableName = tableName
            self.key = key
            self.updateExpression = updateExpression
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
            self.returnConsumedCapacity = returnConsumedCapacity
            self.returnItemCollectionMetrics = returnItemCollectionMetrics
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }

    /// What UpdateItem answers.
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
    public func updateItem(_ request: UpdateItem.Request) async throws(DatabaseError)
        -> UpdateItem.Response
    {
        try await answer { updateItem(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func updateItem(
        _ request: UpdateItem.Request, completion: @escaping Completion<UpdateItem.Response>
    ) {
        run(.writing, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: UpdateItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> UpdateItem.Response {
        // Validate.
        let expressions = try UpdateExpressions(request)
        let table = try table(named: request.tableName)
        try expressions.requireNoKey(of: table)
        let metrics = MetricsRequest(request.returnItemCollectionMetrics, table)
        try metrics.requireThread(attempt)
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        var response = try request.key.withView { (key) throws(OperationFault) in
            try table.appendRowKey(ofKey: key, to: &workspace.rowKey)

            // Read and decide.
            let stored = try latch(workspace.rowKey, of: table, &attempt)
            defer { stored.release() }
            try expressions.condition.require(of: stored.item)
            guard stored.item != nil || expressions.createsMissingItem else {
                var units = WriteUnits(table)
                try ItemChange(table: table, old: nil, new: nil)
                    .stage(rowKey: workspace.rowKey, in: workspace, units: &units)
                return UpdateItem.Response(
                    consumedCapacity: ConsumedCapacity(
                        request.returnConsumedCapacity, request.tableName, table, units))
            }
            let outcome = try expressions.apply(
                to: stored.item, key: key, encoder: &workspace.encoder,
                returning: request.returnValues)
            return try outcome.item.withView { (new) throws(OperationFault) in
                try table.checkIndexKeys(of: new, from: .update)
                if new.sizeBytes > Limits.itemSizeBytes {
                    throw .validation("Item size to update has exceeded the maximum allowed size")
                }

                // Batch and commit.
                var units = WriteUnits(table)
                try ItemChange(table: table, old: stored.item, new: new)
                    .stage(rowKey: workspace.rowKey, in: workspace, units: &units)
                let attributes = outcome.attributes(request.returnValues, stored)
                try submit(workspace, &attempt)
                return UpdateItem.Response(
                    attributes: attributes,
                    consumedCapacity: ConsumedCapacity(
                        request.returnConsumedCapacity, request.tableName, table, units))
            }
        }
        response.itemCollectionMetrics = try metrics.measure(
            partitionOf: request.key, in: self, &attempt)
        return response
    }
}
