import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

/// What the service model refuses, in DynamoDB's words.
struct ConstraintTests {
    private static func value(_ value: String, _ path: String, _ constraint: String) -> String {
        "Value \(value) at '\(path)' failed to satisfy constraint: \(constraint)"
    }

    private static let notNull = "Member must not be null"

    private func expect(_ error: WireError?, _ violations: [String]) {
        let noun = violations.count == 1 ? "error" : "errors"
        #expect(
            error?.message
                == "\(violations.count) validation \(noun) detected: "
                + violations.joined(separator: "; "))
        #expect(error?.isValidation == true)
    }

    @Test func requiredMembersOfPutItem() {
        expect(
            refusal("{}", PutItem.decode),
            [
                Self.value("null", "tableName", Self.notNull),
                Self.value("null", "item", Self.notNull),
            ])
        expect(
            refusal(#"{"TableName":null,"Item":{}}"#, PutItem.decode),
            [Self.value("null", "tableName", Self.notNull)])
    }

    @Test func severalViolationsAreJoinedInDynamoDBsOrder() {
        let error = refusal(
            """
            {"ReturnItemCollectionMetrics":"hi","ReturnValues":"hi","ReturnConsumedCapacity":"hi","TableName":"abc;"}
            """, PutItem.decode)
        expect(
            error,
            [
                Self.value(
                    "'hi'", "returnConsumedCapacity",
                    "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"),
                Self.value(
                    "'abc;'", "tableName",
                    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
                Self.value("null", "item", Self.notNull),
                Self.value(
                    "'hi'", "returnValues",
                    "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
                ),
                Self.value(
                    "'hi'", "returnItemCollectionMetrics",
                    "Member must satisfy enum value set: [SIZE, NONE]"),
            ])
    }

    @Test func tableNamesOnTheDataPlane() {
        func refused(_ name: String) -> WireError? {
            refusal(#"{"TableName":"\#(name)","Key":{}}"#, GetItem.decode)
        }
        expect(
            refused(""),
            [Self.value("''", "tableName", "Member must have length greater than or equal to 1")])
        let long = String(repeating: "a", count: 256)
        expect(
            refused(long),
            [
                Self.value(
                    "'\(long)'", "tableName", "Member must have length less than or equal to 255")
            ])
        #expect(refused("a") == nil)
        #expect(refused("arn:aws:dynamodb:us-east-1:000000000000:table/orders") == nil)
    }

    @Test func tableNamesOnTheControlPlane() {
        #expect(
            refusal("{}", DescribeTable.decode)?.message
                == "The parameter 'TableName' is required but was not present in the request")
        expect(
            refusal(#"{"TableName":"ab"}"#, DeleteTable.decode),
            [Self.value("'ab'", "tableName", "Member must have length greater than or equal to 3")])
    }

    @Test(arguments: [
        (#""Limit":0"#, "'0'", "limit", "Member must have value greater than or equal to 1"),
        (#""Limit":-5"#, "'-5'", "limit", "Member must have value greater than or equal to 1"),
        (#""Segment":-1"#, "'-1'", "segment", "Member must have value greater than or equal to 0"),
        (
            #""Segment":1000000"#, "'1000000'", "segment",
            "Member must have value less than or equal to 999999"
        ),
        (
            #""TotalSegments":0"#, "'0'", "totalSegments",
            "Member must have value greater than or equal to 1"
        ),
        (
            #""TotalSegments":1000001"#, "'1000001'", "totalSegments",
            "Member must have value less than or equal to 1000000"
        ),
        (
            #""IndexName":"ab""#, "'ab'", "indexName",
            "Member must have length greater than or equal to 3"
        ),
        (
            #""Select":"SOME""#, "'SOME'", "select",
            "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]"
        ),
    ])
    func boundsOfScan(_ member: String, _ value: String, _ path: String, _ constraint: String) {
        expect(
            refusal(#"{"TableName":"orders",\#(member)}"#, Scan.decode),
            [Self.value(value, path, constraint)])
    }

    @Test func boundsOfListTables() {
        expect(
            refusal(#"{"Limit":101,"ExclusiveStartTableName":"a b"}"#, ListTables.decode),
            [
                Self.value(
                    "'a b'", "exclusiveStartTableName",
                    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
                Self.value("'101'", "limit", "Member must have value less than or equal to 100"),
            ])
    }

    @Test func structuresOfCreateTable() {
        expect(
            refusal(#"{"TableName":"orders"}"#, CreateTable.decode),
            [
                Self.value("null", "attributeDefinitions", Self.notNull),
                Self.value("null", "keySchema", Self.notNull),
            ])
        expect(
            refusal(
                """
                {"TableName":"orders","AttributeDefinitions":[{}],"KeySchema":[{"AttributeName":"a","KeyType":"Woop"}],
                "ProvisionedThroughput":{"ReadCapacityUnits":0},
                "LocalSecondaryIndexes":[{"IndexName":"abc","KeySchema":[],"Projection":{"NonKeyAttributes":[]}}]}
                """, CreateTable.decode),
            [
                Self.value("null", "attributeDefinitions.1.member.attributeName", Self.notNull),
                Self.value("null", "attributeDefinitions.1.member.attributeType", Self.notNull),
                Self.value("null", "provisionedThroughput.writeCapacityUnits", Self.notNull),
                Self.value(
                    "'0'", "provisionedThroughput.readCapacityUnits",
                    "Member must have value greater than or equal to 1"),
                Self.value(
                    "'Woop'", "keySchema.1.member.keyType",
                    "Member must satisfy enum value set: [HASH, RANGE]"),
                Self.value(
                    "'[]'", "localSecondaryIndexes.1.member.keySchema",
                    "Member must have length greater than or equal to 1"),
                Self.value(
                    "'[]'", "localSecondaryIndexes.1.member.projection.nonKeyAttributes",
                    "Member must have length greater than or equal to 1"),
            ])
    }

    @Test func threeKeyElementsAreListed() {
        expect(
            refusal(
                """
                {"TableName":"orders","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},
                {"AttributeName":"sk","KeyType":"RANGE"},{"AttributeName":"extra","KeyType":"RANGE"}]}
                """, CreateTable.decode),
            [
                Self.value(
                    "'[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, "
                        + "keyType=RANGE), KeySchemaElement(attributeName=extra, keyType=RANGE)]'",
                    "keySchema",
                    "Member must have length less than or equal to 2")
            ])
    }

    @Test func batchesHaveBounds() {
        #expect(
            refusal(#"{"RequestItems":{}}"#, BatchGetItem.decode)?.message
                == "The requestItems parameter is required for BatchGetItem")
        #expect(
            refusal(#"{"RequestItems":{}}"#, BatchWriteItem.decode)?.message
                == "The requestItems parameter is required for BatchWriteItem")
        expect(
            refusal("{}", BatchWriteItem.decode), [Self.value("null", "requestItems", Self.notNull)]
        )
        expect(
            refusal(#"{"RequestItems":{"abc":{}}}"#, BatchGetItem.decode),
            [Self.value("null", "requestItems.abc.member.keys", Self.notNull)])
        let put = #"{"PutRequest":{"Item":{"id":{"S":"x"}}}}"#
        let puts = Array(repeating: put, count: 26).joined(separator: ",")
        expect(
            refusal(#"{"RequestItems":{"abc":[\#(puts)]}}"#, BatchWriteItem.decode),
            [
                Self.value(
                    "'{abc=[26 write requests]}'", "requestItems",
                    "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
                        + "Member must have length greater than or equal to 1]")
            ])
        expect(
            refusal(#"{"RequestItems":{"abc":[{"PutRequest":{}}]}}"#, BatchWriteItem.decode),
            [Self.value("null", "requestItems.abc.member.1.member.putRequest.item", Self.notNull)])
    }

    @Test func aWriteRequestIsOneOfTwo() {
        let item = #"{"Item":{"id":{"S":"x"}}}"#
        let key = #"{"Key":{"id":{"S":"x"}}}"#
        #expect(
            refusal(#"{"RequestItems":{"abc":[{}]}}"#, BatchWriteItem.decode)?.message
                == ItemJSONTests.empty)
        #expect(
            refusal(
                #"{"RequestItems":{"abc":[{"PutRequest":\#(item),"DeleteRequest":\#(key)}]}}"#,
                BatchWriteItem.decode
            )?.message == ItemJSONTests.several)
    }

    @Test func textGoesBeforeBoundsAndBoundsGoBeforeItems() {
        let bounds = #""ReturnValues":"hi""#
        let fault = #""Item":{"a":{}}"#
        let wrongType = #""ConditionExpression":5"#
        #expect(
            refusal(#"{"TableName":"abc",\#(fault),\#(bounds),\#(wrongType)}"#, PutItem.decode)?
                .isSerialization == true)
        #expect(
            refusal(#"{"TableName":"abc",\#(fault),\#(bounds)}"#, PutItem.decode)?.message?
                .hasPrefix("1 validation error detected: ") == true)
        #expect(
            refusal(#"{"TableName":"abc",\#(fault)}"#, PutItem.decode)?.message
                == ItemJSONTests.empty)
    }

    @Test func aRequiredMemberMayNotBecomeNull() {
        #expect(
            refusal(#"{"TableName":"abc","Item":{},"Item":null}"#, PutItem.decode)?.isValidation
                == true)
    }
}
