// Unsafe pointers: views of lent item bytes, read within the call; buffers of the workspace are lent
// to the batch, which copies them.

internal import ItemModel
internal import StorageEngine

/// What a write cost, in write capacity units.
struct WriteUnits {
    var table = 0
    /// By position in the table's indexes; empty if the table has none.
    var indexes: [Int]

    init(_ table: TableDescriptor) {
        indexes = table.indexes.isEmpty ? [] : Array(repeating: 0, count: table.indexes.count)
    }

    static func units(sizeBytes: Int) -> Int {
        max(1, (sizeBytes + Limits.writeUnitSizeBytes - 1) / Limits.writeUnitSizeBytes)
    }
}

/// The change of one item, under its latch: everything that must be in the batch with it.
struct ItemChange {
    let table: TableDescriptor
    let old: ItemView?
    let new: ItemView?

    /// Adds the item, its index rows, its stream record and the changes of counts and sizes to the
    /// workspace's batch.
    ///
    /// - Parameter rowKey: The item's stored key.
    func stage(
        rowKey: [UInt8], in workspace: Workspace, units: inout WriteUnits
    ) throws(OperationFault) {
        let batch = workspace.batch
        rowKey.withUnsafeBytes { rowKey in
            if let new {
                batch.put(key: rowKey, value: new.bytes)
            } else if old != nil {
                batch.delete(key: rowKey)
            }
        }
        units.table += WriteUnits.units(
            sizeBytes: max(old?.sizeBytes ?? 0, new?.sizeBytes ?? 0))
        count(old?.sizeBytes, new?.sizeBytes, index: 0, in: batch)
        if old == nil, new == nil { return }
        for position in table.indexes.indices {
            try stageIndexRow(at: position, in: workspace, units: &units)
        }
        if let stream = table.stream, isVisible {
            let record = StreamRecord(
                table: table, stream: stream, old: old, new: new,
                epochMilliseconds: WallClock.epochMilliseconds)
            try record.stage(in: workspace)
        }
    }

    /// Whether a reader could tell the two items apart.
    private var isVisible: Bool {
        guard let old, let new else { return true }
        return !ItemView.areEqual(old, new)
    }

    private func count(_ oldSize: Int?, _ newSize: Int?, index: UInt16, in batch: WriteBatch) {
        let items = (newSize == nil ? 0 : 1) - (oldSize == nil ? 0 : 1)
        if items != 0 {
            batch.add(
                counter: CounterID.itemCount(table: table.number, index: index), Int64(items))
        }
        let bytes = (newSize ?? 0) - (oldSize ?? 0)
        if bytes != 0 {
            batch.add(
                counter: CounterID.sizeBytes(table: table.number, index: index), Int64(bytes))
        }
    }

    private func stageIndexRow(
        at position: Int, in workspace: Workspace, units: inout WriteUnits
    ) throws(OperationFault) {
        let index = table.indexes[position]
        let hadRow = appendKey(of: old, in: index, to: &workspace.oldIndexKey)
        let hasRow = appendKey(of: new, in: index, to: &workspace.newIndexKey)
        var oldSize: Int?
        if hadRow, let old {
            // The old row is encoded first and set aside, since the encoder then holds the new one.
            try withRow(of: old, in: index, &workspace.encoder) { row in
                oldSize = row.sizeBytes
                workspace.oldRow.removeAll(keepingCapacity: true)
                workspace.oldRow.append(contentsOf: row.bytes)
            }
        }
        let batch = workspace.batch
        var newSize: Int?
        var isSameKey = false
        var isSameRow = false
        if hasRow, let new {
            isSameKey = hadRow && workspace.oldIndexKey == workspace.newIndexKey
            try withRow(of: new, in: index, &workspace.encoder) { row in
                newSize = row.sizeBytes
                isSameRow =
                    isSameKey
                    && workspace.oldRow.withUnsafeBytes { ItemView.areEqual(ItemView($0), row) }
                if isSameRow { return }
                workspace.newIndexKey.withUnsafeBytes { batch.put(key: $0, value: row.bytes) }
            }
        }
        if isSameRow { return }
        if hadRow, !isSameKey { workspace.oldIndexKey.withUnsafeBytes { batch.delete(key: $0) } }
        count(oldSize, newSize, index: index.number, in: batch)
        units.indexes[position] += Self.units(oldSize, newSize, isSameKey: isSameKey)
    }

    /// A row that moves costs a removal and a write, as AWS counts.
    private static func units(_ oldSize: Int?, _ newSize: Int?, isSameKey: Bool) -> Int {
        switch (oldSize, newSize) {
        case (nil, nil): 0
        case (let size?, nil), (nil, let size?): WriteUnits.units(sizeBytes: size)
        case (let old?, let new?):
            isSameKey
                ? WriteUnits.units(sizeBytes: max(old, new))
                : WriteUnits.units(sizeBytes: old) + WriteUnits.units(sizeBytes: new)
        }
    }

    private func appendKey(
        of item: ItemView?, in index: IndexDescriptor, to key: inout [UInt8]
    ) -> Bool {
        key.removeAll(keepingCapacity: true)
        guard let item else { return false }
        return table.appendIndexRowKey(of: item, in: index, to: &key)
    }

    /// Lends what an index holds of an item: the item itself if it projects all.
    private func withRow(
        of item: ItemView, in index: IndexDescriptor, _ encoder: inout ItemEncoder,
        _ body: (ItemView) -> Void
    ) throws(OperationFault) {
        guard let names = index.projectedNames else { return body(item) }
        do {
            try encoder.project(item, names)
        } catch {
            throw OperationFault(error)
        }
        encoder.withView(body)
    }
}

extension ItemEncoder {
    /// Copies the named attributes that an item has.
    mutating func project(_ item: ItemView, _ names: [[UInt8]]) throws(ItemError) {
        beginItem()
        for name in names {
            guard let value = name.withUnsafeBytes({ item.value(named: $0) }) else { continue }
            name.withUnsafeBytes { beginAttribute(name: $0) }
            copy(value)
        }
        try endItem()
    }
}
