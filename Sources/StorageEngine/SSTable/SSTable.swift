// Unsafe pointers: blocks are held by whoever searches them; a found value is lent from the block
// that is returned with it.

/// Whether a read may wait for the disk.
public enum ReadMode: Sendable {
    /// Reads blocks from the disk where they are not in memory.
    case blocking
    /// Throws ``EngineError/wouldBlock`` instead.
    case cachedOnly
}

/// An open table: its index and filter in memory, its data blocks on the disk and in the cache.
///
/// Immutable once open. The last holder gives an obsolete table's file to the graveyard.
/// `@unchecked Sendable`: `isObsolete` is set once, under the version lock, before the last version
/// that names the table is released; blocks are immutable.
final class SSTable: @unchecked Sendable {
    /// Entries farther apart than this are asked for one by one.
    private static let farApartBytes = 320

    let metadata: SSTableMetadata
    private let name: String
    private let handle: any FileHandle
    private let cache: BlockCache
    private let graveyard: Graveyard
    private let observer: EngineObserver
    private let index: TableIndex
    /// The data blocks' slots, then those of the index's partitions.
    private let slots: BlockSlots
    private let filter: BloomFilter.Stored?
    /// Nil where the table has none.
    let rangeTombstones: RangeTombstoneList?
    /// Where data blocks end in the file.
    let dataEnd: Int
    private let entriesPerBlock: Int
    /// How many restarts a data block has at most, about.
    private let restartRoom: Int
    private var isObsolete = false

