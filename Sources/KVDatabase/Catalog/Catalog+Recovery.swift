internal import ItemModel
internal import StorageEngine

extension Catalog {
    /// The catalog as it is stored. Removes rows that a crash left of deleted tables.
    static func read(
        from engine: Engine, options: DatabaseOptions
    ) throws(EngineError) -> Catalog {
        var nextNumber: UInt32 = 1
        var tables: [TableDescriptor] = []
        var leftovers: [UInt32] = []
        let range = KeyRange(prefix: [KeySpace.catalog])
        let cursor = try engine.cursor(lower: range.lower, upper: range.upper, at: .applied)
        try cursor.seekToFirst()
        while cursor.isValid {
            let key = Array(cursor.key)
            guard EncodedItem.validating(cursor.value) else { throw damaged(key) }
            let item = EncodedItem(copying: ItemView(cursor.value)).decoded()
            if key == CatalogRow.header {
                nextNumber = try readHeader(item)
            } else if key.starts(with: CatalogRow.tables) {
                guard let definition = TableDefinition(item) else { throw damaged(key) }
                tables.append(
                    TableDescriptor(
                        definition, region: options.region, accountID: options.accountID))
            } else if key.starts(with: CatalogRow.drops), key.count == CatalogRow.drops.count + 4 {
                leftovers.append(key.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
            } else {
                throw damaged(key)
            }
            try cursor.next()
        }
        for table in leftovers { engine.removeRows(ofTable: table) }
        for table in tables { try table.readLatestShard(from: engine) }
        return Catalog(tables: tables, nextTableNumber: nextNumber)
    }

    private static func readHeader(_ item: Item) throws(EngineError) -> UInt32 {
        guard let version = item["FormatVersion"]?.integer,
            let next = (item["NextTableNumber"]?.integer).flatMap({ UInt32(exactly: $0) })
        else { throw damaged(CatalogRow.header) }
        guard version == CatalogRow.formatVersion else {
            throw .unsupportedFormat(
                "the catalog has format \(version), and this version of kvd knows format "
                    + "\(CatalogRow.formatVersion)")
        }
        return next
    }

    private static func damaged(_ key: [UInt8]) -> EngineError {
        .corruption(
            file: "catalog", offset: 0,
            reason: "the row with the key \(key) is not one this version writes")
    }
}

extension TableDescriptor {
    fileprivate func readLatestShard(from engine: Engine) throws(EngineError) {
        guard let stream else { return }
        let range = KeyRange(prefix: StreamRecord.keyPrefix(table: number, stream: stream.number))
        let cursor = try engine.cursor(lower: range.lower, upper: range.upper, at: .applied)
        try cursor.seekToLast()
        if cursor.isValid { stream.noteShard(StreamRecord.shard(inKey: cursor.key)) }
    }
}
