// Unsafe pointers live in this file. The invariant is the one at the head of JSONReader.swift.

/// Where a structure was expected, which decides how DynamoDB words the refusal of a scalar there.
enum StructurePlace {
    /// The value of a named member of a structure.
    case field
    /// An element of a list or a value of a map.
    case element
}

/// Reading values whose type the request's shape prescribes. A null counts as an absent member, as in
/// DynamoDB; a value of another type is refused in DynamoDB's words.
extension JSONReader {
    /// A string, or nil for null.
    @inline(__always)
    mutating func optionalText() throws(WireError) -> LentText? {
        if try peek() == UInt8(ascii: "\"") { return try text() }
        if try skipNull() { return nil }
        throw try mismatch("String")
    }

    mutating func optionalString() throws(WireError) -> String? {
        try optionalText()?.string
    }

    mutating func optionalBool() throws(WireError) -> Bool? {
        switch try peek() {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        case UInt8(ascii: "n"):
            try literal("null")
            return nil
        case UInt8(ascii: "\""):
            _ = try text()
            throw .serialization("Unexpected token received from parser")
        default: throw try mismatch("Boolean")
        }
    }

    /// A 32-bit integer. A larger number is clamped, so that the range check of the service model
    /// refuses it and not the reader.
    mutating func optionalInteger() throws(WireError) -> Int? {
        try optionalWholeNumber("Integer").map { min(max($0, Int(Int32.min)), Int(Int32.max)) }
    }

    mutating func optionalLong() throws(WireError) -> Int? {
        try optionalWholeNumber("Long")
    }

    private mutating func optionalWholeNumber(_ type: String) throws(WireError) -> Int? {
        switch try peek() {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number().integer
        case UInt8(ascii: "n"):
            try literal("null")
            return nil
        default: throw try mismatch(type)
        }
    }

    /// Enters a list; false for null.
    @inline(__always)
    mutating func beginList() throws(WireError) -> Bool {
        switch try peek() {
        case UInt8(ascii: "["):
            try beginArray()
            return true
        case UInt8(ascii: "n"):
            try literal("null")
            return false
        case UInt8(ascii: "{"):
            throw .serialization("Start of structure or map found where not expected")
        default:
            try skipValue()
            throw .serialization("Unexpected field type")
        }
    }

    /// Enters a map from strings to `valueType` (its Java name, for the message); false for null.
    @inline(__always)
    mutating func beginMap(of valueType: StaticString) throws(WireError) -> Bool {
        switch try peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            return true
        case UInt8(ascii: "n"):
            try literal("null")
            return false
        case UInt8(ascii: "["):
            throw .serialization(
                "Unrecognized collection type java.util.Map<java.lang.String, \(valueType)>")
        default:
            try skipValue()
            throw .serialization("Unexpected field type")
        }
    }

    /// Enters a structure of DynamoDB's model; false for null.
    @inline(__always)
    mutating func beginStructure(
        _ name: StaticString, as place: StructurePlace
    ) throws(WireError) -> Bool {
        switch try peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            return true
        case UInt8(ascii: "n"):
            try literal("null")
            return false
        case UInt8(ascii: "["):
            throw .serialization(
                "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.\(name)")
        default:
            try skipValue()
            switch place {
            case .field: throw .serialization("Unexpected field type")
            case .element: throw .serialization("Unexpected value type in payload")
            }
        }
    }

    /// The refusal of the next value where a scalar of Java's type `type` was expected. The value is
    /// consumed first, so that malformed text is reported as such.
    @inline(never)
    mutating func mismatch(_ type: String) throws(WireError) -> WireError {
        let token: String
        switch try peek() {
        case UInt8(ascii: "{"):
            return .serialization("Start of structure or map found where not expected")
        case UInt8(ascii: "["):
            return .serialization("Unrecognized collection type class java.lang.\(type)")
        case UInt8(ascii: "\""):
            _ = try text()
            token = "STRING_VALUE"
        case UInt8(ascii: "t"):
            try literal("true")
            token = "TRUE_VALUE"
        case UInt8(ascii: "f"):
            try literal("false")
            token = "FALSE_VALUE"
        default: token = try number().isDecimal ? "DECIMAL_VALUE" : "NUMBER_VALUE"
        }
        return .serialization("\(token) cannot be converted to \(type)")
    }
}