    /// Opens a table and checks its footer, index and filter.
    init(
        metadata: SSTableMetadata, folder: String, filesystem: any Filesystem, cache: BlockCache,
        graveyard: Graveyard, observer: EngineObserver
    ) throws(EngineError) {
        self.metadata = metadata
        self.cache = cache
        self.graveyard = graveyard
        self.observer = observer
        let fileName = FileName.table(metadata.number)
        name = fileName.name
        let path = fileName.path(in: folder)
        let handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .read) }
        self.handle = handle
        let footer = try Self.readFooter(handle, metadata: metadata, name: name)
        let reader = BlockReader(handle: handle, name: name, number: metadata.number)
        filter = footer.filter.sizeBytes > 0 ? try reader.readFilter(footer.filter) : nil
        let top = try reader.readBlock(footer.index)
        let index = TableIndex(top, kind: footer.indexKind, fileSizeBytes: metadata.sizeBytes)
        guard let index else {
            throw .corruption(
                file: name, offset: footer.index.offset, reason: "the index is malformed")
        }
        self.index = index
        slots = BlockSlots(
            count: index.blockCount + index.partitionCount,
            salt: Int(truncatingIfNeeded: metadata.number % 1024))
        entriesPerBlock = metadata.entryCount / max(index.blockCount, 1)
        restartRoom = entriesPerBlock * 5 / (SSTableFormat.restartInterval * 4) + 2
        dataEnd = min(
            footer.properties.offset, footer.index.offset,
            footer.filter.sizeBytes > 0 ? footer.filter.offset : .max)
        rangeTombstones = try RangeTombstoneBlock.read(reader, footer, metadata)
    }

    deinit {
        cache.removeAll(slots)
        if isObsolete { graveyard.bury(metadata.number, handle) }
    }

    /// Says that no version to come names this table, so its file goes when the last reader does.
    func markObsolete() { isObsolete = true }

    var number: UInt64 { metadata.number }

    /// Memory that the table holds while it is open: its index, filter, slots and range tombstones.
    var memoryBytes: Int {
        index.chargeBytes + slots.sizeBytes + (filter?.chargeBytes ?? 0)
            + (rangeTombstones?.sizeBytes ?? 0)
    }

    /// How many data blocks the table has.
    var blockCount: Int { index.blockCount }

    /// Bytes of the filter; 0 where there is none.
    var filterBytes: Int { filter?.bytes.count ?? 0 }

    private static func readFooter(
        _ handle: any FileHandle, metadata: SSTableMetadata, name: String
    ) throws(EngineError) -> SSTableFooter {
        let size = try onDisk { () throws(FilesystemError) in try handle.size() }
        guard size == metadata.sizeBytes, size >= SSTableFormat.footerSizeBytes else {
            throw .corruption(
                file: name, offset: size,
                reason: "the file has \(size) bytes, the manifest says \(metadata.sizeBytes)")
        }
        let buffer = OutputBuffer(capacity: SSTableFormat.footerSizeBytes)
        buffer.append(zeros: SSTableFormat.footerSizeBytes)
        let target = UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.count)
        _ = try onDisk { () throws(FilesystemError) in
            try handle.read(into: target, at: size - SSTableFormat.footerSizeBytes)
        }
        let footer = try SSTableFooter.read(buffer.bytes, file: name, fileSize: size)
        guard footer.fileNumber == metadata.number else {
            throw .corruption(
                file: name, offset: size, reason: "it says it is table \(footer.fileNumber)")
        }
        return footer
    }

    // MARK: Point reads

    /// A version of a key, with the block that lends its value.
    struct Found {
        let tag: EntryTag
        let value: UnsafeRawBufferPointer
        let block: Block
    }

    /// The newest version of `key` at or before `sequence`, if this table has one.
    ///
    /// - Parameter hash: The key's XXH64, for the filter.
    func get(_ key: UnsafeRawBufferPointer, hash: UInt64, sequence: UInt64, mode: ReadMode)
        throws(EngineError) -> Found?
    {
        guard let filter else { return try search(key, sequence: sequence, mode: mode) }
        guard BloomFilter.mayContain(hash, filter: filter.bytes) else {
            observer.filters.noteAbsent()
            return nil
        }
        let found = try search(key, sequence: sequence, mode: mode)
        observer.filters.notePresent(isTrue: found != nil)
        return found
    }

    @inline(__always)
    private func search(_ key: UnsafeRawBufferPointer, sequence: UInt64, mode: ReadMode)
        throws(EngineError) -> Found?
    {
        let tag = EntryTag.seek(sequence: sequence)
        let number = try blockNumber(for: key, tag: tag, mode: mode, use: .kept)
        guard number < index.blockCount else { return nil }
        let block = try dataBlock(number, mode: mode, use: .kept)
        switch block.search(key, tag: tag) {
        // An index entry at or after the position means that no later block can hold the key.
        case .pastEnd: return nil
        case .malformed: throw damaged(number)
        case .found(let entry, let hasSameKey):
            guard hasSameKey else { return nil }
            return Found(tag: entry.tag, value: entry.value, block: block)
        }
    }

    // MARK: Blocks

    /// The number of the first data block that can hold entries at or after a position; their count
    /// where there is none.
    @inline(__always)
    func blockNumber(
        for key: UnsafeRawBufferPointer, tag: EntryTag, mode: ReadMode, use: CacheUse
    ) throws(EngineError) -> Int {
        let first = index.top.firstRestart(atOrAfter: key, tag: tag)
        return index.isPartitioned
            ? try blockNumber(inPartition: first, for: key, tag: tag, mode: mode, use: use) : first
    }

    private func blockNumber(
        inPartition number: Int, for key: UnsafeRawBufferPointer, tag: EntryTag, mode: ReadMode,
        use: CacheUse
    ) throws(EngineError) -> Int {
        guard number < index.partitionCount else { return index.blockCount }
        let partition = try partition(number, mode: mode, use: use)
        return index.firstBlock(ofPartition: number)
            + partition.firstRestart(atOrAfter: key, tag: tag)
    }

    /// A data block by its number, from the cache or the disk.
    ///
    /// - Parameters:
    ///   - use: What the read means to the cache.
    ///   - window: Where a walk keeps what it read ahead.
    @inline(__always)
    func dataBlock(
        _ number: Int, mode: ReadMode, use: CacheUse, window: ReadAheadWindow? = nil
    ) throws(EngineError) -> Block {
        if let block = cache.find(slots, number, for: use) { return block }
        return try readDataBlock(number, mode: mode, use: use, window: window)
    }

    /// Asks for a data block that will be wanted soon, if there is one of this number and in memory.
    ///
    /// - Parameters:
    ///   - byteCount: How many bytes it has, about.
    ///   - isBackward: Whether the walk begins with its last entry.
    func prefetchDataBlock(_ number: Int, byteCount: Int, isBackward: Bool) {
        guard number >= 0, number < index.blockCount else { return }
        let entryBytes = byteCount / max(entriesPerBlock, 1)
        if isBackward, entryBytes > Self.farApartBytes {
            // In so few the processor sees no pattern.
            slots.prefetch(number, count: min(entriesPerBlock, 16), strideBytes: entryBytes)
        } else {
            slots.prefetch(number, count: 4, strideBytes: 64)
        }
    }

    @inline(never)
    private func readDataBlock(
        _ number: Int, mode: ReadMode, use: CacheUse, window: ReadAheadWindow?
    ) throws(EngineError) -> Block {
        if case .cachedOnly = mode { throw .wouldBlock }
        return try read(
            try blockHandle(number, use: use), slot: number, restartRoom: restartRoom,
            fills: use.keeps, window: window)
    }

    /// A partition of the index by its number.
    private func partition(_ number: Int, mode: ReadMode, use: CacheUse) throws(EngineError)
        -> Block
    {
        let slot = index.blockCount + number
        if let block = cache.find(slots, slot, for: use.ofIndex) { return block }
        if case .cachedOnly = mode { throw .wouldBlock }
        guard let blockHandle = index.partitionHandle(number) else {
            throw damaged(0, "an index entry is not a block handle")
        }
        let block = try read(
            blockHandle, slot: slot, restartRoom: index.blockCount(ofPartition: number),
            fills: false, window: nil)
        // No one may find it before that is known.
        guard block.restarts == index.blockCount(ofPartition: number) else {
            throw damaged(blockHandle.offset, "a partition of the index has the wrong size")
        }
        cache.insert(block, slots, slot)
        return block
    }

    private func blockHandle(_ number: Int, use: CacheUse) throws(EngineError) -> BlockHandle {
        var (indexBlock, place) = (index.top, number)
        if index.isPartitioned {
            let partition = index.partition(ofBlock: number)
            indexBlock = try self.partition(partition, mode: .blocking, use: use)
            place -= index.firstBlock(ofPartition: partition)
        }
        guard let entry = indexBlock.restartEntry(place),
            let blockHandle = BlockHandle.read(entry.value)
        else { throw damaged(0, "an index entry is not a block handle") }
        return blockHandle
    }

    private func read(
        _ blockHandle: BlockHandle, slot: Int, restartRoom: Int, fills: Bool,
        window: ReadAheadWindow?
    ) throws(EngineError) -> Block {
        let reader = BlockReader(handle: handle, name: name, number: number)
        let block: Block
        do {
            block = try reader.readBlock(
                blockHandle, window: window, restartRoom: restartRoom, in: cache.allocator)
        } catch {
            if case .corruption = error {
                observer.report(.corruption(description: error.description))
            }
            throw error
        }
        if fills { cache.insert(block, slots, slot) }
        return block
    }

    /// Reports that a data block's entries are malformed.
    func damaged(_ number: Int) -> EngineError {
        let offset = (try? blockHandle(number, use: .rewriting))?.offset ?? 0
        return damaged(offset, "a block's entries are malformed")
    }

    /// Reports damage and makes the error that says so.
    private func damaged(_ offset: Int, _ reason: String) -> EngineError {
        let error = EngineError.corruption(file: name, offset: offset, reason: reason)
        observer.report(.corruption(description: error.description))
        return error
    }
}
