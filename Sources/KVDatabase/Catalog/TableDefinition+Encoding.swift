internal import ItemModel

/// ## Format
/// A table's catalog row is an item with CreateTable's own names and shapes, and besides
/// `TableNumber` N, `TableId` S, `CreationMilliseconds` N and, with a stream, `StreamNumber` N.
extension TableDefinition {
    func encoded() throws(ItemError) -> EncodedItem {
        var item = Item()
        item["TableNumber"] = .integer(Int(number))
        item["TableId"] = .string(tableID)
        item["CreationMilliseconds"] = .integer(creationMilliseconds)
        item["StreamNumber"] = streamNumber.map { .integer(Int($0)) }
        item["TableName"] = .string(request.tableName)
        item["AttributeDefinitions"] = .list(
            request.attributeDefinitions.map { definition in
                .map([
                    "AttributeName": .string(definition.attributeName),
                    "AttributeType": .string(definition.attributeType.rawValue),
                ])
            })
        item["KeySchema"] = .keySchema(request.keySchema)
        item["LocalSecondaryIndexes"] = request.localSecondaryIndexes.map { indexes in
            .list(indexes.map { .index($0.indexName, $0.keySchema, $0.projection, nil) })
        }
        item["GlobalSecondaryIndexes"] = request.globalSecondaryIndexes.map { indexes in
            .list(
                indexes.map {
                    .index($0.indexName, $0.keySchema, $0.projection, $0.provisionedThroughput)
                })
        }
        item["BillingMode"] = (request.billingMode?.rawValue).map { .string($0) }
        item["ProvisionedThroughput"] = request.provisionedThroughput.map { .throughput($0) }
        item["StreamSpecification"] = request.streamSpecification.map { stream in
            var map: Item = ["StreamEnabled": .bool(stream.streamEnabled)]
            map["StreamViewType"] = (stream.streamViewType?.rawValue).map { .string($0) }
            return .map(map)
        }
        item["SSESpecification"] = request.sseSpecification.map { encryption in
            var map = Item()
            map["Enabled"] = encryption.enabled.map { .bool($0) }
            map["SSEType"] = encryption.sseType.map { .string($0) }
            map["KMSMasterKeyId"] = encryption.kmsMasterKeyID.map { .string($0) }
            return .map(map)
        }
        item["Tags"] = request.tags.map { tags in
            .list(tags.map { .map(["Key": .string($0.key), "Value": .string($0.value)]) })
        }
        item["TableClass"] = (request.tableClass?.rawValue).map { .string($0) }
        item["DeletionProtectionEnabled"] = request.deletionProtectionEnabled.map { .bool($0) }
        return try EncodedItem(item)
    }

    /// nil if the item is no catalog row of this version.
    init?(_ item: Item) {
        guard let number = (item["TableNumber"]?.integer).flatMap({ UInt32(exactly: $0) }),
            let tableID = item["TableId"]?.text,
            let creation = item["CreationMilliseconds"]?.integer,
            let name = item["TableName"]?.text,
            let definitions = item["AttributeDefinitions"]?.elements,
            let keySchema = item["KeySchema"]?.asKeySchema, !keySchema.isEmpty
        else { return nil }
        var request = CreateTable.Request(
            tableName: name,
            attributeDefinitions: definitions.compactMap { definition in
                guard let name = definition["AttributeName"]?.text,
                    let type = definition["AttributeType"]?.text
                else { return nil }
                return ScalarAttributeType(rawValue: type).map {
                    AttributeDefinition(attributeName: name, attributeType: $0)
                }
            },
            keySchema: keySchema)
        request.localSecondaryIndexes = item["LocalSecondaryIndexes"]?.elements?.compactMap {
            $0.asIndex.map {
                LocalSecondaryIndex(
                    indexName: $0.name, keySchema: $0.keySchema, projection: $0.projection)
            }
        }
        request.globalSecondaryIndexes = item["GlobalSecondaryIndexes"]?.elements?.compactMap {
            $0.asIndex.map {
                GlobalSecondaryIndex(
                    indexName: $0.name, keySchema: $0.keySchema, projection: $0.projection,
                    provisionedThroughput: $0.throughput)
            }
        }
        // An element that could not be read must not be left out in silence.
        guard request.attributeDefinitions.count == definitions.count,
            request.localSecondaryIndexes?.count
                == item["LocalSecondaryIndexes"]?.elements?.count,
            request.globalSecondaryIndexes?.count
                == item["GlobalSecondaryIndexes"]?.elements?.count
        else { return nil }
        request.readOptions(of: item)
        self.init(
            number: number, request: request, tableID: tableID, creationMilliseconds: creation,
            streamNumber: (item["StreamNumber"]?.integer).flatMap { UInt32(exactly: $0) })
    }
}

