import ItemModel
import KVDatabase
import Testing

@testable import DynamoWire

struct WireErrorTests {
    private func body(_ error: WireError) -> String { String(decoding: error.body, as: UTF8.self) }

    @Test(arguments: [
        ("ResourceNotFoundException", "com.amazonaws.dynamodb.v20120810#", "message", 400),
        ("ConditionalCheckFailedException", "com.amazonaws.dynamodb.v20120810#", "message", 400),
        ("InternalServerError", "com.amazonaws.dynamodb.v20120810#", "message", 500),
        ("ValidationException", "com.amazon.coral.validate#", "message", 400),
        ("SerializationException", "com.amazon.coral.service#", "Message", 400),
        ("MissingAuthenticationTokenException", "com.amazon.coral.service#", "message", 400),
        ("RequestEntityTooLargeException", "com.amazon.coral.service#", "message", 413),
        ("ThrottlingException", "com.amazon.coral.availability#", "message", 400),
    ])
    func shape(_ code: String, _ namespace: String, _ member: String, _ status: Int) {
        let error = WireError(code: code, message: "what \"happened\"")
        #expect(
            body(error) == #"{"__type":"\#(namespace)\#(code)","\#(member)":"what \"happened\""}"#)
        #expect(error.httpStatus == status)
    }

    @Test func anUnknownOperationHasNoMessage() {
        #expect(
            body(.unknownOperation)
                == #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#)
    }

    @Test func everyCodeOfTheDatabaseHasAStatus() {
        for code in DatabaseError.Code.allCases {
            let error = WireError(DatabaseError(code: code, message: "m"))
            #expect(error.httpStatus == (code == .internalServerError ? 500 : 400))
            #expect(error.code == code.rawValue)
        }
    }

    @Test func aFailedConditionMayCarryTheItem() throws {
        let error = DatabaseError(
            code: .conditionalCheckFailed, message: "The conditional request failed",
            item: try EncodedItem(["id": "a"]))
        #expect(
            body(WireError(error))
                == #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","#
                + #""message":"The conditional request failed","Item":{"id":{"S":"a"}}}"#)
    }

    @Test func targetsNameOperations() {
        func operation(_ target: String) -> Operation? {
            Array(target.utf8).withUnsafeBytes { Operation(target: $0) }
        }
        for known in Operation.allCases {
            #expect(operation("DynamoDB_20120810." + known.rawValue) == known)
        }
        for unknown in [
            "", "PutItem", "DynamoDB_20120810", "DynamoDB_20120810.", "DynamoDB_20120810.putItem",
            "DynamoDB_20111205.PutItem", "DynamoDB_20120810.PutItemX",
            "DynamoDB_20120810.TransactWriteItems",
        ] {
            #expect(operation(unknown) == nil, "\(unknown)")
        }
    }
}
