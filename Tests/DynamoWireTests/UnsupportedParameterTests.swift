import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

/// Parameters that kvd does not serve are refused, never ignored.
struct UnsupportedParameterTests {
    private func expect(_ error: WireError?, _ parameter: String, _ advice: String) {
        #expect(error?.message == "The parameter \(parameter) is not supported: \(advice)")
        #expect(error?.isValidation == true)
    }

    @Test(arguments: [
        ("Expected", "use ConditionExpression"), ("AttributeUpdates", "use UpdateExpression"),
        ("ConditionalOperator", "use the operators AND and OR of the expression form"),
    ])
    func legacyParametersOfUpdateItem(_ parameter: String, _ advice: String) {
        expect(
            refusal(#"{"TableName":"abc","Key":{},"\#(parameter)":{}}"#, UpdateItem.decode),
            parameter, advice)
    }

    @Test(arguments: [
        ("KeyConditions", "use KeyConditionExpression"), ("QueryFilter", "use FilterExpression"),
        ("AttributesToGet", "use ProjectionExpression"),
    ])
    func legacyParametersOfQuery(_ parameter: String, _ advice: String) {
        expect(refusal(#"{"TableName":"abc","\#(parameter)":[]}"#, Query.decode), parameter, advice)
    }

    @Test func legacyParametersOfTheOthers() {
        expect(
            refusal(
                #"{"TableName":"abc","Item":{},"Expected":{"a":{"Exists":false}}}"#, PutItem.decode),
            "Expected",
            "use ConditionExpression")
        expect(
            refusal(#"{"TableName":"abc","Key":{},"Expected":{}}"#, DeleteItem.decode), "Expected",
            "use ConditionExpression")
        expect(
            refusal(#"{"TableName":"abc","Key":{},"AttributesToGet":["a"]}"#, GetItem.decode),
            "AttributesToGet",
            "use ProjectionExpression")
        expect(
            refusal(#"{"TableName":"abc","ScanFilter":{}}"#, Scan.decode), "ScanFilter",
            "use FilterExpression")
        expect(
            refusal(
                #"{"RequestItems":{"abc":{"Keys":[{}],"AttributesToGet":["a"]}}}"#,
                BatchGetItem.decode),
            "AttributesToGet", "use ProjectionExpression")
    }

    @Test func aNullIsNoParameter() {
        #expect(refusal(#"{"TableName":"abc","Key":{},"Expected":null}"#, DeleteItem.decode) == nil)
    }
}
