import ItemModel
import KVDatabase

@testable import DynamoWire

/// Decodes `json` as the body of a request.
func decode<Request>(
    _ json: String,
    _ operation: (UnsafeRawBufferPointer, inout WireDecoder) throws(WireError) -> Request
) throws(WireError) -> Request {
    try decode(Array(json.utf8), operation)
}

func decode<Request>(
    _ bytes: [UInt8],
    _ operation: (UnsafeRawBufferPointer, inout WireDecoder) throws(WireError) -> Request
) throws(WireError) -> Request {
    var decoder = WireDecoder()
    return try bytes.withUnsafeBufferPointer { (bytes) throws(WireError) in
        try operation(UnsafeRawBufferPointer(bytes), &decoder)
    }
}

/// The error that `json` is refused with; nil if it is not.
func refusal<Request>(
    _ json: String,
    _ operation: (UnsafeRawBufferPointer, inout WireDecoder) throws(WireError) -> Request
) -> WireError? {
    do throws(WireError) {
        _ = try decode(json, operation)
        return nil
    } catch {
        return error
    }
}

/// What `write` writes.
func written(_ write: (JSONWriter) -> Void) -> String {
    let writer = JSONWriter()
    write(writer)
    return writer.withBytes { String(decoding: $0, as: UTF8.self) }
}

/// A reader over `bytes`, which are lent for `body`.
func reading<Result>(
    _ bytes: [UInt8], _ body: (inout JSONReader) throws(WireError) -> Result
) throws(WireError) -> Result {
    try bytes.withUnsafeBufferPointer { (bytes) throws(WireError) in
        var reader = JSONReader(UnsafeRawBufferPointer(bytes), scratch: ScratchMemory())
        return try body(&reader)
    }
}

/// The text of `json`, which is one JSON string.
func text(_ json: String) throws(WireError) -> String {
    try reading(Array(json.utf8)) { (reader) throws(WireError) in
        _ = try reader.peek()
        let text = try reader.text().string
        try reader.finish()
        return text
    }
}

extension WireError {
    var isSerialization: Bool { code == "SerializationException" }
    var isValidation: Bool { code == "ValidationException" }
}
