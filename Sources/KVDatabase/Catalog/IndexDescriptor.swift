internal import ItemModel

/// A secondary index, ready for use: what a write or a read of it needs.
struct IndexDescriptor: Sendable {
    enum Kind: Sendable { case local, global }

    /// From 1, in the keys of its rows; local indexes first, in the order of the request.
    let number: UInt16
    let name: String
    let kind: Kind
    let key: KeyShape
    /// The names of the attributes a row holds, each once; nil for all.
    let projectedNames: [[UInt8]]?

    init(
        number: UInt16, name: String, kind: Kind, key: KeyShape, tableKey: KeyShape,
        projection: Projection
    ) {
        self.number = number
        self.name = name
        self.kind = kind
        self.key = key
        if projection.projectionType == .all {
            projectedNames = nil
        } else {
            let keys = (tableKey.attributes + key.attributes).map(\.name)
            let names = Set(keys).union(projection.nonKeyAttributes ?? [])
            projectedNames = names.map { Array($0.utf8) }.sorted {
                $0.lexicographicallyPrecedes($1)
            }
        }
    }

    func projects(_ name: String) -> Bool {
        projectedNames?.contains { $0.elementsEqual(name.utf8) } ?? true
    }

    /// The values of the index's key; nil if the item lacks one, and so has no row here.
    func keyValues(of item: ItemView) -> (partition: ValueView, sort: ValueView?)? {
        guard let partition = key.partition.value(in: item) else { return nil }
        guard let sort = key.sort else { return (partition, nil) }
        guard let sortValue = sort.value(in: item) else { return nil }
        return (partition, sortValue)
    }
}
