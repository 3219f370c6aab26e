/// The types a key attribute can have.
public enum ScalarAttributeType: String, Sendable, Hashable, CaseIterable {
    case string = "S"
    case number = "N"
    case binary = "B"
}

/// The part an attribute plays in a key.
public enum KeyType: String, Sendable, Hashable, CaseIterable {
    case hash = "HASH"
    case range = "RANGE"
}

/// The type of an attribute that some key schema names.
public struct AttributeDefinition: Sendable, Hashable {
    /// 1 to 255 bytes.
    public var attributeName: String
    public var attributeType: ScalarAttributeType

    public init(
        attributeName: String,
        attributeType: ScalarAttributeType
    ) {
        self.attributeName = attributeName
        self.attributeType = attributeType
    }
}

/// One attribute of a key.
public struct KeySchemaElement: Sendable, Hashable {
    public var attributeName: String
    public var keyType: KeyType

    public init(
        attributeName: String,
        keyType: KeyType
    ) {
        self.attributeName = attributeName
        self.keyType = keyType
    }
}
