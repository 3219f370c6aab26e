// Unsafe pointers: keys and values are lent by the caller for one call and copied.

internal import CLZ4

/// What a finished table is: its place in the manifest.
struct SSTableMetadata: Equatable, Sendable {
    var number: UInt64
    var sizeBytes: Int
    /// CRC-32C of the whole file.
    var checksum: UInt32
    var smallestKey: [UInt8]
    var largestKey: [UInt8]
    var smallestSequence: UInt64
    var largestSequence: UInt64
    var entryCount: Int
    var deletionCount: Int
    /// Puts that a newer entry or range tombstone of this table hides from all but snapshots.
    var hiddenCount = 0
    /// Range tombstones, each counted once for every fragment it is cut into.
    var rangeDeletionCount = 0
    /// Deletions and hidden puts in data blocks of which they are the most: what a scan that
    /// comes by reads in one piece, for nothing.
    var denseGarbageCount = 0
    /// Not stored.
    var pins = GarbagePins()

    /// Entries and range tombstones that nobody needs once no snapshot does and nothing lies deeper.
    var garbageCount: Int { deletionCount + hiddenCount + rangeDeletionCount }

    /// The garbage that no snapshot is known to need.
    ///
    /// - Parameter snapshots: The sequences of the snapshots alive, rising.
    func freeableCount(_ snapshots: [UInt64]) -> Int { garbageCount - pins.count(for: snapshots) }
}

/// Writes one table file, entries in order, through a buffer of its own.
final class SSTableWriter {
    /// Compression that saves less than this share is not worth its decompression: 12 %.
    private static let worthwhileShare = (numerator: 88, denominator: 100)
    private static let writeBufferBytes = 256 << 10
    /// What the buffer has room for without growing.
    private static let outputRoomBytes = writeBufferBytes + (64 << 10)

    private let handle: any FileHandle
    private let number: UInt64
    private let options: EngineOptions
    private let filterBits: FilterBits
    private let dataBlock: BlockBuilder
    private let indexBlock: BlockBuilder
    private let tombstoneBlock = BlockBuilder(
        restartInterval: RangeTombstoneBlock.restartInterval, capacity: 64)
    private var firstTombstoneLower: [UInt8] = []
    private let lastTombstoneUpper = OutputBuffer(capacity: 16)
    private let output = OutputBuffer(capacity: outputRoomBytes)
    private let compressed = OutputBuffer(capacity: 16 << 10)
    /// The last key of the last finished block.
    private let blockEndKey = OutputBuffer()
    private var lastTag = EntryTag.first
    private let handleBytes = OutputBuffer()
    private var pendingIndexHandle: BlockHandle?
    private var flushedBytes = 0
    private var fileChecksum: UInt32 = 0
    private var hashes = KeyHashes()
    private var metadata: SSTableMetadata
    /// Deletions and hidden puts before the block that is being built.
    private var garbageBeforeBlock = 0
    private var largestKeyCount = 0

    init(
        handle: any FileHandle, number: UInt64, options: EngineOptions, filterBits: FilterBits
    ) {
        self.handle = handle
        self.number = number
        self.options = options
        self.filterBits = filterBits
        dataBlock = BlockBuilder(
            restartInterval: SSTableFormat.restartInterval, capacity: options.blockSizeBytes * 2)
        indexBlock = BlockBuilder(restartInterval: 1, capacity: 16 << 10)
        metadata = SSTableMetadata(
            number: number, sizeBytes: 0, checksum: 0, smallestKey: [], largestKey: [],
            smallestSequence: .max, largestSequence: 0, entryCount: 0, deletionCount: 0)
    }

    var entryCount: Int { metadata.entryCount }

    /// The file's size if it were finished now, about: the index, which stays in memory until then, as
    /// it is before compression, and without the range tombstones that are added at the end.
    var estimatedSizeBytes: Int {
        flushedBytes + output.count + dataBlock.sizeBytes + indexBlock.sizeBytes
            + hashes.count * options.bloomBitsPerKey / 8
    }

    /// The key of the last entry; empty before the first. Lent until the next is added.
    var lastKey: UnsafeRawBufferPointer {
        dataBlock.isEmpty ? blockEndKey.bytes : dataBlock.lastKey
    }

    /// Adds an entry, which must sort after all before it.
    ///
    /// - Parameters:
    ///   - isNewKey: Whether the key is not that of the entry before.
    ///   - pin: The snapshots whose release frees it; nil for what none keeps.
    func add(
        key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer, isNewKey: Bool,
        pin: ClosedRange<UInt64>?
    ) throws(EngineError) {
        if !dataBlock.hasRoom(for: key, value, within: options.blockSizeBytes) {
            try finishDataBlock()
        }
        if let handle = pendingIndexHandle {
            addIndexEntry(handle, before: key, isNewKey: isNewKey)
            pendingIndexHandle = nil
        }
        if metadata.entryCount == 0 { metadata.smallestKey = [UInt8](key) }
        if isNewKey, options.bloomBitsPerKey > 0 { hashes.append(XXHash64.hash(key)) }
        dataBlock.add(key: key, tag: tag, value: value)
        lastTag = tag
        metadata.entryCount += 1
        if !tag.isPut {
            metadata.deletionCount += 1
        } else if pin != nil {
            metadata.hiddenCount += 1
        }
        if let pin { metadata.pins.add(pin) }
        metadata.smallestSequence = min(metadata.smallestSequence, tag.sequence)
        metadata.largestSequence = max(metadata.largestSequence, tag.sequence)
        largestKeyCount = max(largestKeyCount, key.count)
    }

