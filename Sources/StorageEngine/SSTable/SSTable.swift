// Unsafe pointers: blocks are held by whoever searches them; a found value is lent from the block
// that is returned with it.

internal import CLZ4

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
/// that names the table is released.
final class SSTable: @unchecked Sendable {
    let metadata: SSTableMetadata
    private let name: String
    private let handle: any FileHandle
    private let cache: BlockCache
    private let graveyard: Graveyard
    private let observer: EngineObserver
    let index: Block
    private let filter: Block.Raw?
    /// Nil where the table has none.
    let rangeTombstones: RangeTombstoneList?
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
        let reader = BlockReader(
            handle: handle, name: name, number: metadata.number, buffers: cache.buffers)
        index = try reader.readBlock(footer.index)
        filter = footer.filter.sizeBytes > 0 ? try reader.readRaw(footer.filter) : nil
        rangeTombstones = try RangeTombstoneBlock.read(reader, footer, metadata)
    }

    deinit {
        if isObsolete { graveyard.bury(metadata.number) }
    }

    /// Says that no version to come names this table, so its file goes when the last reader does.
    func markObsolete() { isObsolete = true }

    var number: UInt64 { metadata.number }

    /// Memory that the table holds while it is open: its index, filter and range tombstones.
    var memoryBytes: Int {
        index.chargeBytes + (filter?.chargeBytes ?? 0) + (rangeTombstones?.sizeBytes ?? 0)
    }

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
        switch index.search(key, tag: tag) {
        case .pastEnd: return nil
        case .malformed: throw damaged(0, "the index is malformed")
        case .found(let entry, _):
            guard let blockHandle = BlockHandle.read(entry.value) else {
                throw damaged(0, "an index entry is not a block handle")
            }
            let block = try dataBlock(blockHandle, mode: mode, fills: true)
            switch block.search(key, tag: tag) {
            // An index entry at or after the position means that no later block can hold the key.
            case .pastEnd: return nil
            case .malformed: throw damaged(blockHandle.offset, "a data block is malformed")
            case .found(let entry, let hasSameKey):
                guard hasSameKey else { return nil }
                return Found(tag: entry.tag, value: entry.value, block: block)
            }
        }
    }

    // MARK: Blocks

    /// A data block, from the cache or the disk.
    ///
    /// - Parameter fills: Whether a block read from the disk is kept; compactions read past the
    ///   cache, since what they read is about to be replaced.
    func dataBlock(_ blockHandle: BlockHandle, mode: ReadMode, fills: Bool) throws(EngineError)
        -> Block
    {
        if let block = cache.find(file: number, offset: blockHandle.offset) { return block }
        if case .cachedOnly = mode { throw .wouldBlock }
        let reader = BlockReader(handle: handle, name: name, number: number, buffers: cache.buffers)
        let block: Block
        do {
            block = try reader.readBlock(blockHandle)
        } catch {
            if case .corruption = error {
                observer.report(.corruption(description: error.description))
            }
            throw error
        }
        if fills { cache.insert(block, file: number, offset: blockHandle.offset) }
        return block
    }

    /// Reports damage and makes the error that says so.
    func damaged(_ offset: Int, _ reason: String) -> EngineError {
        let error = EngineError.corruption(file: name, offset: offset, reason: reason)
        observer.report(.corruption(description: error.description))
        return error
    }
}
