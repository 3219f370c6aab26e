/// The ten types of an attribute value. The raw value is the tag byte of a stored value.
///
/// Source: AWS, "Supported data types and naming rules in Amazon DynamoDB".
public enum AttributeType: UInt8, Sendable, CaseIterable {
    case string = 1
    case number = 2
    case binary = 3
    case bool = 4
    case null = 5
    case stringSet = 6
    case numberSet = 7
    case binarySet = 8
    case list = 9
    case map = 10

    /// The type's descriptor in requests and in `attribute_type`.
    public var name: String {
        switch self {
        case .string: "S"
        case .number: "N"
        case .binary: "B"
        case .bool: "BOOL"
        case .null: "NULL"
        case .stringSet: "SS"
        case .numberSet: "NS"
        case .binarySet: "BS"
        case .list: "L"
        case .map: "M"
        }
    }

    /// The type of a descriptor such as "SS", or nil.
    public init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    package var isSet: Bool { self == .stringSet || self == .numberSet || self == .binarySet }

    /// The type of a set's members; nil for a type that is not a set.
    package var memberType: AttributeType? {
        switch self {
        case .stringSet: .string
        case .numberSet: .number
        case .binarySet: .binary
        default: nil
        }
    }
}

/// A value that DynamoDB would refuse; the message is the text of its ValidationException.
public struct ItemError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