    /// Adds a fragment of range tombstones; fragments come in key order and do not overlap, at any
    /// time between the entries.
    ///
    /// - Parameter pins: For each sequence the snapshots whose release frees it; nil where it may
    ///   hide something deeper.
    func addRangeTombstones(
        lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer,
        newestFirst: ArraySlice<UInt64>, pins: [ClosedRange<UInt64>]? = nil
    ) {
        if metadata.rangeDeletionCount == 0 { firstTombstoneLower = [UInt8](lower) }
        RangeTombstoneBlock.append(
            lower: lower, upper: upper, newestFirst: newestFirst, to: tombstoneBlock)
        lastTombstoneUpper.removeAll()
        lastTombstoneUpper.append(upper)
        metadata.rangeDeletionCount += newestFirst.count
        for pin in pins ?? [] { metadata.pins.add(pin) }
        for sequence in newestFirst {
            metadata.smallestSequence = min(metadata.smallestSequence, sequence)
            metadata.largestSequence = max(metadata.largestSequence, sequence)
        }
    }

    /// Sets the bounds of the table's keys, those that tombstones cover included.
    ///
    /// Both bounds are inclusive. A tombstone covers keys up to before its upper end: where that
    /// ends in a zero byte, the last of them is the same without it. Else there is no last one, and
    /// the upper end itself stands for it: that claims one key more than the table has, never one
    /// less, and no two tables of a level claim the same since tombstones are cut at a table's end
    /// by appending a zero byte.
    private func setBounds() {
        metadata.largestKey = [UInt8](blockEndKey.bytes)
        if metadata.rangeDeletionCount == 0 { return }
        var last = [UInt8](lastTombstoneUpper.bytes)
        if last.last == 0 { last.removeLast() }
        if metadata.entryCount == 0 || Version.precedes(metadata.largestKey, last) {
            metadata.largestKey = last
        }
        if metadata.entryCount == 0 || Version.precedes(firstTombstoneLower, metadata.smallestKey) {
            metadata.smallestKey = firstTombstoneLower
        }
    }

    /// Writes what is left and the file's end, and syncs it.
    func finish() throws(EngineError) -> SSTableMetadata {
        if !dataBlock.isEmpty { try finishDataBlock() }
        if let handle = pendingIndexHandle {
            handleBytes.removeAll()
            handle.append(to: handleBytes)
            indexBlock.add(key: blockEndKey.bytes, tag: lastTag, value: handleBytes.bytes)
        }
        setBounds()
        let filter = try writeFilter()
        let tombstones =
            metadata.rangeDeletionCount > 0
            ? try writeBlock(tombstoneBlock.finish(), compresses: true) : nil
        let properties = try writeProperties(tombstones: tombstones)
        let (index, indexKind) = try writeIndex()
        SSTableFooter(
            filter: filter, properties: properties, index: index, indexKind: indexKind,
            fileNumber: number, hasRangeTombstones: tombstones != nil
        ).append(to: output)
        try flushOutput()
        let handle = handle
        try onDisk { () throws(FilesystemError) in try handle.sync() }
        metadata.sizeBytes = flushedBytes
        metadata.checksum = fileChecksum
        return metadata
    }

    private func finishDataBlock() throws(EngineError) {
        blockEndKey.removeAll()
        blockEndKey.append(dataBlock.lastKey)
        let garbageCount = metadata.deletionCount + metadata.hiddenCount
        let inBlock = garbageCount - garbageBeforeBlock
        // Not half: a block of one large value and one deletion is no run.
        if inBlock * 2 > dataBlock.entryCount { metadata.denseGarbageCount += inBlock }
        garbageBeforeBlock = garbageCount
        pendingIndexHandle = try writeBlock(dataBlock.finish(), compresses: true)
        dataBlock.reset()
    }

    /// An index key is the shortest that separates two blocks, so that the index stays small.
    private func addIndexEntry(
        _ handle: BlockHandle, before key: UnsafeRawBufferPointer, isNewKey: Bool
    ) {
        handleBytes.removeAll()
        handle.append(to: handleBytes)
        guard isNewKey else {
            indexBlock.add(key: blockEndKey.bytes, tag: lastTag, value: handleBytes.bytes)
            return
        }
        // One byte past what the two share is taken from the later key: still before or at it. If
        // that makes the later key itself, or is no shorter, the last key serves.
        let lastKey = blockEndKey.bytes
        let shared = commonPrefixCount(lastKey, key)
        if shared + 1 < lastKey.count, shared + 1 < key.count {
            let separator = UnsafeRawBufferPointer(rebasing: key[0...shared])
            indexBlock.add(key: separator, tag: .last, value: handleBytes.bytes)
        } else {
            indexBlock.add(key: lastKey, tag: .last, value: handleBytes.bytes)
        }
    }

