import KVDatabase

/// Descriptions of tables.
extension JSONWriter {
    func table(_ table: TableDescription) {
        beginObject()
        name("AttributeDefinitions")
        beginArray()
        for definition in table.attributeDefinitions {
            beginObject()
            name("AttributeName")
            string(definition.attributeName)
            name("AttributeType")
            string(definition.attributeType.rawValue)
            endObject()
        }
        endArray()
        name("TableName")
        string(table.tableName)
        keySchema(table.keySchema)
        name("TableStatus")
        string(table.tableStatus.rawValue)
        name("CreationDateTime")
        double(table.creationDateTime)
        name("ProvisionedThroughput")
        throughput(table.provisionedThroughput)
        name("TableSizeBytes")
        integer(table.tableSizeBytes)
        name("ItemCount")
        integer(table.itemCount)
        name("TableArn")
        string(table.tableArn)
        name("TableId")
        string(table.tableID)
        if table.billingMode == .payPerRequest {
            name("BillingModeSummary")
            beginObject()
            name("BillingMode")
            string(table.billingMode.rawValue)
            name("LastUpdateToPayPerRequestDateTime")
            double(table.creationDateTime)
            endObject()
        }
        indexes(of: table)
        stream(of: table)
        if let tableClass = table.tableClass {
            name("TableClassSummary")
            beginObject()
            name("TableClass")
            string(tableClass.rawValue)
            endObject()
        }
        name("DeletionProtectionEnabled")
        bool(table.deletionProtectionEnabled)
        endObject()
    }

    private func indexes(of table: TableDescription) {
        if let indexes = table.localSecondaryIndexes {
            name("LocalSecondaryIndexes")
            beginArray()
            for index in indexes {
                beginObject()
                self.index(
                    index.indexName, index.keySchema, index.projection,
                    sizeBytes: index.indexSizeBytes, itemCount: index.itemCount, index.indexArn)
                endObject()
            }
            endArray()
        }
        guard let indexes = table.globalSecondaryIndexes else { return }
        name("GlobalSecondaryIndexes")
        beginArray()
        for index in indexes {
            beginObject()
            self.index(
                index.indexName, index.keySchema, index.projection,
                sizeBytes: index.indexSizeBytes, itemCount: index.itemCount, index.indexArn)
            name("IndexStatus")
            string(index.indexStatus.rawValue)
            if let provisioned = index.provisionedThroughput {
                name("ProvisionedThroughput")
                throughput(provisioned)
            }
            endObject()
        }
        endArray()
    }

    private func index(
        _ indexName: String, _ schema: [KeySchemaElement], _ projection: Projection,
        sizeBytes: Int, itemCount: Int, _ arn: String
    ) {
        name("IndexName")
        string(indexName)
        keySchema(schema)
        name("Projection")
        beginObject()
        if let type = projection.projectionType {
            name("ProjectionType")
            string(type.rawValue)
        }
        if let attributes = projection.nonKeyAttributes {
            name("NonKeyAttributes")
            beginArray()
            for attribute in attributes { string(attribute) }
            endArray()
        }
        endObject()
        name("IndexSizeBytes")
        integer(sizeBytes)
        name("ItemCount")
        integer(itemCount)
        name("IndexArn")
        string(arn)
    }

    private func stream(of table: TableDescription) {
        if let specification = table.streamSpecification {
            name("StreamSpecification")
            beginObject()
            name("StreamEnabled")
            bool(specification.streamEnabled)
            if let viewType = specification.streamViewType {
                name("StreamViewType")
                string(viewType.rawValue)
            }
            endObject()
        }
        if let label = table.latestStreamLabel {
            name("LatestStreamLabel")
            string(label)
        }
        if let arn = table.latestStreamArn {
            name("LatestStreamArn")
            string(arn)
        }
    }

    private func keySchema(_ schema: [KeySchemaElement]) {
        name("KeySchema")
        beginArray()
        for element in schema {
            beginObject()
            name("AttributeName")
            string(element.attributeName)
            name("KeyType")
            string(element.keyType.rawValue)
            endObject()
        }
        endArray()
    }

    private func throughput(_ throughput: ProvisionedThroughputDescription) {
        beginObject()
        name("NumberOfDecreasesToday")
        integer(throughput.numberOfDecreasesToday)
        name("ReadCapacityUnits")
        integer(throughput.readCapacityUnits)
        name("WriteCapacityUnits")
        integer(throughput.writeCapacityUnits)
        endObject()
    }
}
