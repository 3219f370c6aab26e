// Unsafe pointers live in this file: lent texts and bytes are handed to the encoder, which copies
// them, before the reader reads on.

import ItemModel

/// Attribute values, straight from JSON to stored bytes.
///
/// With `isEncoding` false the text is only checked: a fault of the item is known already, and all
/// that still matters is whether the rest of the request can be read at all.
extension WireDecoder {
    mutating func attributeValue(
        _ json: inout JSONReader, place: StructurePlace, isEncoding: Bool
    ) throws(WireError) -> ItemFault? {
        guard try json.beginStructure("AttributeValue", as: place) else { return .empty }
        var fault: ItemFault?
        var types = 0
        while let name = try json.nextMember() {
            let encodes = isEncoding && types == 0
            let content: Content
            if name.bytes.count == 1 {
                content = try scalarOrDocument(&json, name.bytes[0], encodes: encodes)
            } else {
                content = try longNamed(&json, name, encodes: encodes)
            }
            switch content {
            case .absent: continue
            case .read: types += 1
            case .faulty(let found):
                types += 1
                if fault == nil { fault = found }
            }
            if types > 1, fault == nil { fault = .severalTypes }
        }
        return types == 0 ? .empty : fault
    }

    /// What was found under one type's name.
    private enum Content {
        /// Null, or a name that is no type's.
        case absent
        case read
        case faulty(ItemFault)
    }

    @inline(__always)
    private mutating func scalarOrDocument(
        _ json: inout JSONReader, _ type: UInt8, encodes: Bool
    ) throws(WireError) -> Content {
        switch type {
        case UInt8(ascii: "S"):
            guard let text = try json.optionalText() else { return .absent }
            if encodes { encoder.string(text.bytes) }
            return .read
        case UInt8(ascii: "N"):
            guard let text = try json.optionalText() else { return .absent }
            guard encodes else { return .read }
            do {
                try encoder.number(text: text.bytes)
                return .read
            } catch {
                return .faulty(ItemFault(message: error.message))
            }
        case UInt8(ascii: "B"):
            guard let bytes = try json.optionalBinary() else { return .absent }
            if encodes { encoder.binary(bytes) }
            return .read
        case UInt8(ascii: "M"): return try map(&json, encodes: encodes)
        case UInt8(ascii: "L"): return try list(&json, encodes: encodes)
        default:
            try json.skipValue()
            return .absent
        }
    }

    private mutating func longNamed(
        _ json: inout JSONReader, _ name: LentText, encodes: Bool
    ) throws(WireError) -> Content {
        switch name {
        case "BOOL":
            guard let value = try json.optionalBool() else { return .absent }
            if encodes { encoder.bool(value) }
            return .read
        case "NULL":
            guard let value = try json.optionalBool() else { return .absent }
            guard value else { return .faulty(.falseNull) }
            if encodes { encoder.null() }
            return .read
        case "SS": return try set(&json, .stringSet, encodes: encodes)
        case "NS": return try set(&json, .numberSet, encodes: encodes)
        case "BS": return try set(&json, .binarySet, encodes: encodes)
        default:
            try json.skipValue()
            return .absent
        }
    }

    private mutating func map(
        _ json: inout JSONReader, encodes: Bool
    ) throws(WireError) -> Content {
        guard try json.beginMap(of: "com.amazonaws.dynamodb.v20120810.AttributeValue") else {
            return .absent
        }
        var fault = encodes ? begin { encoder throws(ItemError) in try encoder.beginMap() } : nil
        while let name = try json.nextMember() {
            let encodesValue = encodes && fault == nil
            if encodesValue { encoder.beginAttribute(name: name.bytes) }
            let found = try attributeValue(&json, place: .element, isEncoding: encodesValue)
            if fault == nil { fault = found }
        }
        if let fault { return .faulty(fault) }
        if encodes { encoder.endMap() }
        return .read
    }

    private mutating func list(
        _ json: inout JSONReader, encodes: Bool
    ) throws(WireError) -> Content {
        guard try json.beginList() else { return .absent }
        var fault = encodes ? begin { encoder throws(ItemError) in try encoder.beginList() } : nil
        while try json.nextElement() {
            let found = try attributeValue(
                &json, place: .element, isEncoding: encodes && fault == nil)
            if fault == nil { fault = found }
        }
        if let fault { return .faulty(fault) }
        if encodes { encoder.endList() }
        return .read
    }

    private mutating func begin(
        _ open: (inout ItemEncoder) throws(ItemError) -> Void
    ) -> ItemFault? {
        do {
            try open(&encoder)
            return nil
        } catch {
            return ItemFault(message: error.message)
        }
    }

    private mutating func set(
        _ json: inout JSONReader, _ type: AttributeType, encodes: Bool
    ) throws(WireError) -> Content {
        guard try json.beginList() else { return .absent }
        if encodes { encoder.beginSet(type) }
        var fault: ItemFault?
        while try json.nextElement() {
            let encodesMember = encodes && fault == nil
            if type == .binarySet {
                guard let bytes = try json.optionalBinary() else {
                    fault = .nullMember(of: "binary")
                    continue
                }
                if encodesMember { encoder.binary(bytes) }
                continue
            }
            guard let text = try json.optionalText() else {
                fault = .nullMember(of: type == .stringSet ? "string" : "number")
                continue
            }
            guard encodesMember else { continue }
            if type == .stringSet {
                encoder.string(text.bytes)
            } else {
                do { try encoder.number(text: text.bytes) } catch {
                    fault = ItemFault(message: error.message)
                }
            }
        }
        if encodes, fault == nil {
            do { try encoder.endSet() } catch { fault = ItemFault(message: error.message) }
        }
        return fault.map { .faulty($0) } ?? .read
    }
}

extension ItemFault {
    static var falseNull: ItemFault {
        ItemFault(
            message: "One or more parameter values were invalid: Null attribute value types must "
                + "have the value of true")
    }

    static func nullMember(of kind: String) -> ItemFault {
        ItemFault(
            message: "One or more parameter values were invalid: An \(kind) set may not have a "
                + "null \(kind) as a member")
    }
}

extension JSONReader {
    /// The name of the member that was read from `start` on, read again for a message.
    func memberName(from start: Int) throws(WireError) -> String {
        var reader = JSONReader(bytes, scratch: scratch)
        reader.position = start
        if try reader.peek() == UInt8(ascii: ",") { reader.position += 1 }
        return try reader.text().string
    }
}
