internal import ItemModel
internal import StorageEngine

/// The wish for item collection metrics, which only tables with local indexes fulfil.
struct MetricsRequest {
    private let table: TableDescriptor?

    init(_ option: ReturnItemCollectionMetrics, _ table: TableDescriptor) {
        self.table = option == .size && table.hasLocalIndex ? table : nil
    }

    /// Measuring walks the partition, which may need the disk.
    func requireThread(_ attempt: Attempt) throws(OperationFault) {
        if table != nil { try attempt.requireBlocking() }
    }

    /// How big the partition of an item is now, table and local indexes together, in a range of one
    /// gigabyte. Call it without the item's latch: it may take long.
    func measure(
        partitionOf item: EncodedItem, in database: Database, _ attempt: inout Attempt
    ) throws(OperationFault) -> ItemCollectionMetrics? {
        guard let table else { return nil }
        return try item.withView { (item) throws(OperationFault) in
            try measure(table, partitionOf: item, in: database, &attempt)
        }
    }

    private func measure(
        _ table: TableDescriptor, partitionOf item: ItemView, in database: Database,
        _ attempt: inout Attempt
    ) throws(OperationFault) -> ItemCollectionMetrics? {
        guard let partition = table.key.partition.value(in: item) else { return nil }
        attempt.seenSequence = max(attempt.seenSequence, database.engine.appliedSequence)
        var sizeBytes = 0
        let locals = table.indexes.filter { $0.kind == .local }
        for index in [nil] + locals.map({ Optional($0.number) }) {
            let range = KeyRange(
                prefix: KeySpace.prefix(
                    table: table.number, index: index,
                    partition: KeyEncoding.keyBytes(of: partition)))
            sizeBytes += try lift { () throws(EngineError) in
                try database.sizeBytes(of: range)
            }
        }
        let gigabytes = (Double(sizeBytes) / Double(1 << 30)).rounded(.down)
        var encoder = ItemEncoder()
        do {
            try encoder.project(item, [table.key.partition.nameBytes])
        } catch {
            throw OperationFault(error)
        }
        return ItemCollectionMetrics(
            itemCollectionKey: encoder.take(), sizeEstimateRangeGB: [gigabytes, gigabytes + 1])
    }
}

extension Database {
    /// The sum of the sizes of the items in a range, by AWS's rules.
    fileprivate func sizeBytes(of range: KeyRange) throws(EngineError) -> Int {
        let cursor = try engine.cursor(
            lower: range.lower, upper: range.upper, at: .applied, fillsCache: false)
        var total = 0
        try cursor.seekToFirst()
        while cursor.isValid {
            total += ItemView(cursor.value).sizeBytes
            try cursor.next()
        }
        return total
    }
}
