internal import ItemModel

extension TableDescriptor {
    /// What brings an item into being, which AWS's messages tell apart.
    enum ItemOrigin { case item, update }

    /// Refuses an item whose attributes could not be a key of an index it would appear in.
    ///
    /// An absent attribute is allowed: indexes are sparse.
    func checkIndexKeys(of item: ItemView, from origin: ItemOrigin) throws(OperationFault) {
        for index in indexes { try check(item, in: index, from: origin) }
    }

    /// The same for one index.
    func check(
        _ item: ItemView, in index: IndexDescriptor, from origin: ItemOrigin
    ) throws(OperationFault) {
        try check(
            index.key.partition, of: item, in: index, origin,
            limitBytes: Limits.partitionKeySizeBytes)
        if let sort = index.key.sort {
            try check(sort, of: item, in: index, origin, limitBytes: Limits.sortKeySizeBytes)
        }
    }

    private func check(
        _ attribute: KeyAttribute, of item: ItemView, in index: IndexDescriptor,
        _ origin: ItemOrigin, limitBytes: Int
    ) throws(OperationFault) {
        guard let value = attribute.value(in: item) else { return }
        if value.type != attribute.type {
            if origin == .update {
                throw .invalidParameter(
                    "The update expression attempted to update the secondary index key to "
                        + "unsupported type")
            }
            throw .invalidParameter(
                "Type mismatch for Index Key \(attribute.name) Expected: \(attribute.type.name) "
                    + "Actual: \(value.type.name) IndexName: \(index.name)")
        }
        let size = KeyEncoding.keyBytes(of: value).count
        if size == 0 { throw emptyKey(attribute, in: index, origin) }
        if size > limitBytes {
            throw .invalidParameter(
                "Size limit exceeded for Index Key \(attribute.name) Actual Size: \(size) bytes "
                    + "Max Size: \(limitBytes) bytes IndexName: \(index.name)")
        }
    }

    private func emptyKey(
        _ attribute: KeyAttribute, in index: IndexDescriptor, _ origin: ItemOrigin
    ) -> OperationFault {
        let rule =
            "The AttributeValue for a key attribute cannot contain an empty "
            + "\(attribute.type.emptyKindName) value."
        return switch origin {
        case .item:
            .validation(
                "One or more parameter values are not valid. A value specified for a secondary "
                    + "index key is not supported. \(rule) IndexName: \(index.name), "
                    + "IndexKey: \(attribute.name)")
        case .update:
            .validation(
                "One or more parameter values are not valid. The update expression attempted to "
                    + "update a secondary index key to a value that is not supported. \(rule)")
        }
    }
}
