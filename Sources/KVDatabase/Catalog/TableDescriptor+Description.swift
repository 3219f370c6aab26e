internal import StorageEngine

extension TableDescriptor {
    /// What DescribeTable tells, with counts and sizes as they are now.
    func description(_ status: TableStatus, _ engine: Engine) -> TableDescription {
        let request = definition.request
        let locals = request.localSecondaryIndexes.map { locals in
            zip(locals, indexes).map { describe($0, number: $1.number, engine) }
        }
        let globals = request.globalSecondaryIndexes.map { globals in
            zip(globals, indexes.dropFirst(request.localSecondaryIndexes?.count ?? 0))
                .map { describe($0, number: $1.number, status, engine) }
        }
        return TableDescription(
            attributeDefinitions: request.attributeDefinitions, tableName: name,
            keySchema: request.keySchema, tableStatus: status,
            creationDateTime: Double(definition.creationMilliseconds) / 1000,
            provisionedThroughput: ProvisionedThroughputDescription(
                request.provisionedThroughput),
            tableSizeBytes: Int(engine.counter(CounterID.sizeBytes(table: number))),
            itemCount: Int(engine.counter(CounterID.itemCount(table: number))), tableArn: arn,
            tableID: definition.tableID, billingMode: definition.billingMode,
            localSecondaryIndexes: locals, globalSecondaryIndexes: globals,
            streamSpecification: definition.hasStream ? request.streamSpecification : nil,
            latestStreamLabel: stream?.label,
            latestStreamArn: stream.map { "\(arn)/stream/\($0.label)" },
            tableClass: request.tableClass,
            deletionProtectionEnabled: request.deletionProtectionEnabled ?? false)
    }

    private func describe(
        _ index: LocalSecondaryIndex, number: UInt16, _ engine: Engine
    ) -> LocalSecondaryIndexDescription {
        LocalSecondaryIndexDescription(
            indexName: index.indexName, keySchema: index.keySchema, projection: index.projection,
            indexSizeBytes: sizeBytes(of: number, engine),
            itemCount: itemCount(of: number, engine),
            indexArn: "\(arn)/index/\(index.indexName)")
    }

    private func describe(
        _ index: GlobalSecondaryIndex, number: UInt16, _ status: TableStatus, _ engine: Engine
    ) -> GlobalSecondaryIndexDescription {
        GlobalSecondaryIndexDescription(
            indexName: index.indexName, keySchema: index.keySchema, projection: index.projection,
            indexSizeBytes: sizeBytes(of: number, engine),
            itemCount: itemCount(of: number, engine),
            indexArn: "\(arn)/index/\(index.indexName)", indexStatus: status,
            provisionedThroughput: ProvisionedThroughputDescription(
                index.provisionedThroughput))
    }

    private func sizeBytes(of index: UInt16, _ engine: Engine) -> Int {
        Int(engine.counter(CounterID.sizeBytes(table: number, index: index)))
    }

    private func itemCount(of index: UInt16, _ engine: Engine) -> Int {
        Int(engine.counter(CounterID.itemCount(table: number, index: index)))
    }
}

extension ProvisionedThroughputDescription {
    /// Zeros stand for on-demand capacity, as AWS tells it.
    init(_ throughput: ProvisionedThroughput?) {
        self.init(
            readCapacityUnits: throughput?.readCapacityUnits ?? 0,
            writeCapacityUnits: throughput?.writeCapacityUnits ?? 0)
    }
}
