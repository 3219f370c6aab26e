internal import StorageEngine

/// A table file, as lines.
extension Inspection {
    /// - Returns: Whether every block that was looked at is whole.
    func inspect(table: SSTableInspection, _ emit: (InspectionLine) -> Void)
        throws(EngineError) -> Bool
    {
        emitEnd(of: table, emit)
        var isWhole = true
        var blockCount = 0
        var storedBytes = 0
        var uncompressedBytes = 0
        var entriesLeft = entryLimit
        while true {
            do throws(EngineError) {
                guard let block = try table.nextBlock() else { break }
                blockCount += 1
                storedBytes += block.storedBytes
                uncompressedBytes += block.uncompressedBytes
                emit(Self.line(block))
                if verifies { try table.verify(block) }
                if entriesLeft > 0 { try emitEntries(table, block, &entriesLeft, emit) }
            } catch {
                // Of a damaged index there is no next block; of a damaged block there is.
                guard case .corruption(_, let offset, _) = error,
                    offset != table.footer.index.offset
                else { throw error }
                emit(Self.damage(error, depth: 2))
                isWhole = false
            }
        }
        emit(
            InspectionLine(
                "blocks", depth: 1,
                [
                    .init("count", blockCount), .init("storedBytes", storedBytes),
                    .init("uncompressedBytes", uncompressedBytes),
                ]))
        if verifies {
            try table.verifyTotals()
            let entryCount = table.properties.entryCount
            let fields: [InspectionLine.Field] = [
                .init("blocks", blockCount), .init("entries", entryCount),
            ]
            if isWhole { emit(InspectionLine("verified", depth: 1, fields)) }
        }
        return isWhole
    }

    private func emitEnd(of table: SSTableInspection, _ emit: (InspectionLine) -> Void) {
        let footer = table.footer
        var fields: [InspectionLine.Field] = [
            .init("formatVersion", footer.version), .init("number", footer.number),
            .init("indexOffset", footer.index.offset), .init("indexBytes", footer.index.sizeBytes),
            .init("propertiesOffset", footer.properties.offset),
            .init("propertiesBytes", footer.properties.sizeBytes),
        ]
        if let filter = footer.filter {
            fields += [
                .init("filterOffset", filter.offset), .init("filterBytes", filter.sizeBytes),
            ]
        }
        emit(InspectionLine("footer", depth: 1, fields))
        let properties = table.properties
        emit(
            InspectionLine(
                "properties", depth: 1,
                [
                    .init("entries", properties.entryCount),
                    .init("deletions", properties.deletionCount),
                    .init("smallestSequence", properties.smallestSequence),
                    .init("largestSequence", properties.largestSequence),
                    .init("longestKeyBytes", properties.longestKeyBytes),
                ]))
        if let filter = table.filter {
            emit(
                InspectionLine(
                    "filter", depth: 1,
                    [
                        .init("sizeBytes", filter.sizeBytes), .init("probes", filter.probeCount),
                        .init("bitsPerEntry", .real(filter.bitsPerEntry)),
                    ]))
        }
        emit(
            InspectionLine(
                "index", depth: 1,
                [
                    .init("entries", table.indexEntryCount),
                    .init("partitions", table.indexPartitionCount),
                ]))
        table.forEachRangeTombstone { tombstone in
            emit(
                InspectionLine(
                    "rangeDeletion", depth: 1,
                    [
                        .init("sequence", tombstone.sequence),
                        Self.key("lower", tombstone.lower), Self.key("upper", tombstone.upper),
                    ]))
        }
    }

    private static func line(_ block: SSTableInspection.Block) -> InspectionLine {
        InspectionLine(
            "block", depth: 1,
            [
                .init("offset", block.offset), .init("storedBytes", block.storedBytes),
                .init("uncompressedBytes", block.uncompressedBytes),
                .init("compression", block.compression), key("separator", block.separator),
            ])
    }

    private func emitEntries(
        _ table: SSTableInspection, _ block: SSTableInspection.Block, _ left: inout Int,
        _ emit: (InspectionLine) -> Void
    ) throws(EngineError) {
        try table.forEachEntry(of: block, valueLimitBytes: valueLimitBytes) { entry in
            var fields: [InspectionLine.Field] = [
                .init("sequence", entry.sequence), Self.key("key", entry.key),
            ]
            if !entry.isDeletion { fields.append(Self.value(entry.value)) }
            emit(InspectionLine(entry.isDeletion ? "delete" : "put", depth: 2, fields))
            left -= 1
            return left > 0
        }
    }
}
