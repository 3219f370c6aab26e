/// Creates an empty table with its secondary indexes; it can be used at once.
///
/// See <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>.
public enum CreateTable {
    /// What CreateTable is asked.
    public struct Request: Sendable, Hashable {
        public var tableName: String
        /// Exactly the attributes that key schemas name.
        public var attributeDefinitions: [AttributeDefinition]
        /// HASH first, then RANGE if the key is composite.
        public var keySchema: [KeySchemaElement]
        /// At most 5.
        public var localSecondaryIndexes: [LocalSecondaryIndex]?
        /// At most 20.
        public var globalSecondaryIndexes: [GlobalSecondaryIndex]?
        /// PROVISIONED if nil.
        public var billingMode: BillingMode?
        /// Kept and told, never enforced.
        public var provisionedThroughput: ProvisionedThroughput?
        public var streamSpecification: StreamSpecification?
        /// Accepted and not acted upon.
        public var sseSpecification: SSESpecification?
        /// At most 50.
        public var tags: [Tag]?
        public var tableClass: TableClass?
        public var deletionProtectionEnabled: Bool?

        public init(
            tableName: String,
            attributeDefinitions: [AttributeDefinition],
            keySchema: [KeySchemaElement],
            localSecondaryIndexes: [LocalSecondaryIndex]? = nil,
            globalSecondaryIndexes: [GlobalSecondaryIndex]? = nil,
            billingMode: BillingMode? = nil,
            provisionedThroughput: ProvisionedThroughput? = nil,
            streamSpecification: StreamSpecification? = nil,
            sseSpecification: SSESpecification? = nil,
            tags: [Tag]? = nil,
            tableClass: TableClass? = nil,
            deletionProtectionEnabled: Bool? = nil
        ) {
            self.tableName = tableName
            self.attributeDefinitions = attributeDefinitions
            self.keySchema = keySchema
            self.localSecondaryIndexes = localSecondaryIndexes
            self.globalSecondaryIndexes = globalSecondaryIndexes
            self.billingMode = billingMode
            self.provisionedThroughput = provisionedThroughput
            self.streamSpecification = streamSpecification
            self.sseSpecification = sseSpecification
            self.tags = tags
            self.tableClass = tableClass
            self.deletionProtectionEnabled = deletionProtectionEnabled
        }
    }

    /// What CreateTable answers.
    public struct Response: Sendable, Hashable {
        /// `tableStatus` is CREATING, as AWS answers; DescribeTable says ACTIVE right after.
        public var tableDescription: TableDescription

        public init(
            tableDescription: TableDescription
        ) {
            self.tableDescription = tableDescription
        }
    }
}
