/// A value that DynamoDB refuses, with the text of the `ValidationException` that refuses it.
public struct ItemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The message as the service words it, ready to be sent to a client.
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}

extension ItemError {
    /// The text of a number that is none. The service repeats what it could not read, and says
    /// nothing after the words when it was given nothing.
    static func notNumeric(_ utf8: UnsafeRawBufferPointer) -> ItemError {
        let words = "The parameter cannot be converted to a numeric value"
        if utf8.isEmpty { return ItemError(words) }
        return ItemError("\(words): \(String(decoding: utf8, as: UTF8.self))")
    }

    static var tooManyDigits: ItemError {
        ItemError("Attempting to store more than 38 significant digits in a Number")
    }

    static var numberOverflow: ItemError {
        ItemError(
            "Number overflow. Attempting to store a number with magnitude larger than "
                + "supported range")
    }

    static var numberUnderflow: ItemError {
        ItemError(
            "Number underflow. Attempting to store a number with magnitude smaller than "
                + "supported range")
    }

    static var refusedName: ItemError {
        ItemError(
            "One or more parameter values were invalid: "
                + "Attribute names must have 1 to 65535 bytes")
    }

    static var nestedTooDeep: ItemError {
        ItemError(
            "Nesting Levels have exceeded supported limits: Attributes in the item have "
                + "nested levels beyond supported limit")
    }

    /// The service's own spelling, with the wrong article and the doubled space.
    static func emptySet(_ type: AttributeType) -> ItemError {
        let words =
            switch type {
            case .stringSet: "An string set  may not be empty"
            case .numberSet: "An number set  may not be empty"
            default: "Binary sets should not be empty"
            }
        return ItemError("One or more parameter values were invalid: \(words)")
    }

    /// The three wordings of the service for a set that holds a member twice.
    ///
    /// - Parameter members: every member in the order given; base64 for binary members.
    static func duplicates(_ type: AttributeType, members: [String]) -> ItemError {
        let list = members.joined(separator: ", ")
        let start = "One or more parameter values were invalid: Input collection"
        switch type {
        case .stringSet: return ItemError("\(start) [\(list)] contains duplicates.")
        case .numberSet: return ItemError("Input collection contains duplicates")
        default: return ItemError("\(start) [\(list)]of type BS contains duplicates.")
        }
    }
}
