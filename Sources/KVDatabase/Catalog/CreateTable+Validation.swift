extension CreateTable.Request {
    /// Checks everything that does not depend on other tables, in AWS's order where it is known:
    /// names, throughput, the table's key, the indexes, unused definitions, stream, tags.
    func validate() throws(OperationFault) {
        try checkName(tableName)
        try checkThroughput()
        try checkKeyShape(keySchema)
        try checkDefinitions()
        try checkLocalIndexes()
        try checkGlobalIndexes()
        try checkIndexNames()
        try checkProjections()
        try checkUnusedDefinitions()
        try checkStream()
        try checkEncryption()
        try checkTags()
    }

    private func checkName(_ name: String) throws(OperationFault) {
        let isValid =
            Limits.tableNameLengths.contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
        if !isValid {
            throw .validation(
                "Invalid table/index name.  Table/index names must be between 3 and 255 "
                    + "characters long, and may contain only the characters a-z, A-Z, 0-9, '_', "
                    + "'-', and '.'")
        }
    }

    // MARK: Throughput

    private func checkThroughput() throws(OperationFault) {
        switch billingMode {
        case .payPerRequest:
            if provisionedThroughput != nil {
                throw .invalidParameter(
                    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                        + "BillingMode is PAY_PER_REQUEST")
            }
        case .provisioned:
            if provisionedThroughput == nil {
                throw .invalidParameter(
                    "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                        + "BillingMode is PROVISIONED")
            }
        case nil:
            if provisionedThroughput == nil {
                throw .validation("No provisioned throughput specified for the table")
            }
        }
        try checkUnits(provisionedThroughput)
    }

    private func checkUnits(_ throughput: ProvisionedThroughput?) throws(OperationFault) {
        guard let throughput else { return }
        let units = [
            ("ReadCapacityUnits", throughput.readCapacityUnits),
            ("WriteCapacityUnits", throughput.writeCapacityUnits),
        ]
        for (name, value) in units where !(1...1_000_000_000_000).contains(value) {
            throw .validation("Given value \(value) for \(name) is out of bounds")
        }
    }

    // MARK: Keys and definitions

    private var hasIndexes: Bool { localSecondaryIndexes != nil || globalSecondaryIndexes != nil }

    private func checkKeyShape(_ schema: [KeySchemaElement]) throws(OperationFault) {
        guard (1...2).contains(schema.count) else {
            throw .invalidParameter("A KeySchema must have one or two elements")
        }
        if schema[0].keyType != .hash {
            throw .validation(
                "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
        }
        guard schema.count == 2 else { return }
        if schema[1].keyType != .range {
            throw .validation(
                "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
        }
        if schema[0].attributeName == schema[1].attributeName {
            throw .validation(
                "Both the Hash Key and the Range Key element in the KeySchema have the same name")
        }
    }

    private func checkDefinitions() throws(OperationFault) {
        var names: Set<String> = []
        for definition in attributeDefinitions {
            let name = definition.attributeName
            guard (1...Limits.attributeNameSizeBytes).contains(name.utf8.count) else {
                throw .invalidParameter(
                    "An attribute name must be between 1 and \(Limits.attributeNameSizeBytes) "
                        + "bytes long")
            }
            if !names.insert(name).inserted {
                throw .invalidParameter("Attribute Name is duplicated: \(name)")
            }
        }
        if !hasIndexes {
            if attributeDefinitions.count < keySchema.count {
                throw .validation(
                    "Invalid KeySchema: Some index key attribute have no definition")
            }
            if attributeDefinitions.count > keySchema.count {
                throw .invalidParameter(
                    "Number of attributes in KeySchema does not exactly match number of "
                        + "attributes defined in AttributeDefinitions")
            }
        }
        try requireDefined(keySchema)
    }

    private func requireDefined(_ schema: [KeySchemaElement]) throws(OperationFault) {
        let defined = attributeDefinitions.map(\.attributeName)
        let keys = schema.map(\.attributeName)
        if keys.contains(where: { !defined.contains($0) }) {
            throw .invalidParameter(
                "Some index key attributes are not defined in AttributeDefinitions. "
                    + "Keys: [\(keys.joined(separator: ", "))], "
                    + "AttributeDefinitions: [\(defined.joined(separator: ", "))]")
        }
    }

    private func checkUnusedDefinitions() throws(OperationFault) {
        var used: [String] = []
        let schemas =
            [keySchema] + (localSecondaryIndexes ?? []).map(\.keySchema)
            + (globalSecondaryIndexes ?? []).map(\.keySchema)
        for element in schemas.joined() where !used.contains(element.attributeName) {
            used.append(element.attributeName)
        }
        let defined = attributeDefinitions.map(\.attributeName)
        if defined.contains(where: { !used.contains($0) }) {
            throw .invalidParameter(
                "Some AttributeDefinitions are not used. AttributeDefinitions: "
                    + "[\(defined.joined(separator: ", "))], "
                    + "keys used: [\(used.joined(separator: ", "))]")
        }
    }

    // MARK: Indexes

    private func checkLocalIndexes() throws(OperationFault) {
        guard let locals = localSecondaryIndexes else { return }
        if locals.isEmpty { throw .invalidParameter("List of LocalSecondaryIndexes is empty") }
        if keySchema.count < 2 {
            throw .invalidParameter(
                "Table KeySchema does not have a range key, which is required when specifying a "
                    + "LocalSecondaryIndex")
        }
        for index in locals {
            try checkName(index.indexName)
            try checkKeyShape(index.keySchema)
            try requireDefined(index.keySchema)
            if index.keySchema.count < 2 {
                throw .invalidParameter(
                    "Index KeySchema does not have a range key for index: \(index.indexName)")
            }
            if index.keySchema[0].attributeName != keySchema[0].attributeName {
                throw .invalidParameter(
                    "Index KeySchema does not have the same leading hash key as table KeySchema "
                        + "for index: \(index.indexName). index hash key: "
                        + "\(index.keySchema[0].attributeName), table hash key: "
                        + "\(keySchema[0].attributeName)")
            }
            try checkProjection(index.projection)
        }
        if locals.count > Limits.localIndexCount {
            throw .invalidParameter(
                "Number of LocalSecondaryIndexes exceeds per-table limit of "
                    + "\(Limits.localIndexCount)")
        }
    }

    private func checkGlobalIndexes() throws(OperationFault) {
        guard let globals = globalSecondaryIndexes else { return }
        if globals.isEmpty { throw .invalidParameter("List of GlobalSecondaryIndexes is empty") }
        for index in globals {
            try checkName(index.indexName)
            try checkKeyShape(index.keySchema)
            try requireDefined(index.keySchema)
            try checkProjection(index.projection)
            if billingMode == .payPerRequest, index.provisionedThroughput != nil {
                throw .invalidParameter(
                    "ProvisionedThroughput should not be specified for index: "
                        + "\(index.indexName) when BillingMode is PAY_PER_REQUEST")
            }
            if billingMode != .payPerRequest, index.provisionedThroughput == nil {
                throw .invalidParameter(
                    "ProvisionedThroughput is not specified for index: \(index.indexName)")
            }
            try checkUnits(index.provisionedThroughput)
        }
        if globals.count > Limits.globalIndexCount {
            throw .invalidParameter(
                "GlobalSecondaryIndex count exceeds the per-table limit of "
                    + "\(Limits.globalIndexCount)")
        }
    }

    private func checkIndexNames() throws(OperationFault) {
        var names: Set<String> = []
        let all =
            (localSecondaryIndexes ?? []).map(\.indexName)
            + (globalSecondaryIndexes ?? []).map(\.indexName)
        for name in all where !names.insert(name).inserted {
            throw .invalidParameter("Duplicate index name: \(name)")
        }
    }

    private func checkProjection(_ projection: Projection) throws(OperationFault) {
        guard let type = projection.projectionType else {
            throw .invalidParameter("Unknown ProjectionType: null")
        }
        guard let names = projection.nonKeyAttributes else {
            if type == .include {
                throw .invalidParameter(
                    "ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
            }
            return
        }
        if type != .include {
            throw .invalidParameter(
                "ProjectionType is \(type.rawValue), but NonKeyAttributes is specified")
        }
        if names.isEmpty { throw .invalidParameter("NonKeyAttributes must not be empty") }
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw .invalidParameter("Duplicate element in NonKeyAttributes: \(name)")
        }
    }

    private func checkProjections() throws(OperationFault) {
        let projections =
            (localSecondaryIndexes ?? []).map(\.projection)
            + (globalSecondaryIndexes ?? []).map(\.projection)
        // An attribute that two indexes project counts twice.
        let count = projections.reduce(0) { $0 + ($1.nonKeyAttributes?.count ?? 0) }
        if count > Limits.projectedAttributeCount {
            throw .invalidParameter(
                "Total count of NonKeyAttributes exceeds per-table limit of "
                    + "\(Limits.projectedAttributeCount)")
        }
    }

    // MARK: Options

    private func checkStream() throws(OperationFault) {
        guard let stream = streamSpecification else { return }
        if stream.streamEnabled, stream.streamViewType == nil {
            throw .invalidParameter(
                "Table is being created with a stream enabled, UpdateViewType is required")
        }
        if !stream.streamEnabled, stream.streamViewType != nil {
            throw .invalidParameter(
                "Table is being created with a stream disabled, UpdateViewType should not be "
                    + "specified")
        }
    }

    private func checkEncryption() throws(OperationFault) {
        guard let encryption = sseSpecification, encryption.enabled == false else { return }
        if encryption.sseType != nil {
            throw .invalidParameter("SSEType can not be specified if Enabled is false")
        }
        if encryption.kmsMasterKeyID != nil {
            throw .invalidParameter("KMSMasterKeyId can not be specified if Enabled is false")
        }
    }

    private func checkTags() throws(OperationFault) {
        guard let tags else { return }
        if tags.count > Limits.tagCount {
            throw .validation(
                "Number of Tags exceed the current limit for the provided ResourceArn")
        }
        var keys: Set<String> = []
        for tag in tags {
            if tag.key.isEmpty || tag.key.unicodeScalars.count > 128 {
                throw .validation("The Tag Key provided is invalid, Key: \(tag.key)")
            }
            if tag.value.unicodeScalars.count > 256 {
                throw .validation("The Tag Value provided is invalid, Value: \(tag.value)")
            }
            if !keys.insert(tag.key).inserted {
                throw .validation(
                    "Duplicate Tag Keys provided as input: Duplicate Tag Key found \(tag.key)")
            }
        }
    }
}
