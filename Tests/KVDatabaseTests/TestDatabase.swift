import KVDatabase
import KvdTestSupport
import StorageEngine
import Testing

/// A table in a database in memory, for a test of its own.
struct TestDatabase {
    let database: Database
    let filesystem: MemoryFilesystem

    init(_ tables: CreateTable.Request...) async throws {
        filesystem = MemoryFilesystem()
        database = try Self.open(filesystem)
        for table in tables { _ = try await database.createTable(table) }
    }

    static func open(_ filesystem: MemoryFilesystem) throws -> Database {
        var options = DatabaseOptions(memtableSizeBytes: 1 << 20)
        options.filesystem = filesystem
        return try Database.open(at: "data", options: options)
    }
}

extension CreateTable.Request {
    /// A table whose key attributes are given as `name: type`, with on-demand capacity.
    static func table(
        _ name: String, _ partition: (String, ScalarAttributeType),
        _ sort: (String, ScalarAttributeType)? = nil,
        more: [(String, ScalarAttributeType)] = [], local: [LocalSecondaryIndex]? = nil,
        global: [GlobalSecondaryIndex]? = nil, stream: StreamViewType? = nil
    ) -> CreateTable.Request {
        let attributes = [partition] + (sort.map { [$0] } ?? []) + more
        return CreateTable.Request(
            tableName: name,
            attributeDefinitions: attributes.map {
                AttributeDefinition(attributeName: $0.0, attributeType: $0.1)
            },
            keySchema: .key(partition.0, sort?.0), localSecondaryIndexes: local,
            globalSecondaryIndexes: global, billingMode: .payPerRequest,
            streamSpecification: stream.map {
                StreamSpecification(streamEnabled: true, streamViewType: $0)
            })
    }
}

extension [KeySchemaElement] {
    static func key(_ partition: String, _ sort: String? = nil) -> [KeySchemaElement] {
        [KeySchemaElement(attributeName: partition, keyType: .hash)]
            + (sort.map { [KeySchemaElement(attributeName: $0, keyType: .range)] } ?? [])
    }
}

extension GlobalSecondaryIndex {
    static func index(
        _ name: String, _ partition: String, _ sort: String? = nil,
        projection: ProjectionType = .all, including names: [String]? = nil
    ) -> GlobalSecondaryIndex {
        GlobalSecondaryIndex(
            indexName: name, keySchema: .key(partition, sort),
            projection: Projection(projectionType: projection, nonKeyAttributes: names))
    }
}

extension LocalSecondaryIndex {
    static func index(
        _ name: String, _ partition: String, _ sort: String, projection: ProjectionType = .all,
        including names: [String]? = nil
    ) -> LocalSecondaryIndex {
        LocalSecondaryIndex(
            indexName: name, keySchema: .key(partition, sort),
            projection: Projection(projectionType: projection, nonKeyAttributes: names))
    }
}

extension EncodedItem {
    /// A stored item written as a literal in a test.
    static func of(_ item: Item) throws -> EncodedItem { try EncodedItem(item) }
}

extension AttributeValue {
    static func int(_ value: Int) -> AttributeValue { .number(DecimalNumber(value)) }
}

/// The error an operation is refused with.
func refusal(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> DatabaseError? {
    do {
        try await body()
    } catch let error as DatabaseError {
        return error
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
        return nil
    }
    Issue.record("no error", sourceLocation: sourceLocation)
    return nil
}

extension TestDatabase {
    /// Moves everything written so far into tables.
    func flush() throws { try database.flush() }
}
