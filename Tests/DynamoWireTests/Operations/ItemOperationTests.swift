import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

/// A whole request and a whole response of each operation on items.
struct ItemOperationTests {
    private let id: EncodedItem
    private let capacity = ConsumedCapacity(tableName: "orders", capacityUnits: 1)

    init() throws { id = try EncodedItem(["id": "a"]) }

    @Test func putItem() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","Item":{"id":{"S":"a"}},"ConditionExpression":"#i <> :v",
            "ExpressionAttributeNames":{"#i":"id"},"ExpressionAttributeValues":{":v":{"S":"x"}},
            "ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"TOTAL","ReturnItemCollectionMetrics":"SIZE",
            "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """, PutItem.decode)
        #expect(
            decoded
                == PutItem.Request(
                    tableName: "orders", item: id, conditionExpression: "#i <> :v",
                    expressionAttributeNames: ["#i": "id"],
                    expressionAttributeValues: try EncodedItem([":v": "x"]), returnValues: .allOld,
                    returnConsumedCapacity: .total, returnItemCollectionMetrics: .size,
                    returnValuesOnConditionCheckFailure: .allOld))
        let response = PutItem.Response(
            attributes: id, consumedCapacity: capacity,
            itemCollectionMetrics: ItemCollectionMetrics(
                itemCollectionKey: id, sizeEstimateRangeGB: [0, 1]))
        #expect(
            written { PutItem.encode(response, into: $0) }
                == #"{"Attributes":{"id":{"S":"a"}},"ConsumedCapacity":{"TableName":"orders","CapacityUnits":1.0},"#
                + #""ItemCollectionMetrics":{"ItemCollectionKey":{"id":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}}"#
        )
        #expect(written { PutItem.encode(PutItem.Response(), into: $0) } == "{}")
    }

    @Test func getItem() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","Key":{"id":{"S":"a"}},"ConsistentRead":true,"ProjectionExpression":"#n",
            "ExpressionAttributeNames":{"#n":"name"},"ReturnConsumedCapacity":"INDEXES"}
            """, GetItem.decode)
        #expect(
            decoded
                == GetItem.Request(
                    tableName: "orders", key: id, consistentRead: true, projectionExpression: "#n",
                    expressionAttributeNames: ["#n": "name"], returnConsumedCapacity: .indexes))
        #expect(
            written { GetItem.encode(GetItem.Response(item: id), into: $0) }
                == #"{"Item":{"id":{"S":"a"}}}"#)
        #expect(written { GetItem.encode(GetItem.Response(), into: $0) } == "{}")
    }

    @Test func deleteItem() throws {
        let decoded = try decode(
            #"{"TableName":"orders","Key":{"id":{"S":"a"}},"ConditionExpression":"c","ReturnValues":"ALL_OLD"}"#,
            DeleteItem.decode)
        #expect(
            decoded
                == DeleteItem.Request(
                    tableName: "orders", key: id, conditionExpression: "c", returnValues: .allOld))
        #expect(
            written { DeleteItem.encode(DeleteItem.Response(attributes: id), into: $0) }
                == #"{"Attributes":{"id":{"S":"a"}}}"#)
    }

    @Test func updateItem() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","Key":{"id":{"S":"a"}},"UpdateExpression":"SET n = :n","ConditionExpression":"c",
            "ExpressionAttributeValues":{":n":{"N":"1"}},"ReturnValues":"UPDATED_NEW"}
            """, UpdateItem.decode)
        #expect(
            decoded
                == UpdateItem.Request(
                    tableName: "orders", key: id, updateExpression: "SET n = :n",
                    conditionExpression: "c",
                    expressionAttributeValues: try EncodedItem([":n": 1]), returnValues: .updatedNew
                ))
        #expect(
            written { UpdateItem.encode(UpdateItem.Response(attributes: id), into: $0) }
                == #"{"Attributes":{"id":{"S":"a"}}}"#)
    }

    @Test func query() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","IndexName":"byTime","KeyConditionExpression":"k","FilterExpression":"f",
            "ProjectionExpression":"p","ExpressionAttributeNames":{"#a":"b"},"ExpressionAttributeValues":{":v":{"N":"1"}},
            "Select":"COUNT","ScanIndexForward":false,"Limit":7,"ExclusiveStartKey":{"id":{"S":"a"}},
            "ConsistentRead":true,"ReturnConsumedCapacity":"TOTAL"}
            """, Query.decode)
        #expect(
            decoded
                == Query.Request(
                    tableName: "orders", indexName: "byTime", keyConditionExpression: "k",
                    filterExpression: "f",
                    projectionExpression: "p", expressionAttributeNames: ["#a": "b"],
                    expressionAttributeValues: try EncodedItem([":v": 1]), select: .count,
                    scanIndexForward: false,
                    limit: 7, exclusiveStartKey: id, consistentRead: true,
                    returnConsumedCapacity: .total))
        let response = Query.Response(
            items: EncodedItemList([id, id]), count: 2, scannedCount: 5, lastEvaluatedKey: id)
        #expect(
            written { Query.encode(response, into: $0) }
                == #"{"Items":[{"id":{"S":"a"}},{"id":{"S":"a"}}],"Count":2,"ScannedCount":5,"#
                + #""LastEvaluatedKey":{"id":{"S":"a"}}}"#)
        #expect(
            written { Query.encode(Query.Response(count: 3, scannedCount: 3), into: $0) }
                == #"{"Count":3,"ScannedCount":3}"#)
    }

    @Test func scan() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","FilterExpression":"f","Segment":2,"TotalSegments":4,"Limit":9,
            "ExclusiveStartKey":{"id":{"S":"a"}},"Select":"ALL_ATTRIBUTES"}
            """, Scan.decode)
        #expect(
            decoded
                == Scan.Request(
                    tableName: "orders", filterExpression: "f", select: .allAttributes, limit: 9,
                    segment: 2,
                    totalSegments: 4, exclusiveStartKey: id))
        #expect(
            written { Scan.encode(Scan.Response(items: EncodedItemList([])), into: $0) }
                == #"{"Items":[],"Count":0,"ScannedCount":0}"#)
    }

    @Test func batchGetItem() throws {
        let decoded = try decode(
            """
            {"RequestItems":{"orders":{"Keys":[{"id":{"S":"a"}}],"ConsistentRead":true,"ProjectionExpression":"#p",
            "ExpressionAttributeNames":{"#p":"q"}}},"ReturnConsumedCapacity":"TOTAL"}
            """, BatchGetItem.decode)
        let keys = BatchGetItem.KeysAndAttributes(
            keys: [id], consistentRead: true, projectionExpression: "#p",
            expressionAttributeNames: ["#p": "q"])
        #expect(
            decoded
                == BatchGetItem.Request(
                    requestItems: ["orders": keys], returnConsumedCapacity: .total))
        let response = BatchGetItem.Response(
            responses: ["orders": EncodedItemList([id])], unprocessedKeys: ["orders": keys],
            consumedCapacity: [capacity])
        #expect(
            written { BatchGetItem.encode(response, into: $0) }
                == #"{"Responses":{"orders":[{"id":{"S":"a"}}]},"UnprocessedKeys":{"orders":{"Keys":[{"id":{"S":"a"}}],"#
                + ##""ConsistentRead":true,"ProjectionExpression":"#p","ExpressionAttributeNames":{"#p":"q"}}},"##
                + #""ConsumedCapacity":[{"TableName":"orders","CapacityUnits":1.0}]}"#)
    }

    @Test func batchWriteItem() throws {
        let decoded = try decode(
            """
            {"RequestItems":{"orders":[{"PutRequest":{"Item":{"id":{"S":"a"}}}},{"DeleteRequest":{"Key":{"id":{"S":"a"}}}}]},
            "ReturnItemCollectionMetrics":"SIZE"}
            """, BatchWriteItem.decode)
        let writes: [BatchWriteItem.WriteRequest] = [.put(id), .delete(key: id)]
        #expect(
            decoded
                == BatchWriteItem.Request(
                    requestItems: ["orders": writes], returnItemCollectionMetrics: .size))
        let response = BatchWriteItem.Response(
            unprocessedItems: ["orders": writes],
            itemCollectionMetrics: [
                "orders": [
                    ItemCollectionMetrics(itemCollectionKey: id, sizeEstimateRangeGB: [0, 1])
                ]
            ])
        #expect(
            written { BatchWriteItem.encode(response, into: $0) }
                == #"{"UnprocessedItems":{"orders":[{"PutRequest":{"Item":{"id":{"S":"a"}}}},"#
                + #"{"DeleteRequest":{"Key":{"id":{"S":"a"}}}}]},"ItemCollectionMetrics":{"orders":[{"ItemCollectionKey":"#
                + #"{"id":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]}]}}"#)
    }

    @Test func consumedCapacityOfIndexes() {
        let consumed = ConsumedCapacity(
            tableName: "orders", capacityUnits: 3, readCapacityUnits: nil, writeCapacityUnits: 3,
            table: Capacity(capacityUnits: 1),
            localSecondaryIndexes: ["l": Capacity(capacityUnits: 1)],
            globalSecondaryIndexes: ["g": Capacity(capacityUnits: 0.5)])
        #expect(
            written { GetItem.encode(GetItem.Response(consumedCapacity: consumed), into: $0) }
                == #"{"ConsumedCapacity":{"TableName":"orders","CapacityUnits":3.0,"WriteCapacityUnits":3.0,"#
                + #""Table":{"CapacityUnits":1.0},"LocalSecondaryIndexes":{"l":{"CapacityUnits":1.0}},"#
                + #""GlobalSecondaryIndexes":{"g":{"CapacityUnits":0.5}}}}"#)
    }
}
