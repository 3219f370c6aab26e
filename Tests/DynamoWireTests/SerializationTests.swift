import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

/// Values of the wrong JSON type, refused in DynamoDB's words.
struct SerializationTests {
    private func expect(_ error: WireError?, _ message: String) {
        #expect(error?.message == message)
        #expect(error?.isSerialization == true)
    }

    @Test(arguments: [
        ("23", "NUMBER_VALUE cannot be converted to String"),
        ("-2.5", "DECIMAL_VALUE cannot be converted to String"),
        ("true", "TRUE_VALUE cannot be converted to String"),
        ("false", "FALSE_VALUE cannot be converted to String"),
        ("[]", "Unrecognized collection type class java.lang.String"),
        ("{}", "Start of structure or map found where not expected"),
    ])
    func strings(_ json: String, _ message: String) {
        expect(refusal(#"{"TableName":\#(json)}"#, PutItem.decode), message)
        expect(refusal(#"{"Item":{"a":{"S":\#(json)}}}"#, PutItem.decode), message)
        expect(refusal(#"{"Item":{"a":{"N":\#(json)}}}"#, PutItem.decode), message)
        expect(refusal(#"{"Item":{"a":{"SS":[\#(json)]}}}"#, PutItem.decode), message)
        expect(refusal(#"{"Item":{"a":{"L":[{"S":\#(json)}]}}}"#, PutItem.decode), message)
        expect(refusal(#"{"ExpressionAttributeNames":{"a":\#(json)}}"#, PutItem.decode), message)
    }

    @Test(arguments: [
        ("23", "NUMBER_VALUE cannot be converted to Boolean"),
        ("34.56", "DECIMAL_VALUE cannot be converted to Boolean"),
        (#""true""#, "Unexpected token received from parser"),
        ("[]", "Unrecognized collection type class java.lang.Boolean"),
        ("{}", "Start of structure or map found where not expected"),
    ])
    func booleans(_ json: String, _ message: String) {
        expect(refusal(#"{"ConsistentRead":\#(json)}"#, GetItem.decode), message)
        expect(refusal(#"{"Key":{"a":{"BOOL":\#(json)}}}"#, GetItem.decode), message)
        expect(refusal(#"{"Key":{"a":{"NULL":\#(json)}}}"#, GetItem.decode), message)
    }

    @Test(arguments: [
        (#""23""#, "STRING_VALUE cannot be converted to "),
        ("true", "TRUE_VALUE cannot be converted to "),
        ("false", "FALSE_VALUE cannot be converted to "),
        ("[]", "Unrecognized collection type class java.lang."),
    ])
    func integers(_ json: String, _ message: String) {
        expect(refusal(#"{"Limit":\#(json)}"#, Query.decode), message + "Integer")
        expect(
            refusal(
                #"{"ProvisionedThroughput":{"ReadCapacityUnits":\#(json)}}"#, CreateTable.decode),
            message + "Long")
    }

    @Test(arguments: [
        ("23", "Unexpected field type"), (#""hi""#, "Unexpected field type"),
        ("true", "Unexpected field type"),
        ("{}", "Start of structure or map found where not expected"),
    ])
    func lists(_ json: String, _ message: String) {
        expect(refusal(#"{"KeySchema":\#(json)}"#, CreateTable.decode), message)
        expect(refusal(#"{"Item":{"a":{"L":\#(json)}}}"#, PutItem.decode), message)
        expect(refusal(#"{"Item":{"a":{"SS":\#(json)}}}"#, PutItem.decode), message)
    }

    @Test(arguments: ["23", #""hi""#, "true"]) func maps(_ json: String) {
        expect(refusal(#"{"Item":\#(json)}"#, PutItem.decode), "Unexpected field type")
        expect(refusal(#"{"Item":{"a":{"M":\#(json)}}}"#, PutItem.decode), "Unexpected field type")
        expect(
            refusal(#"{"Item":{"a":{"M":{"b":\#(json)}}}}"#, PutItem.decode),
            "Unexpected value type in payload")
        expect(
            refusal(#"{"Item":{"a":{"L":[\#(json)]}}}"#, PutItem.decode),
            "Unexpected value type in payload")
    }

    @Test func listsWhereOthersAreExpected() {
        let map =
            "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810."
        expect(refusal(#"{"Item":[]}"#, PutItem.decode), map + "AttributeValue>")
        expect(refusal(#"{"RequestItems":[]}"#, BatchGetItem.decode), map + "KeysAndAttributes>")
        expect(
            refusal(#"{"ProvisionedThroughput":[]}"#, CreateTable.decode),
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.ProvisionedThroughput"
        )
        expect(
            refusal(#"{"ProvisionedThroughput":1}"#, CreateTable.decode), "Unexpected field type")
    }

    @Test func theBodyMustBeOneObject() {
        for json in ["", "[]", "5", "null", #""{}""#, "{} {}"] {
            #expect(refusal(json, ListTables.decode)?.isSerialization == true, "\(json)")
        }
    }

    @Test func unknownMembersArePassedOverButMustBeJSON() {
        #expect(refusal(#"{"FutureOption":{"deep":[1,2,{}]}}"#, ListTables.decode) == nil)
        #expect(
            refusal(#"{"FutureOption":{"deep":[1,2,{}}"#, ListTables.decode)?.isSerialization
                == true)
    }
}
