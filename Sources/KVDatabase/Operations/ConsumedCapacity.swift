public import ItemModel

/// Capacity units of a table or an index.
public struct Capacity: Sendable, Hashable {
    public var capacityUnits: Double
    public var readCapacityUnits: Double?
    public var writeCapacityUnits: Double?

    public init(
        capacityUnits: Double,
        readCapacityUnits: Double? = nil,
        writeCapacityUnits: Double? = nil
    ) {
        self.capacityUnits = capacityUnits
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
    }
}

/// What an operation consumed of a table, as AWS would count it.
public struct ConsumedCapacity: Sendable, Hashable {
    public var tableName: String
    /// The sum over table and indexes.
    public var capacityUnits: Double
    public var readCapacityUnits: Double?
    public var writeCapacityUnits: Double?
    /// With INDEXES only.
    public var table: Capacity?
    /// With INDEXES only.
    public var localSecondaryIndexes: [String: Capacity]?
    /// With INDEXES only.
    public var globalSecondaryIndexes: [String: Capacity]?

    public init(
        tableName: String,
        capacityUnits: Double,
        readCapacityUnits: Double? = nil,
        writeCapacityUnits: Double? = nil,
        table: Capacity? = nil,
        localSecondaryIndexes: [String: Capacity]? = nil,
        globalSecondaryIndexes: [String: Capacity]? = nil
    ) {
        self.tableName = tableName
        self.capacityUnits = capacityUnits
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
        self.table = table
        self.localSecondaryIndexes = localSecondaryIndexes
        self.globalSecondaryIndexes = globalSecondaryIndexes
    }
}

/// How big the items of one partition key are together, indexes included.
public struct ItemCollectionMetrics: Sendable, Hashable {
    /// The partition key.
    public var itemCollectionKey: EncodedItem
    /// A lower and an upper bound, in gigabytes.
    public var sizeEstimateRangeGB: [Double]

    public init(
        itemCollectionKey: EncodedItem,
        sizeEstimateRangeGB: [Double]
    ) {
        self.itemCollectionKey = itemCollectionKey
        self.sizeEstimateRangeGB = sizeEstimateRangeGB
    }
}
