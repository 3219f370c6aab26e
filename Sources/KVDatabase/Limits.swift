/// DynamoDB's documented limits, in its units.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
enum Limits {
    static let itemSizeBytes = 400 << 10
    static let partitionKeySizeBytes = 2048
    static let sortKeySizeBytes = 1024
    /// Query and Scan end a page once the items they looked at come to this much.
    static let pageSizeBytes = 1 << 20
    static let batchGetKeyCount = 100
    static let batchGetResponseSizeBytes = 16 << 20
    static let batchWriteRequestCount = 25
    static let totalSegmentCount = 1_000_000
    static let tableNameLengths = 3...255
    static let attributeNameSizeBytes = 255
    static let localIndexCount = 5
    static let globalIndexCount = 20
    static let nonKeyAttributeCount = 20
    static let projectedAttributeCount = 100
    static let tagCount = 50
    static let listTablesCount = 100
    static let readUnitSizeBytes = 4096
    static let writeUnitSizeBytes = 1024
}