    private func writeFilter() throws(EngineError) -> BlockHandle {
        guard options.bloomBitsPerKey > 0 else { return BlockHandle(offset: 0, sizeBytes: 0) }
        let bitsPerKey = filterBits.bitsPerKey(of: metadata.span)
        let filter = OutputBuffer(capacity: hashes.count * bitsPerKey / 8 + 128)
        BloomFilter.build(hashes: hashes, bitsPerKey: bitsPerKey, into: filter)
        return try writeBlock(filter.bytes, compresses: false)
    }

    private func writeProperties(tombstones: BlockHandle?) throws(EngineError) -> BlockHandle {
        let properties = SSTableProperties(
            entryCount: UInt64(metadata.entryCount),
            deletionCount: UInt64(metadata.deletionCount),
            smallestSequence: metadata.smallestSequence,
            largestSequence: metadata.largestSequence, longestKeyBytes: UInt64(largestKeyCount),
            rangeTombstones: tombstones)
        let buffer = OutputBuffer()
        properties.append(to: buffer)
        return try writeBlock(buffer.bytes, compresses: false)
    }

    private func writeIndex() throws(EngineError) -> (BlockHandle, SSTableFormat.IndexKind) {
        let isPartitioned = indexBlock.sizeBytes > options.simulation.indexSizeLimitBytes
        let contents = indexBlock.finish()
        guard isPartitioned else {
            return (try writeBlock(contents, compresses: true), .oneLevel)
        }
        guard let whole = Block.make(contents) else {
            preconditionFailure("an index that was built here is malformed")
        }
        let partitionSizeBytes = options.simulation.indexPartitionSizeBytes
        let partition = BlockBuilder(restartInterval: 1, capacity: partitionSizeBytes * 2)
        let top = BlockBuilder(restartInterval: 1, capacity: 16 << 10)
        for number in 0..<whole.restarts {
            guard let entry = whole.restartEntry(number) else {
                preconditionFailure("an index that was built here is malformed")
            }
            partition.add(key: entry.unshared, tag: entry.tag, value: entry.value)
            let isLast = number + 1 == whole.restarts
            if isLast || partition.sizeBytes >= partitionSizeBytes {
                handleBytes.removeAll()
                try writeBlock(partition.finish(), compresses: true).append(to: handleBytes)
                handleBytes.append(varint: UInt64(partition.entryCount))
                top.add(key: entry.unshared, tag: entry.tag, value: handleBytes.bytes)
                partition.reset()
            }
        }
        return (try writeBlock(top.finish(), compresses: true), .partitioned)
    }

    private func writeBlock(_ contents: UnsafeRawBufferPointer, compresses: Bool)
        throws(EngineError) -> BlockHandle
    {
        var stored = contents
        var kind = SSTableFormat.StoredCompression.raw
        if compresses, options.compression == .lz4, let smaller = compress(contents) {
            stored = smaller
            kind = .lz4
        }
        let block = BlockHandle(offset: flushedBytes + output.count, sizeBytes: stored.count)
        let wholeBytes = stored.count + SSTableFormat.blockTrailerSizeBytes
        // The buffer would double, for one block.
        if output.count + wholeBytes > Self.outputRoomBytes { try flushOutput() }
        if wholeBytes > Self.outputRoomBytes {
            try write(stored)
        } else {
            output.append(stored)
        }
        output.append(kind.rawValue)
        output.append(
            littleEndian: SSTableFormat.checksum(
                stored: stored, compression: kind.rawValue, fileNumber: number,
                offset: block.offset))
        if output.count >= Self.writeBufferBytes { try flushOutput() }
        return block
    }

    /// The LZ4 form, where it saves enough.
    private func compress(_ contents: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let bound = Int(LZ4_compressBound(Int32(contents.count)))
        compressed.removeAll()
        compressed.append(littleEndian: UInt32(contents.count))
        compressed.reserve(bound)
        let source = contents.bindMemory(to: CChar.self)
        let target = (compressed.base + 4).assumingMemoryBound(to: CChar.self)
        let count = LZ4_compress_default(
            source.baseAddress, target, Int32(contents.count), Int32(bound))
        guard count > 0,
            (Int(count) + 4) * Self.worthwhileShare.denominator
                <= contents.count * Self.worthwhileShare.numerator
        else { return nil }
        compressed.extend(by: Int(count))
        return compressed.bytes
    }

    private func flushOutput() throws(EngineError) {
        try write(output.bytes)
        output.removeAll()
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(EngineError) {
        let (handle, offset) = (handle, flushedBytes)
        try onDisk { () throws(FilesystemError) in try handle.write(bytes, at: offset) }
        fileChecksum = Checksum.crc32c(bytes, continuing: fileChecksum)
        flushedBytes += bytes.count
    }
}
