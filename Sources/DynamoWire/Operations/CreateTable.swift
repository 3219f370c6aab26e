package import KVDatabase

extension CreateTable {
    enum Member: Int, RequestMember {
        case attributeDefinitions, tableName, provisionedThroughput, keySchema
        case localSecondaryIndexes, globalSecondaryIndexes, billingMode, streamSpecification
        case tags, tableClass

        static let required: [Member] = [.attributeDefinitions, .keySchema]
    }

    /// Reads the body of a CreateTable request, which is lent for the call.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    package static func decode(
        _ body: UnsafeRawBufferPointer, with decoder: inout WireDecoder
    ) throws(WireError) -> Request {
        var reader = TableReader()
        var tableName: String?
        var attributeDefinitions: [AttributeDefinition]?
        var keySchema: [KeySchemaElement]?
        var localSecondaryIndexes: [LocalSecondaryIndex]?
        var globalSecondaryIndexes: [GlobalSecondaryIndex]?
        var billingMode: BillingMode?
        var provisionedThroughput: ProvisionedThroughput?
        var streamSpecification: StreamSpecification?
        var sseSpecification: SSESpecification?
        var tags: [Tag]?
        var tableClass: TableClass?
        var deletionProtectionEnabled: Bool?

        var json = try decoder.begin(body)
        while let name = try json.nextMember() {
            switch name {
            case "TableName":
                tableName = try reader.members.controlledTableName(&json, .tableName)
            case "AttributeDefinitions":
                attributeDefinitions = try reader.attributeDefinitions(&json)
            case "KeySchema":
                keySchema = try reader.keySchema(&json, at: "keySchema", .keySchema)
            case "LocalSecondaryIndexes":
                localSecondaryIndexes = try reader.localIndexes(&json, with: decoder)
            case "GlobalSecondaryIndexes":
                globalSecondaryIndexes = try reader.globalIndexes(&json, with: decoder)
            case "BillingMode":
                billingMode = try reader.members.enumeration(&json, .billingMode)
            case "ProvisionedThroughput":
                provisionedThroughput = try reader.throughput(
                    &json, at: "provisionedThroughput", .provisionedThroughput)
            case "StreamSpecification": streamSpecification = try reader.stream(&json)
            case "SSESpecification": sseSpecification = try reader.encryption(&json)
            case "Tags": tags = try reader.tags(&json)
            case "TableClass": tableClass = try reader.members.enumeration(&json, .tableClass)
            case "DeletionProtectionEnabled": deletionProtectionEnabled = try json.optionalBool()
            case "OnDemandThroughput", "WarmThroughput":
                try reader.members.refuse(name, &json, because: "kvd does not limit throughput")
            case "ResourcePolicy":
                try reader.members.refuse(name, &json, because: "kvd has no access policies")
            case "GlobalTableSourceArn", "GlobalTableSettingsReplicationMode":
                try reader.members.refuse(name, &json, because: "kvd has no global tables")
            default: try json.skipValue()
            }
        }
        // DynamoDB asks for the name before it looks at anything else of this request.
        try json.finish()
        guard let tableName else { throw .missingTableName }
        try decoder.finish(&json, reader.members)
        guard let attributeDefinitions else { throw reader.members.missing(.attributeDefinitions) }
        guard let keySchema else { throw reader.members.missing(.keySchema) }
        return Request(
            tableName: tableName, attributeDefinitions: attributeDefinitions, keySchema: keySchema,
            localSecondaryIndexes: localSecondaryIndexes,
            globalSecondaryIndexes: globalSecondaryIndexes, billingMode: billingMode,
            provisionedThroughput: provisionedThroughput,
            streamSpecification: streamSpecification, sseSpecification: sseSpecification,
            tags: tags, tableClass: tableClass,
            deletionProtectionEnabled: deletionProtectionEnabled)
    }

    package static func encode(_ response: Response, into json: JSONWriter) {
        json.beginObject()
        json.name("TableDescription")
        json.table(response.tableDescription)
        json.endObject()
    }
}
