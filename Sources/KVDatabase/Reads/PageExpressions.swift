internal import ItemModel

/// The expressions of a Query, parsed.
struct QueryExpressions {
    private let keys: KeyConditionExpression
    let filter: ConditionExpression?
    let projection: ProjectionExpression?

    init(_ request: Query.Request) throws(OperationFault) {
        guard let text = request.keyConditionExpression else {
            throw .validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified "
                    + "in the request.")
        }
        do {
            var attributes = try ExpressionAttributes(
                names: request.expressionAttributeNames,
                values: request.expressionAttributeValues)
            filter = try request.filterExpression.parsed(as: .filter, &attributes)
            projection = try request.projectionExpression.parsedProjection(&attributes)
            keys = try KeyConditionExpression(parsing: text, attributes: &attributes)
            try attributes.requireAllUsed()
        } catch {
            throw OperationFault(error)
        }
    }

    func keyCondition(for key: KeyShape) throws(OperationFault) -> KeyCondition {
        let condition: KeyCondition
        do {
            condition = try keys.resolve(
                partitionKey: (key.partition.name, key.partition.type),
                sortKey: key.sort.map { ($0.name, $0.type) })
        } catch {
            throw OperationFault(error)
        }
        if condition.partitionKey.count > Limits.partitionKeySizeBytes {
            throw .invalidParameter(
                "Size of hashkey has exceeded the maximum size limit of"
                    + "\(Limits.partitionKeySizeBytes) bytes")
        }
        if condition.sortKey.longestCount > Limits.sortKeySizeBytes {
            throw .invalidParameter(
                "Aggregated size of all range keys has exceeded the size limit of "
                    + "\(Limits.sortKeySizeBytes) bytes")
        }
        return condition
    }

    /// Refuses a filter on the key that is read: that is what the key condition is for.
    func requireFilterWithoutKeys(of key: KeyShape) throws(OperationFault) {
        for name in filter?.topLevelNames ?? [] where key.contains(name) {
            throw .validation(
                "Filter Expression can only contain non-primary key attributes: "
                    + "Primary key attribute: \(name)")
        }
    }
}

/// The expressions of a Scan, parsed.
struct ScanExpressions {
    let filter: ConditionExpression?
    let projection: ProjectionExpression?

    init(_ request: Scan.Request) throws(OperationFault) {
        do {
            if request.filterExpression == nil, request.projectionExpression == nil {
                try ExpressionAttributes.refuse(
                    names: request.expressionAttributeNames,
                    values: request.expressionAttributeValues,
                    withoutAnyOf: ["FilterExpression"])
            }
            var attributes = try ExpressionAttributes(
                names: request.expressionAttributeNames,
                values: request.expressionAttributeValues)
            filter = try request.filterExpression.parsed(as: .filter, &attributes)
            projection = try request.projectionExpression.parsedProjection(&attributes)
            try attributes.requireAllUsed()
        } catch {
            throw OperationFault(error)
        }
    }
}

extension Optional<String> {
    fileprivate func parsed(
        as kind: ExpressionKind, _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> ConditionExpression? {
        guard let self else { return nil }
        return try ConditionExpression(parsing: self, kind: kind, attributes: &attributes)
    }

    fileprivate func parsedProjection(
        _ attributes: inout ExpressionAttributes
    ) throws(ItemError) -> ProjectionExpression? {
        guard let self else { return nil }
        return try ProjectionExpression(parsing: self, attributes: &attributes)
    }
}

extension KeyCondition.SortKey {
    /// The size of the longest value, in bytes.
    fileprivate var longestCount: Int {
        switch self {
        case .any: 0
        case .equal(let value), .less(let value), .lessOrEqual(let value), .greater(let value),
            .greaterOrEqual(let value), .beginsWith(let value):
            value.count
        case .between(let low, let high): max(low.count, high.count)
        }
    }
}
