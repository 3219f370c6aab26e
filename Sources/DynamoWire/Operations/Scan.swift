package import KVDatabase

extension Scan {
    private enum Member: Int, RequestMember {
        case returnConsumedCapacity, totalSegments, select, limit, segment, tableName, indexName

        static let required: [Member] = [.tableName]
    }

    /// Reads the body of a Scan request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var tableName: String?
        var indexName: String?
        var filterExpression: String?
        var projectionExpression: String?
        var names: [String: String]?
        var values: EncodedItem?
        var select: Select?
        var limit: Int?
        var segment: Int?
        var totalSegments: Int?
        var exclusiveStartKey: EncodedItem?
        var consistentRead: Bool?
        var returnConsumedCapacity: ReturnConsumedCapacity?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName": tableName = try members.tableName(&json, .tableName)
            case "IndexName": indexName = try members.name(&json, .indexName)
            case "FilterExpression": filterExpression = try json.optionalString()
            case "ProjectionExpression": projectionExpression = try json.optionalString()
            case "ExpressionAttributeNames": names = try decoder.expressionNames(&json)
            case "ExpressionAttributeValues": values = try decoder.expressionValues(&json)
            case "Select": select = try members.enumeration(&json, .select)
            case "Limit": limit = try members.integer(&json, .limit, in: 1...Int.max)
            case "Segment": segment = try members.integer(&json, .segment, in: 0...999_999)
            case "TotalSegments":
                totalSegments = try members.integer(&json, .totalSegments, in: 1...1_000_000)
            case "ExclusiveStartKey": exclusiveStartKey = try decoder.optionalItem(&json)
            case "ConsistentRead": consistentRead = try json.optionalBool()
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            case "ScanFilter": try members.refuse(name, &json, because: Refusal.legacyFilter)
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
            tableName: tableName, indexName: indexName, filterExpression: filterExpression,
            projectionExpression: projectionExpression, expressionAttributeNames: names,
            expressionAttributeValues: values, select: select, limit: limit, segment: segment,
            totalSegments: totalSegments, exclusiveStartKey: exclusiveStartKey,
            consistentRead: consistentRead ?? false,
            returnConsumedCapacity: returnConsumedCapacity ?? .none)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.page(
            items: response.items, count: response.count, scannedCount: response.scannedCount,
            lastEvaluatedKey: response.lastEvaluatedKey,
            consumedCapacity: response.consumedCapacity)
    }
}
