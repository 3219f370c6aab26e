public import ItemModel
internal import StorageEngine

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

// MARK: - Operation

extension Database {
    public func getItem(_ request: GetItem.Request) async throws(DatabaseError) -> GetItem.Response
    {
        try await answer { getItem(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func getItem(
        _ request: GetItem.Request, completion: @escaping Completion<GetItem.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: GetItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> GetItem.Response {
        // Validate.
        let projection = try ReadProjection(
            request.projectionExpression, names: request.expressionAttributeNames)
        let table = try table(named: request.tableName)
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        try request.key.withView { (key) throws(OperationFault) in
            try table.appendRowKey(ofKey: key, to: &workspace.rowKey)
        }

        // Read.
        let stored = try readItem(workspace.rowKey, attempt)
        try table.requireNotDropped()
        defer { withExtendedLifetime(stored) {} }
        let item = stored.map { ItemView($0.bytes) }
        let units = ReadUnits.units(
            sizeBytes: item?.sizeBytes ?? 0, isConsistent: request.consistentRead)
        return GetItem.Response(
            item: item.map { projection.copy(of: $0, &workspace.encoder) },
            consumedCapacity: ConsumedCapacity(
                request.returnConsumedCapacity, request.tableName, tableUnits: units))
    }
}
