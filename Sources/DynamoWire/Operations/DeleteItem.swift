package import KVDatabase

extension DeleteItem {
    private enum Member: Int, RequestMember {
        case returnConsumedCapacity, tableName, returnValues, returnItemCollectionMetrics, key
        case returnValuesOnConditionCheckFailure

        static let required: [Member] = [.tableName, .key]
    }

    /// Reads the body of a DeleteItem request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var members = RequestMembers<Member>()
        var tableName: String?
        var key: EncodedItem?
        var conditionExpression: String?
        var names: [String: String]?
        var values: EncodedItem?
        var returnValues: ReturnValues?
        var returnConsumedCapacity: ReturnConsumedCapacity?
        var returnItemCollectionMetrics: ReturnItemCollectionMetrics?
        var returnOnFailure: ReturnValuesOnConditionCheckFailure?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName": tableName = try members.tableName(&json, .tableName)
            case "Key": key = try decoder.item(&json, &members, .key)
            case "ConditionExpression": conditionExpression = try json.optionalString()
            case "ExpressionAttributeNames": names = try decoder.expressionNames(&json)
            case "ExpressionAttributeValues": values = try decoder.expressionValues(&json)
            case "ReturnValues": returnValues = try members.enumeration(&json, .returnValues)
            case "ReturnConsumedCapacity":
                returnConsumedCapacity = try members.enumeration(&json, .returnConsumedCapacity)
            case "ReturnItemCollectionMetrics":
                returnItemCollectionMetrics = try members.enumeration(
                    &json, .returnItemCollectionMetrics)
            case "ReturnValuesOnConditionCheckFailure":
                returnOnFailure = try members.enumeration(
                    &json, .returnValuesOnConditionCheckFailure)
            case "Expected": try members.refuse(name, &json, because: Refusal.legacyCondition)
            case "ConditionalOperator":
                try members.refuse(name, &json, because: Refusal.conditionalOperator)
            default: try json.skipValue()
            }
        }
        try decoder.finish(&json, members)
        guard let tableName else { throw members.missing(.tableName) }
        guard let key else { throw members.missing(.key) }
        return Request(
            tableName: tableName, key: key, conditionExpression: conditionExpression,
            expressionAttributeNames: names, expressionAttributeValues: values,
            returnValues: returnValues ?? .none,
            returnConsumedCapacity: returnConsumedCapacity ?? .none,
            returnItemCollectionMetrics: returnItemCollectionMetrics ?? .none,
            returnValuesOnConditionCheckFailure: returnOnFailure ?? .none)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.attributes(response.attributes)
        json.consumedCapacity(response.consumedCapacity)
        json.itemCollectionMetrics(response.itemCollectionMetrics)
        json.endObject()
    }
}
