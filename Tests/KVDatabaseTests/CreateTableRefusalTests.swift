import KVDatabase
import Testing

/// What CreateTable refuses, in AWS's words.
@Suite struct CreateTableRefusalTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        let message: String
        let change: @Sendable (inout CreateTable.Request) -> Void
        var testDescription: String { message }

        init(_ message: String, _ change: @escaping @Sendable (inout CreateTable.Request) -> Void) {
            self.message = message
            self.change = change
        }

        /// A message in AWS's most common dress.
        static func invalid(
            _ message: String, _ change: @escaping @Sendable (inout CreateTable.Request) -> Void
        ) -> Refused {
            Refused("One or more parameter values were invalid: \(message)", change)
        }
    }

    static let names: [Refused] = ["ab", "with space", String(repeating: "x", count: 256)].map {
        name in
        Refused(
            "Invalid table/index name.  Table/index names must be between 3 and 255 characters "
                + "long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'"
        ) { $0.tableName = name }
    }

    static let throughput: [Refused] = [
        Refused("No provisioned throughput specified for the table") { $0.billingMode = nil },
        .invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
                + "PROVISIONED"
        ) { $0.billingMode = .provisioned },
        .invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode "
                + "is PAY_PER_REQUEST"
        ) { $0.provisionedThroughput = .init(readCapacityUnits: 1, writeCapacityUnits: 1) },
        Refused("Given value 0 for ReadCapacityUnits is out of bounds") {
            $0.billingMode = .provisioned
            $0.provisionedThroughput = .init(readCapacityUnits: 0, writeCapacityUnits: 1)
        },
        .invalid("ProvisionedThroughput is not specified for index: global") {
            $0.billingMode = .provisioned
            $0.provisionedThroughput = .init(readCapacityUnits: 1, writeCapacityUnits: 1)
        },
        .invalid(
            "ProvisionedThroughput should not be specified for index: global when BillingMode is "
                + "PAY_PER_REQUEST"
        ) {
            $0.globalSecondaryIndexes?[0].provisionedThroughput = .init(
                readCapacityUnits: 1, writeCapacityUnits: 1)
        },
    ]

    static let keys: [Refused] = [
        Refused("Invalid KeySchema: The first KeySchemaElement is not a HASH key type") {
            $0.keySchema[0].keyType = .range
        },
        Refused("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type") {
            $0.keySchema[1].keyType = .hash
        },
        Refused("Both the Hash Key and the Range Key element in the KeySchema have the same name") {
            $0.keySchema[1].attributeName = "pk"
        },
        .invalid("Attribute Name is duplicated: pk") {
            $0.attributeDefinitions[1].attributeName = "pk"
        },
        .invalid(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], "
                + "AttributeDefinitions: [pk, at, color]"
        ) { $0.attributeDefinitions.remove(at: 1) },
        .invalid(
            "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, at, color, "
                + "more], keys used: [pk, sk, at, color]"
        ) {
            $0.attributeDefinitions.append(
                .init(attributeName: "more", attributeType: .string))
        },
        Refused("Invalid KeySchema: Some index key attribute have no definition") {
            $0.localSecondaryIndexes = nil
            $0.globalSecondaryIndexes = nil
            $0.attributeDefinitions.removeLast(3)
        },
        .invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes "
                + "defined in AttributeDefinitions"
        ) {
            $0.localSecondaryIndexes = nil
            $0.globalSecondaryIndexes = nil
        },
    ]

    static let indexes: [Refused] = [
        .invalid("List of LocalSecondaryIndexes is empty") { $0.localSecondaryIndexes = [] },
        .invalid("List of GlobalSecondaryIndexes is empty") { $0.globalSecondaryIndexes = [] },
        .invalid(
            "Table KeySchema does not have a range key, which is required when specifying a "
                + "LocalSecondaryIndex"
        ) { $0.keySchema.removeLast() },
        .invalid("Index KeySchema does not have a range key for index: local") {
            $0.localSecondaryIndexes?[0].keySchema.removeLast()
        },
        .invalid(
            "Index KeySchema does not have the same leading hash key as table KeySchema for "
                + "index: local. index hash key: color, table hash key: pk"
        ) { $0.localSecondaryIndexes?[0].keySchema[0].attributeName = "color" },
        .invalid("Duplicate index name: local") {
            $0.globalSecondaryIndexes?[0].indexName = "local"
        },
        .invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5") { request in
            request.localSecondaryIndexes = (0..<6).map { .index("local\($0)", "pk", "at") }
        },
        .invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20") { request in
            request.globalSecondaryIndexes = (0..<21).map { .index("global\($0)", "color") }
        },
        .invalid("Unknown ProjectionType: null") {
            $0.globalSecondaryIndexes?[0].projection = .init()
        },
        .invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified") {
            $0.globalSecondaryIndexes?[0].projection = .init(projectionType: .include)
        },
        .invalid("ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified") {
            $0.globalSecondaryIndexes?[0].projection = .init(
                projectionType: .keysOnly, nonKeyAttributes: ["a"])
        },
        .invalid("ProjectionType is ALL, but NonKeyAttributes is specified") {
            $0.localSecondaryIndexes?[0].projection = .init(
                projectionType: .all, nonKeyAttributes: ["a"])
        },
        .invalid("Total count of NonKeyAttributes exceeds per-table limit of 100") { request in
            request.globalSecondaryIndexes = (0..<6).map { index in
                .index(
                    "global\(index)", "color", projection: .include,
                    including: (0..<17).map { "name\($0)" })
            }
        },
    ]

    static let options: [Refused] = [
        .invalid("Table is being created with a stream enabled, UpdateViewType is required") {
            $0.streamSpecification = .init(streamEnabled: true)
        },
        .invalid(
            "Table is being created with a stream disabled, UpdateViewType should not be specified"
        ) { $0.streamSpecification = .init(streamEnabled: false, streamViewType: .newImage) },
        .invalid("SSEType can not be specified if Enabled is false") {
            $0.sseSpecification = .init(enabled: false, sseType: "KMS")
        },
        Refused("Number of Tags exceed the current limit for the provided ResourceArn") { request in
            request.tags = (0..<51).map { Tag(key: "\($0)", value: "") }
        },
        Refused("Duplicate Tag Keys provided as input: Duplicate Tag Key found a") {
            $0.tags = [Tag(key: "a", value: "1"), Tag(key: "a", value: "2")]
        },
    ]

    @Test(arguments: names + throughput + keys + indexes + options)
    func createRefuses(_ refused: Refused) async throws {
        let test = try await TestDatabase()
        var request = CreateTable.Request.table(
            "orders", ("pk", .string), ("sk", .string),
            more: [("at", .number), ("color", .string)], local: [.index("local", "pk", "at")],
            global: [.index("global", "color")])
        refused.change(&request)
        let changed = request
        let error = await refusal { _ = try await test.database.createTable(changed) }
        #expect(error?.code == .validation)
        #expect(error?.message == refused.message)
        #expect(try await test.database.listTables(.init()).tableNames.isEmpty)
    }
}
