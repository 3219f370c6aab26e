internal import ItemModel
internal import Synchronization

/// A table, ready for use. Immutable but for its end, so operations share it without a lock.
final class TableDescriptor: Sendable {
    let definition: TableDefinition
    let arn: String
    let key: KeyShape
    /// Local indexes first.
    let indexes: [IndexDescriptor]
    let stream: StreamDescriptor?
    /// Set under every latch, so that a write that holds one sees it or is done before.
    private let dropped = Atomic<Bool>(false)

    var number: UInt32 { definition.number }
    var name: String { definition.request.tableName }
    var hasLocalIndex: Bool { indexes.first?.kind == .local }
    var isDropped: Bool { dropped.load(ordering: .acquiring) }

    init(_ definition: TableDefinition, region: String, accountID: String) {
        let request = definition.request
        let types = Dictionary(
            request.attributeDefinitions.map { ($0.attributeName, $0.attributeType) },
            uniquingKeysWith: { first, _ in first })
        func shape(_ schema: [KeySchemaElement]) -> KeyShape {
            func attribute(_ name: String) -> KeyAttribute {
                KeyAttribute(name: name, type: types[name].map { AttributeType($0) } ?? .string)
            }
            return KeyShape(
                partition: attribute(schema[0].attributeName),
                sort: schema.count > 1 ? attribute(schema[1].attributeName) : nil)
        }
        let key = shape(request.keySchema)
        var indexes: [IndexDescriptor] = []
        func add(
            _ name: String, _ schema: [KeySchemaElement], _ projection: Projection,
            _ kind: IndexDescriptor.Kind
        ) {
            indexes.append(
                IndexDescriptor(
                    number: UInt16(indexes.count + 1), name: name, kind: kind, key: shape(schema),
                    tableKey: key, projection: projection))
        }
        for index in request.localSecondaryIndexes ?? [] {
            add(index.indexName, index.keySchema, index.projection, .local)
        }
        for index in request.globalSecondaryIndexes ?? [] {
            add(index.indexName, index.keySchema, index.projection, .global)
        }
        self.definition = definition
        self.key = key
        self.indexes = indexes
        arn = "arn:aws:dynamodb:\(region):\(accountID):table/\(request.tableName)"
        stream = StreamDescriptor(definition)
    }

    func index(named name: String) -> IndexDescriptor? { indexes.first { $0.name == name } }

    /// Call with the latch before a write, and after a read: one that a DeleteTable overtook may have
    /// missed rows. They are removed only after ``markDropped()``, so what misses them sees it here.
    func requireNotDropped() throws(OperationFault) {
        if isDropped { throw .tableNotFound }
    }

    /// Refuses every write from now on; call with every latch held.
    func markDropped() { dropped.store(true, ordering: .releasing) }
}
