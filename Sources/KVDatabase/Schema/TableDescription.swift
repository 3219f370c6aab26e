/// Where a table or index is in its life.
public enum TableStatus: String, Sendable, Hashable, CaseIterable {
    case creating = "CREATING"
    case active = "ACTIVE"
    case deleting = "DELETING"
    case updating = "UPDATING"
}

/// What DescribeTable, CreateTable and DeleteTable tell of a table.
public struct TableDescription: Sendable, Hashable {
    public var attributeDefinitions: [AttributeDefinition]
    public var tableName: String
    public var keySchema: [KeySchemaElement]
    public var tableStatus: TableStatus
    /// Seconds since 1970.
    public var creationDateTime: Double
    /// Zeros with PAY_PER_REQUEST.
    public var provisionedThroughput: ProvisionedThroughputDescription
    /// Exact sum of item sizes.
    public var tableSizeBytes: Int
    /// Exact.
    public var itemCount: Int
    public var tableArn: String
    /// A random UUID.
    public var tableID: String
    public var billingMode: BillingMode
    public var localSecondaryIndexes: [LocalSecondaryIndexDescription]?
    public var globalSecondaryIndexes: [GlobalSecondaryIndexDescription]?
    public var streamSpecification: StreamSpecification?
    public var latestStreamLabel: String?
    public var latestStreamArn: String?
    public var tableClass: TableClass?
    public var deletionProtectionEnabled: Bool

    public init(
        attributeDefinitions: [AttributeDefinition],
        tableName: String,
        keySchema: [KeySchemaElement],
        tableStatus: TableStatus,
        creationDateTime: Double,
        provisionedThroughput: ProvisionedThroughputDescription,
        tableSizeBytes: Int,
        itemCount: Int,
        tableArn: String,
        tableID: String,
        billingMode: BillingMode,
        localSecondaryIndexes: [LocalSecondaryIndexDescription]? = nil,
        globalSecondaryIndexes: [GlobalSecondaryIndexDescription]? = nil,
        streamSpecification: StreamSpecification? = nil,
        latestStreamLabel: String? = nil,
        latestStreamArn: String? = nil,
        tableClass: TableClass? = nil,
        deletionProtectionEnabled: Bool = false
    ) {
        self.attributeDefinitions = attributeDefinitions
        self.tableName = tableName
        self.keySchema = keySchema
        self.tableStatus = tableStatus
        self.creationDateTime = creationDateTime
        self.provisionedThroughput = provisionedThroughput
        self.tableSizeBytes = tableSizeBytes
        self.itemCount = itemCount
        self.tableArn = tableArn
        self.tableID = tableID
        self.billingMode = billingMode
        self.localSecondaryIndexes = localSecondaryIndexes
        self.globalSecondaryIndexes = globalSecondaryIndexes
        self.streamSpecification = streamSpecification
        self.latestStreamLabel = latestStreamLabel
        self.latestStreamArn = latestStreamArn
        self.tableClass = tableClass
        self.deletionProtectionEnabled = deletionProtectionEnabled
    }
}

/// Capacity units as AWS tells them.
public struct ProvisionedThroughputDescription: Sendable, Hashable {
    public var readCapacityUnits: Int
    public var writeCapacityUnits: Int
    public var numberOfDecreasesToday: Int

    public init(
        readCapacityUnits: Int,
        writeCapacityUnits: Int,
        numberOfDecreasesToday: Int = 0
    ) {
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
        self.numberOfDecreasesToday = numberOfDecreasesToday
    }
}

/// A local secondary index as AWS tells it.
public struct LocalSecondaryIndexDescription: Sendable, Hashable {
    public var indexName: String
    public var keySchema: [KeySchemaElement]
    public var projection: Projection
    /// Exact sum of the sizes of the index's rows.
    public var indexSizeBytes: Int
    /// Exact.
    public var itemCount: Int
    public var indexArn: String

    public init(
        indexName: String,
        keySchema: [KeySchemaElement],
        projection: Projection,
        indexSizeBytes: Int,
        itemCount: Int,
        indexArn: String
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
        self.indexSizeBytes = indexSizeBytes
        self.itemCount = itemCount
        self.indexArn = indexArn
    }
}

/// A global secondary index as AWS tells it.
public struct GlobalSecondaryIndexDescription: Sendable, Hashable {
    public var indexName: String
    public var keySchema: [KeySchemaElement]
    public var projection: Projection
    /// Exact sum of the sizes of the index's rows.
    public var indexSizeBytes: Int
    /// Exact.
    public var itemCount: Int
    public var indexArn: String
    public var indexStatus: TableStatus
    public var provisionedThroughput: ProvisionedThroughputDescription?

    public init(
        indexName: String,
        keySchema: [KeySchemaElement],
        projection: Projection,
        indexSizeBytes: Int,
        itemCount: Int,
        indexArn: String,
        indexStatus: TableStatus,
        provisionedThroughput: ProvisionedThroughputDescription? = nil
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
        self.indexSizeBytes = indexSizeBytes
        self.itemCount = itemCount
        self.indexArn = indexArn
        self.indexStatus = indexStatus
        self.provisionedThroughput = provisionedThroughput
    }
}
