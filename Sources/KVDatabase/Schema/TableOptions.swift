/// How AWS would charge; kvd keeps and tells it.
public enum BillingMode: String, Sendable, Hashable, CaseIterable {
    case provisioned = "PROVISIONED"
    case payPerRequest = "PAY_PER_REQUEST"
}

/// Capacity units per second; kvd keeps and tells them, and never throttles.
public struct ProvisionedThroughput: Sendable, Hashable {
    public var readCapacityUnits: Int
    public var writeCapacityUnits: Int

    public init(
        readCapacityUnits: Int,
        writeCapacityUnits: Int
    ) {
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
    }
}

/// What a stream record holds of the changed item.
public enum StreamViewType: String, Sendable, Hashable, CaseIterable {
    case keysOnly = "KEYS_ONLY"
    case newImage = "NEW_IMAGE"
    case oldImage = "OLD_IMAGE"
    case newAndOldImages = "NEW_AND_OLD_IMAGES"
}

/// Whether changes are recorded, and how much of them.
public struct StreamSpecification: Sendable, Hashable {
    public var streamEnabled: Bool
    /// Required if enabled.
    public var streamViewType: StreamViewType?

    public init(
        streamEnabled: Bool,
        streamViewType: StreamViewType? = nil
    ) {
        self.streamEnabled = streamEnabled
        self.streamViewType = streamViewType
    }
}

/// A label of a table.
public struct Tag: Sendable, Hashable {
    /// 1 to 128 characters.
    public var key: String
    /// 0 to 256 characters.
    public var value: String

    public init(
        key: String,
        value: String
    ) {
        self.key = key
        self.value = value
    }
}

/// Encryption at rest: accepted and not acted upon.
public struct SSESpecification: Sendable, Hashable {
    public var enabled: Bool?
    public var sseType: String?
    public var kmsMasterKeyID: String?

    public init(
        enabled: Bool? = nil,
        sseType: String? = nil,
        kmsMasterKeyID: String? = nil
    ) {
        self.enabled = enabled
        self.sseType = sseType
        self.kmsMasterKeyID = kmsMasterKeyID
    }
}

/// A storage class; kvd keeps and tells it.
public enum TableClass: String, Sendable, Hashable, CaseIterable {
    case standard = "STANDARD"
    case standardInfrequentAccess = "STANDARD_INFREQUENT_ACCESS"
}
