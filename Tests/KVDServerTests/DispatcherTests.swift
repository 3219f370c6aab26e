import KVDatabase
import Testing

@testable import KVDServer

/// Requests from the socket to a database and back.
@Suite(.serialized) struct DispatcherTests {
    private func withDatabase(_ body: (TestConnection) throws -> Void) async throws {
        let database = try Database.inMemory()
        try await withServer(Dispatcher(database)) { server in
            try body(try TestConnection(to: server))
        }
        try await database.close()
    }

    private func exchange(
        _ client: TestConnection, _ operation: String, _ body: String
    ) throws -> TestConnection.Answer {
        client.send(request(operation, body))
        let answer = try client.answer()
        #expect(answer.isIntact)
        return answer
    }

    private static let table = """
        {"TableName":"orders","BillingMode":"PAY_PER_REQUEST",\
        "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],\
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}
        """

    @Test func everyOperationReachesTheDatabase() async throws {
        try await withDatabase { client in
            func expect(_ operation: String, _ body: String, _ part: String) throws {
                let answer = try exchange(client, operation, body)
                #expect(answer.status == 200, "\(operation): \(answer.text)")
                #expect(answer.text.contains(part), "\(operation): \(answer.text)")
            }
            let key = #""Key":{"id":{"S":"a"}}"#
            try expect("CreateTable", Self.table, #""TableName":"orders""#)
            try expect("DescribeTable", #"{"TableName":"orders"}"#, #""KeySchema":[{"#)
            try expect("ListTables", "{}", #"{"TableNames":["orders"]}"#)
            try expect(
                "PutItem", #"{"TableName":"orders","Item":{"id":{"S":"a"},"n":{"N":"1"}}}"#, "{}")
            try expect(
                "UpdateItem",
                #"{"TableName":"orders",\#(key),"UpdateExpression":"SET n = n + :one","#
                    + #""ExpressionAttributeValues":{":one":{"N":"1"}},"ReturnValues":"ALL_NEW"}"#,
                #""n":{"N":"2"}"#)
            try expect(
                "GetItem", #"{"TableName":"orders",\#(key)}"#,
                #"{"Item":{"id":{"S":"a"},"n":{"N":"2"}}}"#)
            try expect(
                "Query",
                #"{"TableName":"orders","KeyConditionExpression":"id = :id","#
                    + #""ExpressionAttributeValues":{":id":{"S":"a"}}}"#,
                #""Count":1,"ScannedCount":1"#)
            try expect("Scan", #"{"TableName":"orders"}"#, #""Items":[{"id":{"S":"a"}"#)
            try expect(
                "BatchWriteItem",
                #"{"RequestItems":{"orders":[{"PutRequest":{"Item":{"id":{"S":"b"}}}}]}}"#,
                #""UnprocessedItems":{}"#)
            try expect(
                "BatchGetItem", #"{"RequestItems":{"orders":{"Keys":[{"id":{"S":"b"}}]}}}"#,
                #""Responses":{"orders":[{"id":{"S":"b"}}]}"#)
            try expect(
                "DeleteItem", #"{"TableName":"orders",\#(key),"ReturnValues":"ALL_OLD"}"#,
                #""Attributes":{"#)
            try expect("DeleteTable", #"{"TableName":"orders"}"#, #""TableDescription":{"#)
            try expect("DescribeLimits", "{}", "AccountMaxReadCapacityUnits")
            try expect("DescribeEndpoints", "{}", #""Address":"localhost:8000""#)
        }
    }

    @Test func errorsOfTheDatabaseAreAnswered() async throws {
        try await withDatabase { client in
            let absent = try exchange(
                client, "GetItem", #"{"TableName":"absent","Key":{"id":{"S":"a"}}}"#)
            #expect(absent.status == 400)
            #expect(
                absent.text.contains("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"))
            _ = try exchange(client, "CreateTable", Self.table)
            _ = try exchange(client, "PutItem", #"{"TableName":"orders","Item":{"id":{"S":"a"}}}"#)
            let failed = try exchange(
                client, "PutItem",
                #"{"TableName":"orders","Item":{"id":{"S":"a"}},"ConditionExpression":"attribute_not_exists(id)","#
                    + #""ReturnValuesOnConditionCheckFailure":"ALL_OLD"}"#)
            #expect(failed.status == 400)
            #expect(failed.text.contains("#ConditionalCheckFailedException"))
            #expect(failed.text.contains(#""Item":{"id":{"S":"a"}}"#))
        }
    }

    @Test func aPipelinedReadSeesTheWriteBeforeIt() async throws {
        try await withDatabase { client in
            _ = try exchange(client, "CreateTable", Self.table)
            for number in 0..<50 {
                client.send(
                    request("PutItem", #"{"TableName":"orders","Item":{"id":{"S":"k\#(number)"}}}"#)
                        + request(
                            "GetItem", #"{"TableName":"orders","Key":{"id":{"S":"k\#(number)"}}}"#))
            }
            for number in 0..<50 {
                #expect(try client.answer().text == "{}")
                #expect(try client.answer().text == #"{"Item":{"id":{"S":"k\#(number)"}}}"#)
            }
        }
    }
}
