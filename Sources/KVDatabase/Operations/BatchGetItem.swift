public import ItemModel
internal import StorageEngine

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

// MARK: - Operation

extension Database {
    public func batchGetItem(_ request: BatchGetItem.Request) async throws(DatabaseError)
        -> BatchGetItem.Response
    {
        try await answer { batchGetItem(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func batchGetItem(
        _ request: BatchGetItem.Request, completion: @escaping Completion<BatchGetItem.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: BatchGetItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> BatchGetItem.Response {
        // Validate.
        let keyCount = request.requestItems.values.reduce(0) { $0 + $1.keys.count }
        if keyCount == 0 {
            throw .validation("The requestItems parameter is required for BatchGetItem")
        }
        if keyCount > Limits.batchGetKeyCount {
            throw .validation("Too many items requested for the BatchGetItem call")
        }
        let names = request.requestItems.keys.sorted()
        var reads: [BatchRead] = []
        for name in names {
            guard let keys = request.requestItems[name] else { continue }
            reads.append(try BatchRead(name, keys))
        }
        for position in reads.indices {
            reads[position].table = try table(named: names[position])
            try reads[position].makeRowKeys()
        }

        // Read, in the order of the table names, until the response is full.
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        var response = BatchGetItem.Response()
        var sizeBytes = 0
        for read in reads {
            try self.read(read, into: &response, &sizeBytes, workspace, request, attempt)
        }
        return response
    }

    private func read(
        _ read: BatchRead, into response: inout BatchGetItem.Response, _ sizeBytes: inout Int,
        _ workspace: Workspace, _ request: BatchGetItem.Request, _ attempt: Attempt
    ) throws(OperationFault) {
        var items = EncodedItemList()
        var units = 0.0
        var unprocessed: [EncodedItem] = []
        for (rowKey, key) in zip(read.rowKeys, read.request.keys) {
            if sizeBytes >= Limits.batchGetResponseSizeBytes {
                unprocessed.append(key)
                continue
            }
            let stored = try readItem(rowKey, attempt)
            defer { withExtendedLifetime(stored) {} }
            let item = stored.map { ItemView($0.bytes) }
            if let item, sizeBytes + item.sizeBytes > Limits.batchGetResponseSizeBytes {
                // Full, for this item and all after it.
                sizeBytes = Limits.batchGetResponseSizeBytes
                unprocessed.append(key)
                continue
            }
            units += ReadUnits.units(
                sizeBytes: item?.sizeBytes ?? 0, isConsistent: read.request.consistentRead)
            guard let item else { continue }
            sizeBytes += item.sizeBytes
            read.projection.append(item, to: &items, workspace)
        }
        try read.table?.requireNotDropped()
        items.finish(&workspace.itemBytes)
        response.responses[read.name] = items
        if !unprocessed.isEmpty {
            var rest = read.request
            rest.keys = unprocessed
            response.unprocessedKeys[read.name] = rest
        }
        if let capacity = ConsumedCapacity(
            request.returnConsumedCapacity, read.name, tableUnits: units)
        {
            response.consumedCapacity = (response.consumedCapacity ?? []) + [capacity]
        }
    }
}

/// The keys of one table of the batch.
private struct BatchRead {
    let name: String
    let request: BatchGetItem.KeysAndAttributes
    let projection: ReadProjection
    var table: TableDescriptor?
    var rowKeys: [[UInt8]] = []

    init(_ name: String, _ request: BatchGetItem.KeysAndAttributes) throws(OperationFault) {
        self.name = name
        self.request = request
        projection = try ReadProjection(
            request.projectionExpression, names: request.expressionAttributeNames)
    }

    mutating func makeRowKeys() throws(OperationFault) {
        guard let table else { preconditionFailure("a batch without its table") }
        for key in request.keys {
            var rowKey: [UInt8] = []
            try key.withView { (key) throws(OperationFault) in
                try table.appendRowKey(ofKey: key, to: &rowKey)
            }
            rowKeys.append(rowKey)
        }
        if Set(rowKeys).count < rowKeys.count {
            throw .validation("Provided list of item keys contains duplicates")
        }
    }
}
