public import ItemModel
internal import StorageEngine

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

// MARK: - Operation

extension Database {
    public func scan(_ request: Scan.Request) async throws(DatabaseError) -> Scan.Response {
        try await answer { scan(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func scan(
        _ request: Scan.Request, completion: @escaping Completion<Scan.Response>
    ) {
        run(.reading, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: Scan.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> Scan.Response {
        // Validate.
        if let limit = request.limit, limit < 1 {
            throw .validation("Limit must be greater than or equal to 1")
        }
        try request.checkSegments()
        let expressions = try ScanExpressions(request)
        let table = try table(named: request.tableName)
        let index = try table.index(
            forReading: request.indexName, isConsistent: request.consistentRead)
        let output = try PageOutput(
            select: request.select, projection: expressions.projection, table: table, index: index)

        // A page of a small table is read in place; a long walk is not for an event loop.
        if (request.limit ?? .max) > Self.inPlaceScanLimit {
            let sizeBytes = engine.counter(CounterID.sizeBytes(table: table.number))
            if sizeBytes > Self.inPlaceScanSizeBytes { try attempt.requireBlocking() }
        }

        // One byte range.
        let prefix = KeySpace.prefix(table: table.number, index: index?.number)
        var range = KeyRange(
            prefix: prefix, segment: request.segment ?? 0,
            totalSegments: request.totalSegments ?? 1)
        if let start = request.exclusiveStartKey {
            let startKey = try table.startKey(start, in: index)
            if !range.contains(startKey) { throw request.startKeyOfOtherSegment }
            range.lower = startKey.successor
        }

        // Read a page of it.
        let plan = PagePlan(
            table: table, index: index, range: range, isForward: true, limit: request.limit,
            filter: expressions.filter, output: output, isConsistent: request.consistentRead,
            fillsCache: false)
        let page = try readPage(plan, attempt)
        return Scan.Response(
            items: output.isCount ? nil : page.items, count: page.count,
            scannedCount: page.scannedCount, lastEvaluatedKey: page.lastEvaluatedKey,
            consumedCapacity: ConsumedCapacity(
                request.returnConsumedCapacity, request.tableName, plan, page))
    }

    /// A scan of no more items than this, or of a table no larger, is tried in place.
    private static let inPlaceScanLimit = 100
    private static let inPlaceScanSizeBytes: Int64 = 64 << 10
}

extension Scan.Request {
    fileprivate func checkSegments() throws(OperationFault) {
        switch (segment, totalSegments) {
        case (nil, nil): return
        case (_?, nil):
            throw .validation(
                "The TotalSegments parameter is required but was not present in the request when "
                    + "Segment parameter is present")
        case (nil, _?):
            throw .validation(
                "The Segment parameter is required but was not present in the request when "
                    + "parameter TotalSegments is present")
        case (let segment?, let totalSegments?):
            guard (1...Limits.totalSegmentCount).contains(totalSegments), segment >= 0 else {
                throw .validation(
                    "TotalSegments must be between 1 and \(Limits.totalSegmentCount), and Segment "
                        + "must not be negative")
            }
            if segment >= totalSegments {
                throw .validation(
                    "The Segment parameter is zero-based and must be less than parameter "
                        + "TotalSegments: Segment: \(segment) is not less than TotalSegments: "
                        + "\(totalSegments)")
            }
        }
    }

    fileprivate var startKeyOfOtherSegment: OperationFault {
        .validation(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                + "ExclusiveStartKey with correct Segment. TotalSegments: \(totalSegments ?? 1) "
                + "Segment: \(segment ?? 0)")
    }
}
