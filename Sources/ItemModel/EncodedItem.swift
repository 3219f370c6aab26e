// Unsafe pointers: views are lent from this value's own array for the length of a closure.

/// An item in its stored form, owned.
///
/// Requests and responses carry items like this, so that what comes from the wire goes to the disk,
/// and back, without becoming Swift values on the way. ``decoded()`` makes them.
public struct EncodedItem: Sendable {
    package let bytes: [UInt8]

    /// Encodes an item.
    ///
    /// - Throws: ``ItemError`` with DynamoDB's message for an empty set, a set that holds a member
    ///   twice, or nesting deeper than 32 levels. The 400 KB limit is the table's to check.
    public init(_ item: Item) throws(ItemError) {
        var encoder = ItemEncoder()
        encoder.beginItem()
        for (name, value) in item {
            encoder.beginAttribute(name: name)
            try encoder.encode(value)
        }
        try encoder.endItem()
        self = encoder.take()
    }

    package init(copying view: ItemView) { bytes = [UInt8](view.bytes) }

    /// Takes over bytes of a stored item, which must be valid.
    package init(stored bytes: [UInt8]) { self.bytes = bytes }

    /// The item's size as AWS counts it.
    public var sizeBytes: Int { withView { $0.sizeBytes } }

    /// How many attributes the item has.
    public var count: Int { withView { $0.count } }

    /// The item as Swift values.
    public func decoded() -> Item { withView { $0.decoded() } }

    package func withView<Result, Failure: Error>(
        _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            try body(ItemView(UnsafeRawBufferPointer(bytes)))
        }
    }
}

extension EncodedItem: Hashable, CustomStringConvertible {
    /// Whether both hold the same attributes, in whatever order they were written.
    public static func == (left: EncodedItem, right: EncodedItem) -> Bool {
        left.withView { left in right.withView { ItemView.areEqual(left, $0) } }
    }

    public func hash(into hasher: inout Hasher) { decoded().hash(into: &hasher) }

    public var description: String {
        let attributes = decoded().map { "\($0.name): \($0.value)" }
        return "{" + attributes.joined(separator: ", ") + "}"
    }
}

extension ItemEncoder {
    /// Writes a Swift value.
    package mutating func encode(_ value: AttributeValue) throws(ItemError) {
        switch value {
        case .string(let text): string(text)
        case .number(let number): self.number(number)
        case .binary(let bytes): bytes.withUnsafeBytes { binary($0) }
        case .bool(let value): bool(value)
        case .null: null()
        case .stringSet(let members):
            beginSet(.stringSet)
            for member in members { string(member) }
            try endSet()
        case .numberSet(let members):
            beginSet(.numberSet)
            for member in members { number(member) }
            try endSet()
        case .binarySet(let members):
            beginSet(.binarySet)
            for member in members { member.withUnsafeBytes { binary($0) } }
            try endSet()
        case .list(let elements):
            try beginList()
            for element in elements { try encode(element) }
            endList()
        case .map(let item):
            try beginMap()
            for (name, value) in item {
                beginAttribute(name: name)
                try encode(value)
            }
            endMap()
        }
    }
}

extension ItemView {
    /// The item as Swift values.
    package func decoded() -> Item {
        var item = Item()
        for index in 0..<count {
            let (name, value) = attribute(at: index)
            item[String(decoding: name, as: UTF8.self)] = value.decoded()
        }
        return item
    }
}

extension ValueView {
    /// The value as Swift values.
    package func decoded() -> AttributeValue {
        switch type {
        case .string: return .string(String(decoding: stringBytes, as: UTF8.self))
        case .number: return .number(DecimalNumber(orderedBytes: numberBytes))
        case .binary: return .binary([UInt8](binaryBytes))
        case .bool: return .bool(bool)
        case .null: return .null
        case .stringSet:
            var members: [String] = []
            forEachMember { members.append(String(decoding: $0, as: UTF8.self)) }
            return .stringSet(members)
        case .numberSet:
            var members: [DecimalNumber] = []
            forEachMember { members.append(DecimalNumber(orderedBytes: $0)) }
            return .numberSet(members)
        case .binarySet:
            var members: [[UInt8]] = []
            forEachMember { members.append([UInt8]($0)) }
            return .binarySet(members)
        case .list: return .list((0..<count).map { element(at: $0).decoded() })
        case .map:
            var item = Item()
            for index in 0..<count {
                let (name, value) = attribute(at: index)
                item[String(decoding: name, as: UTF8.self)] = value.decoded()
            }
            return .map(item)
        }
    }
}