extension CreateTable.Request {
    fileprivate mutating func readOptions(of item: Item) {
        billingMode = (item["BillingMode"]?.text).flatMap { BillingMode(rawValue: $0) }
        provisionedThroughput = item["ProvisionedThroughput"]?.asThroughput
        streamSpecification = item["StreamSpecification"].map { stream in
            StreamSpecification(
                streamEnabled: stream["StreamEnabled"]?.truth ?? false,
                streamViewType: (stream["StreamViewType"]?.text)
                    .flatMap { StreamViewType(rawValue: $0) })
        }
        sseSpecification = item["SSESpecification"].map { encryption in
            SSESpecification(
                enabled: encryption["Enabled"]?.truth, sseType: encryption["SSEType"]?.text,
                kmsMasterKeyID: encryption["KMSMasterKeyId"]?.text)
        }
        tags = item["Tags"]?.elements?.map { tag in
            Tag(key: tag["Key"]?.text ?? "", value: tag["Value"]?.text ?? "")
        }
        tableClass = (item["TableClass"]?.text).flatMap { TableClass(rawValue: $0) }
        deletionProtectionEnabled = item["DeletionProtectionEnabled"]?.truth
    }
}

extension AttributeValue {
    static func integer(_ value: Int) -> AttributeValue {
        .number(DecimalNumber(value))
    }

    fileprivate static func keySchema(_ schema: [KeySchemaElement]) -> AttributeValue {
        .list(
            schema.map { element in
                .map([
                    "AttributeName": .string(element.attributeName),
                    "KeyType": .string(element.keyType.rawValue),
                ])
            })
    }

    fileprivate static func throughput(_ throughput: ProvisionedThroughput) -> AttributeValue {
        .map([
            "ReadCapacityUnits": .integer(throughput.readCapacityUnits),
            "WriteCapacityUnits": .integer(throughput.writeCapacityUnits),
        ])
    }

    fileprivate static func index(
        _ name: String, _ keySchema: [KeySchemaElement], _ projection: Projection,
        _ throughput: ProvisionedThroughput?
    ) -> AttributeValue {
        var map: Item = ["IndexName": .string(name), "KeySchema": .keySchema(keySchema)]
        map["ProjectionType"] = (projection.projectionType?.rawValue).map { .string($0) }
        map["NonKeyAttributes"] = projection.nonKeyAttributes.map { names in
            .list(names.map { .string($0) })
        }
        map["ProvisionedThroughput"] = throughput.map { .throughput($0) }
        return .map(map)
    }

    var integer: Int? {
        guard case .number(let number) = self else { return nil }
        return Int(number.description)
    }

    fileprivate var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    fileprivate var truth: Bool? {
        guard case .bool(let truth) = self else { return nil }
        return truth
    }

    fileprivate var elements: [AttributeValue]? {
        guard case .list(let elements) = self else { return nil }
        return elements
    }

    fileprivate subscript(name: String) -> AttributeValue? {
        guard case .map(let map) = self else { return nil }
        return map[name]
    }

    fileprivate var asKeySchema: [KeySchemaElement]? {
        elements?.compactMap { element in
            guard let name = element["AttributeName"]?.text, let type = element["KeyType"]?.text
            else { return nil }
            return KeyType(rawValue: type).map {
                KeySchemaElement(attributeName: name, keyType: $0)
            }
        }
    }

    fileprivate var asThroughput: ProvisionedThroughput? {
        guard let read = self["ReadCapacityUnits"]?.integer,
            let write = self["WriteCapacityUnits"]?.integer
        else { return nil }
        return ProvisionedThroughput(readCapacityUnits: read, writeCapacityUnits: write)
    }

    fileprivate typealias Index = (
        name: String, keySchema: [KeySchemaElement], projection: Projection,
        throughput: ProvisionedThroughput?
    )

    fileprivate var asIndex: Index? {
        guard let name = self["IndexName"]?.text, let keySchema = self["KeySchema"]?.asKeySchema,
            !keySchema.isEmpty
        else { return nil }
        let projection = Projection(
            projectionType: (self["ProjectionType"]?.text)
                .flatMap { ProjectionType(rawValue: $0) },
            nonKeyAttributes: self["NonKeyAttributes"]?.elements?.compactMap(\.text))
        return (name, keySchema, projection, self["ProvisionedThroughput"]?.asThroughput)
    }
}
