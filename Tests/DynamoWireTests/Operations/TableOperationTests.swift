import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

/// A whole request and a whole response of each operation on tables.
struct TableOperationTests {
    private static let description = TableDescription(
        attributeDefinitions: [AttributeDefinition(attributeName: "id", attributeType: .string)],
        tableName: "orders", keySchema: [KeySchemaElement(attributeName: "id", keyType: .hash)],
        tableStatus: .active, creationDateTime: 1_700_000_000.5,
        provisionedThroughput: ProvisionedThroughputDescription(
            readCapacityUnits: 0, writeCapacityUnits: 0),
        tableSizeBytes: 10, itemCount: 2, tableArn: "arn:t", tableID: "u-u-i-d",
        billingMode: .payPerRequest,
        globalSecondaryIndexes: [
            GlobalSecondaryIndexDescription(
                indexName: "byTime",
                keySchema: [KeySchemaElement(attributeName: "t", keyType: .range)],
                projection: Projection(projectionType: .include, nonKeyAttributes: ["x"]),
                indexSizeBytes: 1,
                itemCount: 1, indexArn: "arn:i", indexStatus: .active)
        ],
        streamSpecification: StreamSpecification(streamEnabled: true, streamViewType: .newImage),
        latestStreamLabel: "label", latestStreamArn: "arn:s", tableClass: .standard)

    private static let json =
        #"{"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"TableName":"orders","#
        + #""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"TableStatus":"ACTIVE","#
        + #""CreationDateTime":1700000000.5,"ProvisionedThroughput":{"NumberOfDecreasesToday":0,"#
        + #""ReadCapacityUnits":0,"WriteCapacityUnits":0},"TableSizeBytes":10,"ItemCount":2,"TableArn":"arn:t","#
        + #""TableId":"u-u-i-d","BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","#
        + #""LastUpdateToPayPerRequestDateTime":1700000000.5},"GlobalSecondaryIndexes":[{"IndexName":"byTime","#
        + #""KeySchema":[{"AttributeName":"t","KeyType":"RANGE"}],"Projection":{"ProjectionType":"INCLUDE","#
        + #""NonKeyAttributes":["x"]},"IndexSizeBytes":1,"ItemCount":1,"IndexArn":"arn:i","IndexStatus":"ACTIVE"}],"#
        + #""StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},"LatestStreamLabel":"label","#
        + #""LatestStreamArn":"arn:s","TableClassSummary":{"TableClass":"STANDARD"},"DeletionProtectionEnabled":false}"#

    @Test func createTable() throws {
        let decoded = try decode(
            """
            {"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
            "LocalSecondaryIndexes":[{"IndexName":"loc","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],
            "Projection":{"ProjectionType":"ALL"}}],
            "GlobalSecondaryIndexes":[{"IndexName":"glo","KeySchema":[{"AttributeName":"id","KeyType":"RANGE"}],
            "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]},
            "ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4}}],
            "BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2},
            "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"},
            "SSESpecification":{"Enabled":false},"Tags":[{"Key":"k","Value":"v"}],"TableClass":"STANDARD",
            "DeletionProtectionEnabled":true}
            """, CreateTable.decode)
        let hash = KeySchemaElement(attributeName: "id", keyType: .hash)
        #expect(
            decoded
                == CreateTable.Request(
                    tableName: "orders",
                    attributeDefinitions: [
                        AttributeDefinition(attributeName: "id", attributeType: .string)
                    ],
                    keySchema: [hash],
                    localSecondaryIndexes: [
                        LocalSecondaryIndex(
                            indexName: "loc", keySchema: [hash],
                            projection: Projection(projectionType: .all))
                    ],
                    globalSecondaryIndexes: [
                        GlobalSecondaryIndex(
                            indexName: "glo",
                            keySchema: [KeySchemaElement(attributeName: "id", keyType: .range)],
                            projection: Projection(
                                projectionType: .include, nonKeyAttributes: ["x"]),
                            provisionedThroughput: ProvisionedThroughput(
                                readCapacityUnits: 3, writeCapacityUnits: 4))
                    ], billingMode: .provisioned,
                    provisionedThroughput: ProvisionedThroughput(
                        readCapacityUnits: 1, writeCapacityUnits: 2),
                    streamSpecification: StreamSpecification(
                        streamEnabled: true, streamViewType: .newAndOldImages),
                    sseSpecification: SSESpecification(enabled: false),
                    tags: [Tag(key: "k", value: "v")],
                    tableClass: .standard, deletionProtectionEnabled: true))
        let response = CreateTable.Response(tableDescription: Self.description)
        #expect(
            written { CreateTable.encode(response, into: $0) }
                == #"{"TableDescription":\#(Self.json)}"#)
    }

    @Test func describeTable() throws {
        #expect(
            try decode(#"{"TableName":"orders"}"#, DescribeTable.decode)
                == DescribeTable.Request(tableName: "orders"))
        let response = DescribeTable.Response(table: Self.description)
        #expect(written { DescribeTable.encode(response, into: $0) } == #"{"Table":\#(Self.json)}"#)
    }

    @Test func deleteTable() throws {
        #expect(
            try decode(#"{"TableName":"orders"}"#, DeleteTable.decode)
                == DeleteTable.Request(tableName: "orders"))
        let response = DeleteTable.Response(tableDescription: Self.description)
        #expect(
            written { DeleteTable.encode(response, into: $0) }
                == #"{"TableDescription":\#(Self.json)}"#)
    }

    @Test func listTables() throws {
        #expect(
            try decode(#"{"ExclusiveStartTableName":"abc","Limit":5}"#, ListTables.decode)
                == ListTables.Request(exclusiveStartTableName: "abc", limit: 5))
        let response = ListTables.Response(
            tableNames: ["abc", "def"], lastEvaluatedTableName: "def")
        #expect(
            written { ListTables.encode(response, into: $0) }
                == #"{"TableNames":["abc","def"],"LastEvaluatedTableName":"def"}"#)
    }

    @Test func describeLimits() throws {
        #expect(try decode("{}", DescribeLimits.decode) == DescribeLimits.Request())
        #expect(
            written { DescribeLimits.encode(DescribeLimits.Response(), into: $0) }
                == #"{"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,"#
                + #""TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000}"#)
    }

    @Test func describeEndpoints() throws {
        let decoded = try decode("{}") { (body, decoder) throws(WireError) in
            try DescribeEndpoints.decode(body, address: "localhost:8000", with: &decoder)
        }
        #expect(decoded == DescribeEndpoints.Request(address: "localhost:8000"))
        let response = DescribeEndpoints.Response(
            endpoints: [
                DescribeEndpoints.Endpoint(address: "localhost:8000", cachePeriodInMinutes: 1440)
            ])
        #expect(
            written { DescribeEndpoints.encode(response, into: $0) }
                == #"{"Endpoints":[{"Address":"localhost:8000","CachePeriodInMinutes":1440}]}"#)
    }
}
