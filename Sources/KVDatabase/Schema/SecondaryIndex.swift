/// Which attributes an index row holds.
public enum ProjectionType: String, Sendable, Hashable, CaseIterable {
    case all = "ALL"
    case keysOnly = "KEYS_ONLY"
    case include = "INCLUDE"
}

/// Which attributes an index row holds, besides the keys of table and index.
public struct Projection: Sendable, Hashable {
    public var projectionType: ProjectionType?
    /// 1 to 20 names, with INCLUDE only.
    public var nonKeyAttributes: [String]?

    public init(
        projectionType: ProjectionType? = nil,
        nonKeyAttributes: [String]? = nil
    ) {
        self.projectionType = projectionType
        self.nonKeyAttributes = nonKeyAttributes
    }
}

/// An index with a key of its own.
public struct GlobalSecondaryIndex: Sendable, Hashable {
    /// 3 to 255 of a-z A-Z 0-9 _ - .
    public var indexName: String
    public var keySchema: [KeySchemaElement]
    public var projection: Projection
    public var provisionedThroughput: ProvisionedThroughput?

    public init(
        indexName: String,
        keySchema: [KeySchemaElement],
        projection: Projection,
        provisionedThroughput: ProvisionedThroughput? = nil
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
        self.provisionedThroughput = provisionedThroughput
    }
}

/// An index with the table's partition key and another sort key.
public struct LocalSecondaryIndex: Sendable, Hashable {
    /// 3 to 255 of a-z A-Z 0-9 _ - .
    public var indexName: String
    public var keySchema: [KeySchemaElement]
    public var projection: Projection

    public init(
        indexName: String,
        keySchema: [KeySchemaElement],
        projection: Projection
    ) {
        self.indexName = indexName
        self.keySchema = keySchema
        self.projection = projection
    }
}
