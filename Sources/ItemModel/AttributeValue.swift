/// A value of an attribute, as a Swift program holds it.
///
/// The operations work on stored bytes (`EncodedItem`); this type is how a program makes and reads
/// them. Equality is that of documents: texts by their bytes, numbers by value, sets without
/// regard to order.
public enum AttributeValue: Sendable {
    case string(String)
    case number(DecimalNumber)
    case binary([UInt8])
    case bool(Bool)
    case null
    case stringSet([String])
    case numberSet([DecimalNumber])
    case binarySet([[UInt8]])
    case list([AttributeValue])
    case map(Item)

    public var type: AttributeType {
        switch self {
        case .string: .string
        case .number: .number
        case .binary: .binary
        case .bool: .bool
        case .null: .null
        case .stringSet: .stringSet
        case .numberSet: .numberSet
        case .binarySet: .binarySet
        case .list: .list
        case .map: .map
        }
    }
}

extension AttributeValue: Hashable {
    public static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.string(let a), .string(let b)): ByteOrder.equal(a, b)
        case (.number(let a), .number(let b)): a == b
        case (.binary(let a), .binary(let b)): a == b
        case (.bool(let a), .bool(let b)): a == b
        case (.null, .null): true
        case (.stringSet(let a), .stringSet(let b)):
            equal(a.sorted(by: ByteOrder.precedes), b.sorted(by: ByteOrder.precedes))
        case (.numberSet(let a), .numberSet(let b)): a.sorted() == b.sorted()
        case (.binarySet(let a), .binarySet(let b)):
            a.sorted(by: precedes) == b.sorted(by: precedes)
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        default: false
        }
    }

    private static func equal(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { ByteOrder.equal($0, $1) }
    }

    private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .string(let text): hasher.combineUTF8(text)
        case .number(let number): hasher.combine(number)
        case .binary(let bytes): hasher.combine(bytes)
        case .bool(let value): hasher.combine(value)
        case .null: break
        case .stringSet(let members):
            for member in members.sorted(by: ByteOrder.precedes) { hasher.combineUTF8(member) }
        case .numberSet(let members): hasher.combine(members.sorted())
        case .binarySet(let members): hasher.combine(members.sorted(by: Self.precedes))
        case .list(let elements): hasher.combine(elements)
        case .map(let item): hasher.combine(item)
        }
    }
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(DecimalNumber(integerLiteral: value)) }
    public init(floatLiteral value: Double) { self = .number(DecimalNumber(floatLiteral: value)) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: AttributeValue...) { self = .list(elements) }

    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self = .map(Item(elements))
    }
}

extension AttributeValue {
    /// The text, where the value is a string.
    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }

    /// The number, where the value is one.
    public var numberValue: DecimalNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The bytes, where the value is binary.
    public var binaryValue: [UInt8]? { if case .binary(let bytes) = self { bytes } else { nil } }

    /// The truth value, where the value is one.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The elements, where the value is a list.
    public var listValue: [AttributeValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    /// The attributes, where the value is a map.
    public var mapValue: Item? { if case .map(let item) = self { item } else { nil } }
}

extension AttributeValue: CustomStringConvertible {
    /// The value as DynamoDB JSON, for logs and tests: {"N": "1.5"}.
    public var description: String { "{\"\(type.name)\": \(content)}" }

    private var content: String {
        switch self {
        case .string(let text): JSONText.quoted(text)
        case .number(let number): JSONText.quoted(number.description)
        case .binary(let bytes): JSONText.quoted(Base64Text.encode(bytes))
        case .bool(let value): value.description
        case .null: "true"
        case .stringSet(let members): Self.array(members.map(JSONText.quoted))
        case .numberSet(let members):
            Self.array(members.map { JSONText.quoted($0.description) })
        case .binarySet(let members):
            Self.array(members.map { JSONText.quoted(Base64Text.encode($0)) })
        case .list(let elements): Self.array(elements.map(\.description))
        case .map(let item): item.description
        }
    }

    private static func array(_ parts: [String]) -> String {
        "[\(parts.joined(separator: ", "))]"
    }
}
