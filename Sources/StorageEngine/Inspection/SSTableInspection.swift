// Unsafe pointers: blocks are held while their entries are looked at; entries are copied.

/// A table file: what its end says, and its blocks and entries one after another.
package final class SSTableInspection {
    /// Where a part of the file lies; its size is without the block trailer.
    package struct Extent: Equatable, Sendable {
        package let offset: Int
        package let sizeBytes: Int
    }

    /// What stands at a table's very end.
    package struct Footer: Equatable, Sendable {
        package let version: UInt32
        package let number: UInt64
        /// Nil where the table has no filter.
        package let filter: Extent?
        package let properties: Extent
        package let index: Extent
    }

    package struct Properties: Equatable, Sendable {
        package let entryCount: UInt64
        package let deletionCount: UInt64
        package let smallestSequence: UInt64
        package let largestSequence: UInt64
        package let longestKeyBytes: UInt64
    }

    package struct Filter: Equatable, Sendable {
        package let sizeBytes: Int
        /// Bits that each key sets.
        package let probeCount: Int
        /// Bits for each entry, which is fewer than for each key where keys have several versions.
        package let bitsPerEntry: Double
    }

    /// A data block as the index has it and as it is stored.
    package struct Block: Equatable, Sendable {
        package let offset: Int
        /// Without the trailer.
        package let storedBytes: Int
        package let uncompressedBytes: Int
        package let compression: String
        /// At or after the block's last key, before the next block's first.
        package let separator: InspectedBytes
        let handle: BlockHandle
    }

    /// One version of a key.
    package struct Entry: Equatable, Sendable {
        package let key: InspectedBytes
        package let sequence: UInt64
        package let isDeletion: Bool
        package let value: InspectedBytes
    }

    /// A part of a range deletion.
    package struct RangeTombstone: Equatable, Sendable {
        package let lower: InspectedBytes
        /// The first key that is not removed.
        package let upper: InspectedBytes
        package let sequence: UInt64
    }

    package let footer: Footer
    package let properties: Properties
    package let filter: Filter?
    package let indexEntryCount: Int
    /// 0 for an index of one level.
    package let indexPartitionCount: Int
    private let file: InspectedFile
    private let reader: BlockReader
    private let filterBlock: BloomFilter.Stored?
    /// Nil where the table has none.
    private let rangeTombstoneBlock: StorageEngine.Block?
    private let index: TableIndex
    /// Walks the index, or the partition that is its turn.
    private let indexWalk = BlockIterator()
    private var nextPartition = 0
    private var check: SSTableCheck

    /// Reads the table's end and checks its footer, properties, filter and index.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` where one of them is damaged.
    package init(_ file: InspectedFile) throws(EngineError) {
        self.file = file
        let footer = try Self.readFooter(file)
        reader = BlockReader(
            handle: file.handle, name: file.name, number: footer.fileNumber)
        let properties = try reader.withContents(footer.properties) { SSTableProperties.read($0) }
        guard let properties else {
            throw .corruption(
                file: file.name, offset: footer.properties.offset,
                reason: "the properties are malformed")
        }
        filterBlock = footer.filter.sizeBytes > 0 ? try reader.readFilter(footer.filter) : nil
        rangeTombstoneBlock = try Self.readRangeTombstones(reader, footer, properties)
        let top = try reader.readBlock(footer.index)
        let index = TableIndex(top, kind: footer.indexKind, fileSizeBytes: file.sizeBytes)
        guard let index else {
            throw .corruption(
                file: file.name, offset: footer.index.offset, reason: "the index is malformed")
        }
        self.index = index
        indexWalk.setBlock(index.isPartitioned ? nil : top)
        indexWalk.seekToFirst()
        self.footer = Footer(footer)
        self.properties = Properties(properties)
        filter = filterBlock.map { Filter($0.bytes, entryCount: properties.entryCount) }
        indexEntryCount = index.blockCount
        indexPartitionCount = index.partitionCount
        check = SSTableCheck(file: file.name, properties: properties)
    }

    static func readFooter(_ file: InspectedFile) throws(EngineError) -> SSTableFooter {
        let count = SSTableFormat.footerSizeBytes
        guard file.sizeBytes >= count else {
            throw .corruption(
                file: file.name, offset: 0,
                reason: "its \(file.sizeBytes) bytes are too few for a table")
        }
        let bytes = try InspectedFile.bytes(
            of: file.handle, at: file.sizeBytes - count, count: count)
        let footer = try SSTableFooter.read(
            bytes.bytes, file: file.name, fileSize: file.sizeBytes)
        guard footer.fileNumber == file.number else {
            throw .corruption(
                file: file.name, offset: file.sizeBytes - count,
                reason: "it says it is table \(footer.fileNumber)")
        }
        return footer
    }

    private static func readRangeTombstones(
        _ reader: BlockReader, _ footer: SSTableFooter, _ properties: SSTableProperties
    ) throws(EngineError) -> StorageEngine.Block? {
        guard footer.hasRangeTombstones else { return nil }
        guard let handle = properties.rangeTombstones,
            handle.offset + handle.sizeBytes <= footer.properties.offset
        else {
            throw .corruption(
                file: reader.name, offset: footer.properties.offset,
                reason: "the properties do not say where the range tombstones lie")
        }
        let block = try reader.readBlock(handle)
        guard RangeTombstoneBlock.read(block, expectedCount: nil) != nil else {
            throw .corruption(
                file: reader.name, offset: handle.offset,
                reason: "the range tombstones are malformed")
        }
        return block
    }

    /// Shows each range tombstone, in the order of their lower ends, newest first.
    package func forEachRangeTombstone(_ body: (RangeTombstone) -> Void) {
        let iterator = BlockIterator()
        iterator.setBlock(rangeTombstoneBlock)
        iterator.seekToFirst()
        while iterator.isValid {
            body(
                RangeTombstone(
                    lower: InspectedBytes(iterator.key), upper: InspectedBytes(iterator.value),
                    sequence: iterator.tag.sequence))
            iterator.moveNext()
        }
    }

    // MARK: Blocks

    /// The next data block, in key order; nil after the last.
    ///
    /// Where it throws for one block's trailer, the next call goes on with the block after it.
    package func nextBlock() throws(EngineError) -> Block? {
        do {
            return try findNextBlock()
        } catch {
            // Its entries are not counted, which is no second damage.
            check.skipBlock()
            throw error
        }
    }

    private func findNextBlock() throws(EngineError) -> Block? {
        try enterNextPartition()
        guard indexWalk.isValid else {
            if indexWalk.isMalformed {
                throw damaged(footer.index.offset, "the index is malformed")
            }
            return nil
        }
        let separator = InspectedBytes(indexWalk.key)
        let handle = BlockHandle.read(indexWalk.value)
        indexWalk.moveNext()
        let limit = file.sizeBytes - SSTableFormat.footerSizeBytes
        guard let handle,
            handle.offset + handle.sizeBytes + SSTableFormat.blockTrailerSizeBytes <= limit
        else { throw damaged(footer.index.offset, "an index entry is not the place of a block") }
        let stored = try storedForm(of: handle)
        return Block(
            offset: handle.offset, storedBytes: handle.sizeBytes,
            uncompressedBytes: stored.uncompressedBytes, compression: stored.compression,
            separator: separator, handle: handle)
    }

    /// Goes on to the next partition of the index where one is at its end.
    private func enterNextPartition() throws(EngineError) {
        while !indexWalk.isValid, !indexWalk.isMalformed, nextPartition < index.partitionCount {
            let number = nextPartition
            nextPartition += 1
            guard let handle = index.partitionHandle(number) else {
                throw damaged(footer.index.offset, "the index is malformed")
            }
            let partition = try reader.readBlock(handle)
            guard partition.restarts == index.blockCount(ofPartition: number) else {
                throw damaged(handle.offset, "a partition of the index has the wrong size")
            }
            indexWalk.setBlock(partition)
            indexWalk.seekToFirst()
        }
    }

    /// How a block is stored, from its trailer and its first bytes alone.
    private func storedForm(of handle: BlockHandle) throws(EngineError)
        -> (compression: String, uncompressedBytes: Int)
    {
        let trailer = try InspectedFile.bytes(
            of: file.handle, at: handle.offset + handle.sizeBytes, count: 1)
        let kind = trailer.bytes.first.flatMap(SSTableFormat.StoredCompression.init)
        switch kind {
        case .raw: return ("none", handle.sizeBytes)
        case .lz4:
            let start = try InspectedFile.bytes(of: file.handle, at: handle.offset, count: 4)
            defer { withExtendedLifetime(start) {} }
            var input = InputCursor(start.bytes)
            return ("lz4", Int(input.read(littleEndian: UInt32.self) ?? 0))
        case nil: throw damaged(handle.offset, "the block's compression is not known")
        }
    }

    // MARK: Entries

    /// Shows each entry of a block, until `body` returns false.
    ///
    /// - Parameter valueLimitBytes: How much of each value is kept.
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` where the block's checksum does not
    ///   hold or its bytes are not entries.
    package func forEachEntry(
        of block: Block, valueLimitBytes: Int = .max, _ body: (Entry) -> Bool
    ) throws(EngineError) {
        let iterator = BlockIterator()
        iterator.setBlock(try reader.readBlock(block.handle))
        iterator.seekToFirst()
        while iterator.isValid {
            let entry = Entry(
                key: InspectedBytes(iterator.key), sequence: iterator.tag.sequence,
                isDeletion: !iterator.tag.isPut,
                value: InspectedBytes(iterator.value, limit: valueLimitBytes))
            guard body(entry) else { return }
            iterator.moveNext()
        }
        if iterator.isMalformed { throw damaged(block.offset, "a data block is malformed") }
    }

    /// Checks a block: its checksum, the order of its entries and of its neighbours', that the
    /// separator is not before its last key, and that the filter has every key.
    ///
    /// Blocks must be checked in the order in which ``nextBlock()`` gives them.
    package func verify(_ block: Block) throws(EngineError) {
        let iterator = BlockIterator()
        do throws(EngineError) {
            iterator.setBlock(try reader.readBlock(block.handle))
        } catch {
            check.skipBlock()
            throw error
        }
        try check.take(
            iterator, offset: block.offset, separator: block.separator.prefix,
            filter: filterBlock?.bytes)
    }

    /// Checks, after every block, that they add up to what the properties say.
    package func verifyTotals() throws(EngineError) {
        try check.finish(propertiesOffset: footer.properties.offset)
    }

    private func damaged(_ offset: Int, _ reason: String) -> EngineError {
        .corruption(file: file.name, offset: offset, reason: reason)
    }
}

extension SSTableInspection.Footer {
    init(_ footer: SSTableFooter) {
        func extent(_ handle: BlockHandle) -> SSTableInspection.Extent {
            SSTableInspection.Extent(offset: handle.offset, sizeBytes: handle.sizeBytes)
        }
        version = footer.version
        number = footer.fileNumber
        filter = footer.filter.sizeBytes > 0 ? extent(footer.filter) : nil
        properties = extent(footer.properties)
        index = extent(footer.index)
    }
}

extension SSTableInspection.Properties {
    init(_ properties: SSTableProperties) {
        entryCount = properties.entryCount
        deletionCount = properties.deletionCount
        smallestSequence = properties.smallestSequence
        largestSequence = properties.largestSequence
        longestKeyBytes = properties.longestKeyBytes
    }
}

extension SSTableInspection.Filter {
    init(_ bytes: UnsafeRawBufferPointer, entryCount: UInt64) {
        sizeBytes = bytes.count
        probeCount = Int(bytes.first ?? 0)
        bitsPerEntry = Double(bytes.count) * 8 / Double(max(entryCount, 1))
    }
}
