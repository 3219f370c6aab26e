/// One attribute value, as Swift code writes and reads it.
///
/// Strings and names compare by their UTF-8 bytes, as DynamoDB compares them, and not by Unicode
/// canonical equivalence; sets compare without order; numbers by value.
public indirect enum AttributeValue: Sendable {
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
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.number(let left), .number(let right)): left == right
        case (.binary(let left), .binary(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.null, .null): true
        case (.stringSet(let left), .stringSet(let right)):
            sortedBytes(left).elementsEqual(sortedBytes(right))
        case (.numberSet(let left), .numberSet(let right)): left.sorted() == right.sorted()
        case (.binarySet(let left), .binarySet(let right)): sorted(left) == sorted(right)
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .number(let number): hasher.combine(number)
        case .binary(let bytes): hasher.combine(bytes)
        case .bool(let bool): hasher.combine(bool)
        case .null: break
        case .stringSet(let members): hasher.combine(Self.sortedBytes(members))
        case .numberSet(let members): hasher.combine(members.sorted())
        case .binarySet(let members): hasher.combine(Self.sorted(members))
        case .list(let elements): hasher.combine(elements)
        case .map(let item): hasher.combine(item)
        }
    }

    private static func sortedBytes(_ members: [String]) -> [[UInt8]] {
        sorted(members.map { [UInt8]($0.utf8) })
    }

    private static func sorted(_ members: [[UInt8]]) -> [[UInt8]] {
        members.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .number(DecimalNumber(value)) }
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

    /// The elements, where the value is a list.
    public var listValue: [AttributeValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }

    /// The attributes, where the value is a map.
    public var mapValue: Item? { if case .map(let item) = self { item } else { nil } }

    /// The truth value, where the value is one.
    public var boolValue: Bool? { if case .bool(let bool) = self { bool } else { nil } }
}
