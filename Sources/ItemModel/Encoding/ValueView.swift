// Unsafe pointers: as in ItemView.swift, a view borrows its bytes and lives within the scope that
// lends them. Asking a value for the payload of another type is a programming error.

/// The lent bytes of one stored value, its tag included.
package struct ValueView {
    /// The tag and the payload; copied verbatim by `ItemEncoder.copy`.
    package let bytes: UnsafeRawBufferPointer
    package let type: AttributeType

    /// - Parameter bytes: exactly one value.
    @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer) {
        guard let tag = bytes.first, let type = AttributeType(rawValue: tag) else {
            preconditionFailure("an unknown tag")
        }
        self.bytes = bytes
        self.type = type
    }

    /// The bytes behind the length of a string, binary or number.
    @inline(__always)
    var payload: UnsafeRawBufferPointer {
        precondition(
            type == .string || type == .binary || type == .number, "a payload of another type")
        let (length, start) = StoredLayout.loadVarint(bytes, at: 1)
        return StoredLayout.slice(bytes, from: start, to: start + length)
    }

    /// The payload of a value that can be a key or a member of a set: S, N or B; nil for others.
    package var scalarBytes: UnsafeRawBufferPointer? {
        type == .string || type == .binary || type == .number ? payload : nil
    }

    /// UTF-8.
    package var stringBytes: UnsafeRawBufferPointer {
        precondition(type == .string, "a payload of another type")
        return payload
    }

    package var binaryBytes: UnsafeRawBufferPointer {
        precondition(type == .binary, "a payload of another type")
        return payload
    }

    /// The number's bytes in numeric order; `DecimalNumber(orderedBytes:)` reads them.
    package var numberBytes: UnsafeRawBufferPointer {
        precondition(type == .number, "a payload of another type")
        return payload
    }

    package var number: DecimalNumber { DecimalNumber(orderedBytes: numberBytes) }

    package var bool: Bool {
        precondition(type == .bool && bytes.count == 2, "a payload of another type")
        return bytes[1] != 0
    }

    @inline(__always)
    var body: ContainerBody {
        precondition(type == .map || type == .list || type.isSet, "a payload of another type")
        return ContainerBody(StoredLayout.slice(bytes, from: 5, to: bytes.count))
    }

    /// The count of a map's attributes, a list's elements or a set's members.
    package var count: Int { body.count }

    /// The element of a list.
    package func element(at index: Int) -> ValueView {
        precondition(type == .list, "a payload of another type")
        return body.element(at: index)
    }

    /// The payload of a set's member, in the order of the members' bytes: UTF-8 text, binary
    /// bytes, or a number's ordered bytes.
    package func member(at index: Int) -> UnsafeRawBufferPointer {
        precondition(type.isSet, "a payload of another type")
        return body.member(at: index)
    }

    /// Calls `visit` with each member's payload, in the order of `member(at:)`.
    package func forEachMember<Failure: Error>(
        _ visit: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(type.isSet, "a payload of another type")
        let body = body
        for index in 0..<body.count { try visit(body.member(at: index)) }
    }

    /// Whether a set holds a member with this payload.
    package func containsMember(_ payload: UnsafeRawBufferPointer) -> Bool {
        precondition(type.isSet, "a payload of another type")
        return body.index(of: payload) != nil
    }

    /// The attribute of a map at a place in the order of the names' bytes.
    package func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        precondition(type == .map, "a payload of another type")
        return body.attribute(at: index)
    }

    package func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        precondition(type == .map, "a payload of another type")
        return body.value(named: name)
    }

    package func value(named name: String) -> ValueView? {
        precondition(type == .map, "a payload of another type")
        return body.value(named: name)
    }

    /// The value as a Swift program holds it; a map keeps its stored form, as an item does.
    package func decoded() -> AttributeValue {
        switch type {
        case .string: return .string(String(decoding: payload, as: UTF8.self))
        case .number: return .number(number)
        case .binary: return .binary([UInt8](payload))
        case .bool: return .bool(bool)
        case .null: return .null
        case .list:
            let body = body
            return .list((0..<body.count).map { body.element(at: $0).decoded() })
        case .map: return .map(Item(storedBody: SharedBytes(copying: body.bytes)))
        case .stringSet:
            return .stringSet(members.map { String(decoding: $0, as: UTF8.self) })
        case .numberSet: return .numberSet(members.map(DecimalNumber.init(orderedBytes:)))
        case .binarySet: return .binarySet(members.map([UInt8].init))
        }
    }

    private var members: [UnsafeRawBufferPointer] {
        let body = body
        return (0..<body.count).map { body.member(at: $0) }
    }
}
