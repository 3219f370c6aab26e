internal import ItemModel
internal import StorageEngine

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

// MARK: - Operation

extension Database {
    public func createTable(_ request: CreateTable.Request) async throws(DatabaseError)
        -> CreateTable.Response
    {
        try await answer { createTable(request, completion: $0) }
    }

    /// Answers through a callback, perhaps before it returns; see ``Completion``.
    public func createTable(
        _ request: CreateTable.Request, completion: @escaping Completion<CreateTable.Response>
    ) {
        runOnIOThread(.writing, completion) { (database, attempt) throws(OperationFault) in
            try database.perform(request, &attempt)
        }
    }

    private func perform(
        _ request: CreateTable.Request, _ attempt: inout Attempt
    ) throws(OperationFault) -> CreateTable.Response {
        // Validate.
        try request.validate()
        return try catalog.changes.withLock { () throws(OperationFault) in
            let name = request.tableName
            if catalog[name] != nil {
                throw .refused(
                    DatabaseError(code: .resourceInUse, message: "Table already exists: \(name)"))
            }

            // Decide.
            let number = catalog.nextTableNumber
            let definition = TableDefinition(
                number: number, request: request, tableID: randomUUID(),
                creationMilliseconds: WallClock.epochMilliseconds,
                streamNumber: request.streamSpecification?.streamEnabled == true ? 1 : nil)

            // Batch and commit: nobody may see the table before it can not be lost.
            let batch = WriteBatch()
            do throws(ItemError) {
                batch.put(
                    key: CatalogRow.table(name), value: try definition.encoded().bytes)
                batch.put(
                    key: CatalogRow.header,
                    value: try CatalogRow.headerValue(nextTableNumber: number + 1).bytes)
            } catch {
                throw OperationFault(error)
            }
            try lift { () throws(EngineError) in try engine.commit(batch) }
            let table = TableDescriptor(
                definition, region: options.region, accountID: options.accountID)
            catalog.add(table)
            return CreateTable.Response(tableDescription: table.description(.creating, engine))
        }
    }
}
