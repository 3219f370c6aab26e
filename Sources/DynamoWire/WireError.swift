package import ItemModel
package import KVDatabase

/// An error as DynamoDB sends it: a code, a message, sometimes the item that a condition refused.
package struct WireError: Error, Sendable {
    /// The short name, such as `ResourceNotFoundException`.
    package let code: String
    /// Nil where DynamoDB sends none (`UnknownOperationException`).
    package let message: String?
    /// The item of a ConditionalCheckFailedException whose request asked for ALL_OLD.
    package let item: EncodedItem?

    package init(code: String, message: String?, item: EncodedItem? = nil) {
        self.code = code
        self.message = message
        self.item = item
    }

    package init(_ error: DatabaseError) {
        self.init(code: error.code.rawValue, message: error.message, item: error.item)
    }

    /// A ValidationException with the text of an item's fault.
    package init(_ error: ItemError) {
        self.init(code: "ValidationException", message: error.message)
    }

    @inline(never)
    package static func serialization(_ message: String) -> WireError {
        WireError(code: "SerializationException", message: message)
    }

    @inline(never)
    package static func validation(_ message: String) -> WireError {
        WireError(code: "ValidationException", message: message)
    }

    package static var unknownOperation: WireError {
        WireError(code: "UnknownOperationException", message: nil)
    }

    package static var missingAuthenticationToken: WireError {
        WireError(
            code: "MissingAuthenticationTokenException",
            message: "Request is missing Authentication Token")
    }

    package static func tooLarge(limit: Int) -> WireError {
        WireError(
            code: "RequestEntityTooLargeException",
            message: "The request is larger than the maximum of \(limit) bytes")
    }

    package static func malformedHTTP(_ reason: String) -> WireError {
        WireError(code: "MalformedHttpRequestException", message: reason)
    }

    package static func serviceUnavailable(_ reason: String) -> WireError {
        WireError(code: "ServiceUnavailable", message: reason)
    }

    package var httpStatus: Int {
        switch code {
        case "InternalServerError", "InternalFailure": 500
        case "ServiceUnavailable": 503
        case "RequestEntityTooLargeException": 413
        default: 400
        }
    }

    /// The namespace that AWS puts before the code in `__type`: which of its layers raised the error.
    private var namespace: StaticString {
        switch code {
        case "ValidationException": "com.amazon.coral.validate#"
        case "ThrottlingException": "com.amazon.coral.availability#"
        case "SerializationException", "UnknownOperationException", "AccessDeniedException",
            "MissingAuthenticationTokenException", "IncompleteSignatureException",
            "RequestEntityTooLargeException", "InternalFailure", "ServiceUnavailable",
            "MalformedHttpRequestException":
            "com.amazon.coral.service#"
        default: "com.amazonaws.dynamodb.v20120810#"
        }
    }

    /// AWS spells the message's member in two ways, by exception (botocore's service model for those
    /// of DynamoDB, observed answers for those of the framework).
    private var messageMember: StaticString {
        switch code {
        case "SerializationException", "AccessDeniedException",
            "IdempotentParameterMismatchException", "TransactionCanceledException",
            "TransactionInProgressException":
            "Message"
        default: "message"
        }
    }

    /// Writes the body of the answer.
    package func encode(into json: JSONWriter) {
        json.beginObject()
        json.name("__type")
        json.string(concatenating: namespace, code)
        if let message {
            json.name(messageMember)
            json.string(message)
        }
        if let item {
            json.name("Item")
            json.item(item)
        }
        json.endObject()
    }

    /// The body of the answer as bytes of its own.
    package var body: [UInt8] {
        let json = JSONWriter()
        encode(into: json)
        return json.withBytes { Array($0) }
    }
}
