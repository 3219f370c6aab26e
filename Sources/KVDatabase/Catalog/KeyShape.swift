internal import ItemModel

/// One attribute of a key.
struct KeyAttribute: Sendable {
    let name: String
    let nameBytes: [UInt8]
    let type: AttributeType

    init(name: String, type: AttributeType) {
        self.name = name
        nameBytes = Array(name.utf8)
        self.type = type
    }

    func value(in item: ItemView) -> ValueView? {
        nameBytes.withUnsafeBytes { item.value(named: $0) }
    }
}

/// The key of a table or index: a partition key and perhaps a sort key.
struct KeyShape: Sendable {
    let partition: KeyAttribute
    let sort: KeyAttribute?
    /// Both; stored, since every operation walks them.
    let attributes: [KeyAttribute]

    init(partition: KeyAttribute, sort: KeyAttribute?) {
        self.partition = partition
        self.sort = sort
        attributes = [partition] + (sort.map { [$0] } ?? [])
    }

    var count: Int { attributes.count }

    func contains(_ name: String) -> Bool { partition.name == name || sort?.name == name }
}

extension AttributeType {
    init(_ scalar: ScalarAttributeType) {
        switch scalar {
        case .string: self = .string
        case .number: self = .number
        case .binary: self = .binary
        }
    }
}
