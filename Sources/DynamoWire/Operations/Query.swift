package import KVDatabase

extension Query {
    private enum Member: Int, RequestMember {
        case returnConsumedCapacity, select, limit, tableName, indexName

        static let required: [Member] = [.tableName]
    }

    /// Reads the body of a Query request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var tableName: String?
        var indexName: String?
        var keyConditionExpression: String?
        var filterExpression: String?
        var projectionExpression: String?
        var names: [String: String]?
        var values: EncodedItem?
        var select: Select?
        var scanIndexForward: Bool?
        var limit: Int?
        var exclusiveStartKey: EncodedItem?
        var consistentRead: Bool?
        var returnConsumedCapacity: ReturnConsumedCapacity?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName": tableName = try members.tableName(&json, .tableName)
            case "IndexName": indexName = try members.name(&json, .indexName)
            case "KeyConditionExpression": keyConditionExpression = try json.optionalString()
            case "FilterExpression": filterExpression = try json.optionalString()
            case "ProjectionExpression": projectionExpression = try json.optionalString()
            case "ExpressionAttributeNames": names = try decoder.expressionNames(&json)
            case "ExpressionAttributeValues": values = try decoder.expressionValues(&json)
            case "Select": select = try members.enumeration(&json, .select)
            case "ScanIndexForward": scanIndexForward = try json.optionalBool()
            case "Limit": limit = try members.integer(&json, .limit, in: 1...Int.max)
            case "ExclusiveStartKey": exclusiveStartKey = try decoder.optionalItem(&json)
            case "ConsistentRead": consistentRead = try json.optionalBool()
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            case "KeyConditions":
                try members.refuse(name, &json, because: Refusal.legacyKeyCondition)
            case "QueryFilter": try members.refuse(name, &json, because: Refusal.legacyFilter)
            case "AttributesToGet":
                try members.refuse(name, &json, because: Refusal.legacyProjection)
            case "ConditionalOperator":
                try members.refuse(name, &json, because: Refusal.conditionalOperator)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        guard let tableName else { throw members.missing(.tableName) }
        return Request(
            tableName: tableName, indexName: indexName,
            keyConditionExpression: keyConditionExpression, filterExpression: filterExpression,
            projectionExpression: projectionExpression, expressionAttributeNames: names,
            expressionAttributeValues: values, select: select,
            scanIndexForward: scanIndexForward ?? true, limit: limit,
            exclusiveStartKey: exclusiveStartKey, consistentRead: consistentRead ?? false,
            returnConsumedCapacity: returnConsumedCapacity ?? .none)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.page(
            items: response.items, count: response.count, scannedCount: response.scannedCount,
            lastEvaluatedKey: response.lastEvaluatedKey,
            consumedCapacity: response.consumedCapacity)
    }
}
