// Unsafe pointers: values are views of lent item bytes, read within the call.

internal import ItemModel
internal import StorageEngine

extension TableDescriptor {
    /// Appends the stored key of an item that holds valid key attributes.
    func appendRowKey(of item: ItemView, to rowKey: inout [UInt8]) {
        guard let partition = key.partition.value(in: item) else {
            preconditionFailure("a stored item of \(name) has no partition key")
        }
        KeySpace.append(
            table: number, index: nil, partition: KeyEncoding.keyBytes(of: partition), to: &rowKey)
        if let sort = key.sort?.value(in: item) {
            rowKey.append(contentsOf: KeyEncoding.keyBytes(of: sort))
        }
    }

    /// Checks the whole item of a PutItem and appends its stored key.
    func appendRowKey(ofWhole item: ItemView, to rowKey: inout [UInt8]) throws(OperationFault) {
        for attribute in key.attributes {
            guard let value = attribute.value(in: item) else {
                throw .invalidParameter("Missing the key \(attribute.name) in the item")
            }
            if value.type != attribute.type {
                throw .invalidParameter(
                    "Type mismatch for key \(attribute.name) expected: \(attribute.type.name) "
                        + "actual: \(value.type.name)")
            }
        }
        try checkKeyValues(of: item)
        appendRowKey(of: item, to: &rowKey)
    }

    /// Checks a request's key, which is the key attributes and nothing else, and appends its stored
    /// key.
    func appendRowKey(ofKey item: ItemView, to rowKey: inout [UInt8]) throws(OperationFault) {
        guard item.count == key.count else { throw Self.keyMismatch }
        try appendRowKey(ofBatched: item, to: &rowKey)
    }

    /// Checks the key attributes of an item that BatchWriteItem puts, whose faults AWS words like
    /// those of a key, and appends its stored key.
    func appendRowKey(ofBatched item: ItemView, to rowKey: inout [UInt8]) throws(OperationFault) {
        guard key.attributes.allSatisfy({ $0.value(in: item)?.type == $0.type }) else {
            throw Self.keyMismatch
        }
        try checkKeyValues(of: item)
        appendRowKey(of: item, to: &rowKey)
    }

    private static var keyMismatch: OperationFault {
        .validation("The provided key element does not match the schema")
    }

    func checkKeyValues(of item: ItemView) throws(OperationFault) {
        for attribute in key.attributes {
            guard let value = attribute.value(in: item) else { continue }
            if KeyEncoding.keyBytes(of: value).isEmpty {
                throw .validation(
                    "One or more parameter values are not valid. The AttributeValue for a key "
                        + "attribute cannot contain an empty \(value.type.emptyKindName) value. "
                        + "Key: \(attribute.name)")
            }
        }
        if let partition = key.partition.value(in: item),
            KeyEncoding.keyBytes(of: partition).count > Limits.partitionKeySizeBytes
        {
            // The missing space is AWS's.
            throw .invalidParameter(
                "Size of hashkey has exceeded the maximum size limit of"
                    + "\(Limits.partitionKeySizeBytes) bytes")
        }
        if let sort = key.sort?.value(in: item),
            KeyEncoding.keyBytes(of: sort).count > Limits.sortKeySizeBytes
        {
            throw .invalidParameter(
                "Aggregated size of all range keys has exceeded the size limit of "
                    + "\(Limits.sortKeySizeBytes) bytes")
        }
    }

    /// Appends the stored key of an item's row in an index; false if the item has none there.
    func appendIndexRowKey(
        of item: ItemView, in index: IndexDescriptor, to rowKey: inout [UInt8]
    ) -> Bool {
        guard let values = index.keyValues(of: item), let partition = key.partition.value(in: item)
        else { return false }
        KeySpace.append(
            table: number, index: index.number,
            partition: KeyEncoding.keyBytes(of: values.partition), to: &rowKey)
        if let sort = values.sort {
            KeyEncoding.appendEscaped(KeyEncoding.keyBytes(of: sort), to: &rowKey)
        }
        let partitionBytes = KeyEncoding.keyBytes(of: partition)
        rowKey.append(bigEndian: UInt16(partitionBytes.count))
        rowKey.append(contentsOf: partitionBytes)
        if let sort = key.sort?.value(in: item) {
            rowKey.append(contentsOf: KeyEncoding.keyBytes(of: sort))
        }
        return true
    }
}

extension AttributeType {
    /// What an empty key value is called in messages.
    var emptyKindName: String { self == .binary ? "binary" : "string" }
}
