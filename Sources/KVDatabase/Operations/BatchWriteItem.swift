public import ItemModel
internal import StorageEngine

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

// MARK: - Operation

extension Database {
    public func batchWriteItem(_ request: BatchWriteItem.Request) async throws(DatabaseError)
        -> BatchWriteItem.Response
    {
        try await answer { batchWriteItem(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func batchWriteItem(
        _ request: BatchWriteItem.Request, completion: @escaping Completion<BatchWriteItem.Response>
    ) {
        run(.writing, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: BatchWriteItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> BatchWriteItem.Response {
        // Validate.
        let count = request.requestItems.values.reduce(0) { $0 + $1.count }
        if count == 0 {
            throw .validation("The requestItems parameter is required for BatchWriteItem")
        }
        if count > Limits.batchWriteRequestCount {
            throw .validation("Too many items requested for the BatchWriteItem call")
        }
        let names = request.requestItems.keys.sorted()
        var writes: [BatchWrite] = []
        for name in names {
            let table = try table(named: name)
            let requests = request.requestItems[name] ?? []
            writes.append(try BatchWrite(name, table, requests))
            try MetricsRequest(request.returnItemCollectionMetrics, table).requireThread(attempt)
        }

        var response = try commit(writes, request, &attempt)
        for write in writes {
            try measure(write, request.returnItemCollectionMetrics, &response, &attempt)
        }
        return response
    }

    /// Reads, batches and commits. DynamoDB promises each item for itself; here all are one batch,
    /// which is more, and costs one sync instead of many.
    private func commit(
        _ writes: [BatchWrite], _ request: BatchWriteItem.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> BatchWriteItem.Response {
        let rowKeys = writes.flatMap(\.rowKeys)
        // Across tables too: a table may be given by its name and by its ARN.
        if Set(rowKeys).count < rowKeys.count {
            throw .validation("Provided list of item keys contains duplicates")
        }
        let workspace = workspaces.take()
        defer { workspaces.giveBack(workspace) }
        let held = try latches.acquire(all: rowKeys, attempt)
        defer { held.release() }
        attempt.seenSequence = engine.appliedSequence
        var response = BatchWriteItem.Response()
        for write in writes {
            let units = try stage(write, workspace, attempt)
            if let capacity = ConsumedCapacity(
                request.returnConsumedCapacity, write.name, write.table, units)
            {
                response.consumedCapacity = (response.consumedCapacity ?? []) + [capacity]
            }
        }
        try submit(workspace, &attempt)
        return response
    }

    private func stage(
        _ write: BatchWrite, _ workspace: Workspace, _ attempt: Attempt
    ) throws(OperationFault) -> WriteUnits {
        try write.table.requireNotDropped()
        var units = WriteUnits(write.table)
        for (rowKey, request) in zip(write.rowKeys, write.requests) {
            let stored = try readItem(rowKey, attempt, at: .applied)
            defer { withExtendedLifetime(stored) {} }
            let old = stored.map { ItemView($0.bytes) }
            switch request {
            case .put(let item):
                try item.withView { (new) throws(OperationFault) in
                    try ItemChange(table: write.table, old: old, new: new)
                        .stage(rowKey: rowKey, in: workspace, units: &units)
                }
            case .delete:
                try ItemChange(table: write.table, old: old, new: nil)
                    .stage(rowKey: rowKey, in: workspace, units: &units)
            }
        }
        return units
    }

    private func measure(
        _ write: BatchWrite, _ option: ReturnItemCollectionMetrics,
        _ response: inout BatchWriteItem.Response, _ attempt: inout Attempt
    ) throws(OperationFault) {
        let metrics = MetricsRequest(option, write.table)
        var measured: [ItemCollectionMetrics] = []
        for request in write.requests {
            let item =
                switch request {
                case .put(let item): item
                case .delete(let key): key
                }
            let found = try metrics.measure(partitionOf: item, in: self, &attempt)
            guard let found else { return }
            // One for each partition key, however many of its items were written.
            if !measured.contains(where: { $0.itemCollectionKey == found.itemCollectionKey }) {
                measured.append(found)
            }
        }
        response.itemCollectionMetrics = response.itemCollectionMetrics ?? [:]
        response.itemCollectionMetrics?[write.name] = measured
    }
}

/// The writes of one table of the batch, checked.
private struct BatchWrite {
    let name: String
    let table: TableDescriptor
    let requests: [BatchWriteItem.WriteRequest]
    var rowKeys: [[UInt8]] = []

    init(
        _ name: String, _ table: TableDescriptor, _ requests: [BatchWriteItem.WriteRequest]
    ) throws(OperationFault) {
        self.name = name
        self.table = table
        self.requests = requests
        for request in requests {
            var rowKey: [UInt8] = []
            switch request {
            case .put(let item):
                try item.withView { (item) throws(OperationFault) in
                    try table.appendRowKey(ofBatched: item, to: &rowKey)
                    try table.checkIndexKeys(of: item, from: .item)
                    if item.sizeBytes > Limits.itemSizeBytes {
                        throw .validation("Item size has exceeded the maximum allowed size")
                    }
                }
            case .delete(let key):
                try key.withView { (key) throws(OperationFault) in
                    try table.appendRowKey(ofKey: key, to: &rowKey)
                }
            }
            rowKeys.append(rowKey)
        }
    }
}
