// Unsafe pointers live in this file: lent texts and bytes are handed to the encoder, which copies
// them, before the reader reads on.

import ItemModel

/// What decoding needs besides the body, kept from request to request so that decoding allocates only
/// what the request itself owns.
///
/// Thread safety: none; one belongs to one event loop.
package struct WireDecoder {
    package let scratch = ScratchMemory()
    var encoder = ItemEncoder()
    /// The first fault of an item's values in this request. It waits until the whole request has been
    /// read, as text that cannot be read and members out of bounds are reported before it.
    var fault: ItemFault?

    package init() {}

    /// A reader of `body`, with the faults of the request before forgotten.
    mutating func begin(_ body: UnsafeRawBufferPointer) throws(WireError) -> JSONReader {
        fault = nil
        var json = JSONReader(body, scratch: scratch)
        guard try json.peek() == UInt8(ascii: "{") else {
            throw json.malformed("the request must be an object")
        }
        try json.beginObject()
        return json
    }

    /// Checks that the body ends with the request, then throws in DynamoDB's order.
    func finish<Member>(
        _ json: inout JSONReader, _ members: RequestMembers<Member>
    ) throws(WireError) {
        try json.finish()
        try members.check()
        if let fault { throw .validation(fault.message) }
    }

    /// An item or a key.
    mutating func item(_ json: inout JSONReader) throws(WireError) -> DecodedItem {
        guard try json.beginMap(of: "com.amazonaws.dynamodb.v20120810.AttributeValue") else {
            return .absent
        }
        return try attributes(&json, areExpressionValues: false)
    }

    /// An item or a key that is a constrained member of the request; nil if it is absent, and if it
    /// is faulty, as the request is refused then.
    mutating func item<Member>(
        _ json: inout JSONReader, _ members: inout RequestMembers<Member>, _ member: Member
    ) throws(WireError) -> EncodedItem? {
        switch try item(&json) {
        case .absent: return nil
        case .faulty:
            members.note(member)
            return nil
        case .present(let item):
            members.note(member)
            return item
        }
    }

    /// An optional key, such as ExclusiveStartKey; nil if it is absent, and if it is faulty, as the
    /// request is refused then.
    mutating func optionalItem(_ json: inout JSONReader) throws(WireError) -> EncodedItem? {
        if case .present(let item) = try item(&json) { return item }
        return nil
    }

    /// ExpressionAttributeValues, with the leading ':' kept in the names; nil for null.
    mutating func expressionValues(_ json: inout JSONReader) throws(WireError) -> EncodedItem? {
        guard try json.beginMap(of: "com.amazonaws.dynamodb.v20120810.AttributeValue"),
            case .present(let values) = try attributes(&json, areExpressionValues: true)
        else { return nil }
        return values
    }

    /// ExpressionAttributeNames; nil for null.
    func expressionNames(_ json: inout JSONReader) throws(WireError) -> [String: String]? {
        guard try json.beginMap(of: "java.lang.String") else { return nil }
        var names: [String: String] = [:]
        while let name = try json.nextMember() {
            let placeholder = name.string
            names[placeholder] = try json.optionalString()
        }
        return names
    }

    /// A list of strings; nil for null. Null elements are left out.
    func strings(_ json: inout JSONReader) throws(WireError) -> [String]? {
        guard try json.beginList() else { return nil }
        var strings: [String] = []
        while try json.nextElement() {
            if let string = try json.optionalString() { strings.append(string) }
        }
        return strings
    }

    private mutating func attributes(
        _ json: inout JSONReader, areExpressionValues: Bool
    ) throws(WireError) -> DecodedItem {
        encoder.reset()
        encoder.beginItem()
        // A request whose fault is known is only read on for what goes before faults.
        var isEncoding = fault == nil
        while true {
            let nameStart = json.position
            guard let name = try json.nextMember() else { break }
            if isEncoding { encoder.beginAttribute(name: name.bytes) }
            let valueFault = try attributeValue(&json, place: .field, isEncoding: isEncoding)
            if isEncoding, let valueFault {
                isEncoding = false
                fault =
                    areExpressionValues
                    ? valueFault.named(try json.memberName(from: nameStart)) : valueFault
            }
        }
        if isEncoding {
            do {
                try encoder.endItem()
                return .present(encoder.take())
            } catch {
                fault = ItemFault(message: error.message)
            }
        }
        return .faulty
    }
}

/// What became of an item in a request.
enum DecodedItem {
    case absent
    /// It holds something that no stored item can hold; `WireDecoder.fault` says what.
    case faulty
    case present(EncodedItem)

    var isThere: Bool {
        if case .absent = self { false } else { true }
    }

    var value: EncodedItem? {
        if case .present(let item) = self { item } else { nil }
    }
}

/// What no stored item can hold, in the words of the ValidationException.
struct ItemFault {
    var message: String

    static var empty: ItemFault {
        ItemFault(
            message: "Supplied AttributeValue is empty, must contain exactly one of the supported "
                + "datatypes")
    }

    static var severalTypes: ItemFault {
        ItemFault(
            message:
                "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                + "one of the supported datatypes")
    }

    /// The fault as DynamoDB words it for one of the ExpressionAttributeValues.
    func named(_ name: String) -> ItemFault {
        ItemFault(
            message: "ExpressionAttributeValues contains invalid value: \(message) for key \(name)")
    }
}
