internal import ItemModel

extension TableDescriptor {
    /// The index a read names, or nil for the table.
    func index(
        forReading name: String?, isConsistent: Bool
    ) throws(OperationFault) -> IndexDescriptor? {
        guard let name else { return nil }
        guard let index = index(named: name) else {
            throw .validation("The table does not have the specified index: \(name)")
        }
        if index.kind == .global, isConsistent {
            throw .validation("Consistent reads are not supported on global secondary indexes")
        }
        return index
    }

    /// The stored key that an ExclusiveStartKey stands for.
    ///
    /// - Throws: AWS's message if it is not exactly the key attributes of table and index.
    func startKey(
        _ start: EncodedItem, in index: IndexDescriptor?
    ) throws(OperationFault) -> [UInt8] {
        try start.withView { (start) throws(OperationFault) in
            let attributes = keyAttributes(with: index)
            if start.count != attributes.count {
                throw .validation("The provided starting key is invalid")
            }
            let matches = attributes.allSatisfy { $0.value(in: start)?.type == $0.type }
            guard matches else {
                throw .validation(
                    "The provided starting key is invalid: The provided key element does not "
                        + "match the schema")
            }
            try checkKeyValues(of: start)
            var rowKey: [UInt8] = []
            if let index {
                try check(start, in: index, from: .item)
                let isWhole = appendIndexRowKey(of: start, in: index, to: &rowKey)
                precondition(isWhole, "an index key that is whole has a row key")
            } else {
                appendRowKey(of: start, to: &rowKey)
            }
            return rowKey
        }
    }

    /// The key attributes of the table and of an index, each once.
    func keyAttributes(with index: IndexDescriptor?) -> [KeyAttribute] {
        guard let index else { return key.attributes }
        return key.attributes + index.key.attributes.filter { !key.contains($0.name) }
    }
}
