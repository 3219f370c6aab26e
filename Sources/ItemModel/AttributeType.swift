/// The ten types of an attribute value. The raw value is the tag that leads a stored value: the
/// letter of the wire protocol, in lower case for a set.
public enum AttributeType: UInt8, Sendable, Hashable, CaseIterable {
    case string = 0x53  // S
    case number = 0x4E  // N
    case binary = 0x42  // B
    case bool = 0x3F  // ?
    case null = 0x30  // 0
    case stringSet = 0x73  // s
    case numberSet = 0x6E  // n
    case binarySet = 0x62  // b
    case list = 0x4C  // L
    case map = 0x4D  // M

    /// The name by which the protocol and the expression language call this type.
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

    /// The type that a descriptor such as "SS" names, or nil.
    public init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    /// The type of a set's members, or nil for a type that is no set.
    package var memberType: AttributeType? {
        switch self {
        case .stringSet: .string
        case .numberSet: .number
        case .binarySet: .binary
        default: nil
        }
    }

    package var isSet: Bool { memberType != nil }
}
