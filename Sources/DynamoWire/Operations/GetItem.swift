package import KVDatabase

extension GetItem {
    private enum Member: Int, RequestMember {
        case returnConsumedCapacity, tableName, key

        static let required: [Member] = [.tableName, .key]
    }

    /// Reads the body of a GetItem request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var tableName: String?
        var key: EncodedItem?
        var consistentRead: Bool?
        var projectionExpression: String?
        var names: [String: String]?
        var returnConsumedCapacity: ReturnConsumedCapacity?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName": tableName = try members.tableName(&json, .tableName)
            case "Key": key = try decoder.item(&json, &members, .key)
            case "ConsistentRead": consistentRead = try json.optionalBool()
            case "ProjectionExpression": projectionExpression = try json.optionalString()
            case "ExpressionAttributeNames": names = try decoder.expressionNames(&json)
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            case "AttributesToGet":
                try members.refuse(name, &json, because: Refusal.legacyProjection)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        guard let tableName else { throw members.missing(.tableName) }
        guard let key else { throw members.missing(.key) }
        return Request(
            tableName: tableName, key: key, consistentRead: consistentRead ?? false,
            projectionExpression: projectionExpression, expressionAttributeNames: names,
            returnConsumedCapacity: returnConsumedCapacity ?? .none)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        if let item = response.item {
            json.name("Item")
            json.item(item)
        }
        json.consumedCapacity(response.consumedCapacity)
        json.endObject()
    }
}
