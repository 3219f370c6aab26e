import KVDatabase

/// The naive answer to Query and Scan: a list of items, looked through from end to end.
struct ReferenceTable {
    private(set) var items: [Item] = []
    let key: [String]

    mutating func put(_ item: Item) {
        delete(item)
        items.append(item)
    }

    mutating func delete(_ keyItem: Item) {
        items.removeAll { item in key.allSatisfy { item[$0] == keyItem[$0] } }
    }

    /// The items of a partition within a sort key test, in the order of sort keys. Items of equal
    /// sort keys, which only an index has, stand in no particular order.
    func query(
        _ partition: (String, AttributeValue),
        sort: (name: String, test: (AttributeValue) -> Bool)?,
        isForward: Bool
    ) -> [Item] {
        let found = items.filter { item in
            guard item[partition.0] == partition.1 else { return false }
            guard let sort else { return true }
            return item[sort.name].map(sort.test) ?? false
        }
        guard let sort else { return found }
        return found.sorted { left, right in
            guard let left = left[sort.name], let right = right[sort.name] else { return false }
            return isForward ? left.precedes(right) : right.precedes(left)
        }
    }
}

extension AttributeValue {
    /// DynamoDB's order of key values of one type.
    func precedes(_ other: AttributeValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)): left < right
        case (.string(let left), .string(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.binary(let left), .binary(let right)): left.lexicographicallyPrecedes(right)
        default: preconditionFailure("key values of two types: \(self) \(other)")
        }
    }

    /// Whether a string or binary begins with another.
    func begins(with other: AttributeValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.utf8.starts(with: right.utf8)
        case (.binary(let left), .binary(let right)): left.starts(with: right)
        default: false
        }
    }
}
