/// What a Query asks of the keys of one table or index: one partition, and a range of sort keys.
/// All values are key bytes as `KeyEncoding.keyBytes(of:)` gives them, so that they compare with
/// stored keys byte by byte.
package struct KeyCondition: Sendable, Equatable {
    package enum SortKey: Sendable, Equatable {
        case any
        case equal([UInt8])
        case less([UInt8])
        case lessOrEqual([UInt8])
        case greater([UInt8])
        case greaterOrEqual([UInt8])
        /// Both bounds belong to the range; the lower one is not above the upper one.
        case between([UInt8], [UInt8])
        case beginsWith([UInt8])
    }

    package let partitionKey: [UInt8]
    package let sortKey: SortKey
}

extension KeyConditionExpression {
    /// Matches the conditions to a key schema.
    /// - Throws: `ItemError` with DynamoDB's message when the partition key is not fixed by `=`,
    ///   when another attribute is named, or when a value is of the wrong type or an empty key.
    package func resolve(
        partitionKey: (name: String, type: AttributeType),
        sortKey: (name: String, type: AttributeType)?
    ) throws(ItemError) -> KeyCondition {
        if terms.count > 2 {
            throw ItemError("Conditions can be of length 1 or 2 only")
        }
        guard let partitionTerm = terms.first(where: { $0.name == partitionKey.name }) else {
            throw Self.missing(partitionKey.name)
        }
        let sortTerm = terms.first { $0.name != partitionKey.name }
        if let sortTerm {
            guard let sortKey else {
                throw ItemError("Query key condition not supported")
            }
            guard sortTerm.name == sortKey.name else { throw Self.missing(sortKey.name) }
        }
        guard partitionTerm.test == .equal else {
            throw ItemError("Query key condition not supported")
        }
        let partition = try keyBytes(of: partitionTerm, partitionKey)[0]
        guard let sortKey, let sortTerm else {
            return KeyCondition(partitionKey: partition, sortKey: .any)
        }
        let bounds = try keyBytes(of: sortTerm, sortKey)
        return KeyCondition(
            partitionKey: partition, sortKey: try Self.sortKey(sortTerm.test, bounds))
    }

    private static func missing(_ name: String) -> ItemError {
        ItemError("Query condition missed key schema element: \(name)")
    }

    private static func sortKey(
        _ test: ConditionTest.Operator, _ bounds: [[UInt8]]
    ) throws(ItemError) -> KeyCondition.SortKey {
        switch test {
        case .equal: .equal(bounds[0])
        case .less: .less(bounds[0])
        case .lessOrEqual: .lessOrEqual(bounds[0])
        case .greater: .greater(bounds[0])
        case .greaterOrEqual: .greaterOrEqual(bounds[0])
        case .between: .between(bounds[0], bounds[1])
        case .beginsWith: .beginsWith(bounds[0])
        default: throw ItemError("Query key condition not supported")
        }
    }

    private func keyBytes(
        of term: Term, _ key: (name: String, type: AttributeType)
    ) throws(ItemError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for index in term.values {
            let bytes = values?.withView { view -> [UInt8]? in
                let value = view.attribute(at: index).value
                guard value.type == key.type else { return nil }
                return Array(KeyEncoding.keyBytes(of: value))
            }
            guard let bytes else {
                throw ItemError(
                    "One or more parameter values were invalid: "
                        + "Condition parameter type does not match schema type")
            }
            if bytes.isEmpty {
                let kind = key.type == .binary ? "binary" : "string"
                throw ItemError(
                    "One or more parameter values are not valid. The AttributeValue for "
                        + "a key attribute cannot contain an empty \(kind) value. "
                        + "Key: \(key.name)")
            }
            result.append(bytes)
        }
        return result
    }
}
