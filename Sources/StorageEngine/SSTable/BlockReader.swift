// Unsafe pointers: scratch memory lives for one call; a window's bytes are used before it moves.

internal import CLZ4

/// Reads stored blocks, checks them and decompresses them.
struct BlockReader {
    let handle: any FileHandle
    let name: String
    let number: UInt64

    /// Uncompressed blocks above this are taken for damage rather than memory to allocate.
    private static let blockSizeLimitBytes = 1 << 30

    /// Reads a block of entries.
    ///
    /// - Parameters:
    ///   - window: Where a walk keeps what it read ahead.
    ///   - restartRoom: How many restarts the block is thought to have.
    ///   - allocator: Where the block's memory is from; nil for the system's.
    func readBlock(
        _ blockHandle: BlockHandle, window: ReadAheadWindow? = nil, restartRoom: Int = 0,
        in allocator: SlabAllocator? = nil
    ) throws(EngineError) -> Block {
        let block = try withStored(blockHandle, window) {
            (stored, compression) throws(EngineError) -> Block? in
            switch compression {
            case .raw: return Block.make(stored, in: allocator)
            case .lz4:
                // Straight to where the bytes will stay.
                return try Block.make(
                    byteCount: try uncompressedSize(of: stored, blockHandle),
                    restartRoom: restartRoom, in: allocator
                ) { (target) throws(EngineError) in
                    try decompress(stored, into: target, blockHandle)
                }
            }
        }
        guard let block else {
            throw damaged(blockHandle, "the block's restart table is malformed")
        }
        return block
    }

    /// Reads a filter.
    func readFilter(_ blockHandle: BlockHandle) throws(EngineError) -> BloomFilter.Stored {
        try withContents(blockHandle) { BloomFilter.Stored($0) }
    }

    /// Lends a block's uncompressed bytes.
    func withContents<Result>(
        _ blockHandle: BlockHandle, _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try withStored(blockHandle, nil) { (stored, compression) throws(EngineError) -> Result in
            if compression == .raw { return try body(stored) }
            let scratch = UnsafeMutableRawBufferPointer.allocate(
                byteCount: try uncompressedSize(of: stored, blockHandle), alignment: 16)
            defer { scratch.deallocate() }
            try decompress(stored, into: scratch, blockHandle)
            return try body(UnsafeRawBufferPointer(scratch))
        }
    }

    private typealias StoredBody<Result> =
        (UnsafeRawBufferPointer, SSTableFormat.StoredCompression) throws(EngineError) -> Result

    /// Lends a block's bytes as they are stored, checked.
    private func withStored<Result>(
        _ blockHandle: BlockHandle, _ window: ReadAheadWindow?, _ body: StoredBody<Result>
    ) throws(EngineError) -> Result {
        let wholeCount = blockHandle.sizeBytes + SSTableFormat.blockTrailerSizeBytes
        if let window {
            let found = try onDisk { () throws(FilesystemError) in
                try window.bytes(at: blockHandle.offset, count: wholeCount, in: handle)
            }
            if let found { return try withChecked(found, blockHandle, body) }
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: wholeCount, alignment: 16)
        defer { scratch.deallocate() }
        let readCount = try onDisk { () throws(FilesystemError) in
            try handle.read(into: scratch, at: blockHandle.offset)
        }
        guard readCount == wholeCount else { throw damaged(blockHandle, "the file ends early") }
        return try withChecked(UnsafeRawBufferPointer(scratch), blockHandle, body)
    }

    private func withChecked<Result>(
        _ whole: UnsafeRawBufferPointer, _ blockHandle: BlockHandle, _ body: StoredBody<Result>
    ) throws(EngineError) -> Result {
        var trailer = InputCursor(whole, offset: blockHandle.sizeBytes)
        guard let compression = trailer.readByte(),
            let crc = trailer.read(littleEndian: UInt32.self)
        else { throw damaged(blockHandle, "the trailer is cut short") }
        let stored = UnsafeRawBufferPointer(rebasing: whole[..<blockHandle.sizeBytes])
        let expected = SSTableFormat.checksum(
            stored: stored, compression: compression, fileNumber: number,
            offset: blockHandle.offset)
        guard crc == expected else { throw damaged(blockHandle, "the block's checksum is wrong") }
        guard let kind = SSTableFormat.StoredCompression(rawValue: compression) else {
            throw damaged(blockHandle, "compression \(compression) is not known")
        }
        return try body(stored, kind)
    }

    private func uncompressedSize(
        of stored: UnsafeRawBufferPointer, _ blockHandle: BlockHandle
    ) throws(EngineError) -> Int {
        var input = InputCursor(stored)
        guard let size = input.read(littleEndian: UInt32.self), size <= Self.blockSizeLimitBytes,
            stored.count <= Self.blockSizeLimitBytes
        else { throw damaged(blockHandle, "the uncompressed size is wrong") }
        return Int(size)
    }

    private func decompress(
        _ stored: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        _ blockHandle: BlockHandle
    ) throws(EngineError) {
        let source = stored.baseAddress?.advanced(by: 4).assumingMemoryBound(to: CChar.self)
        let count = LZ4_decompress_safe(
            source, target.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(stored.count - 4), Int32(target.count))
        guard count == Int32(target.count) else {
            throw damaged(blockHandle, "LZ4 refuses the block")
        }
    }

    private func damaged(_ blockHandle: BlockHandle, _ reason: String) -> EngineError {
        .corruption(file: name, offset: blockHandle.offset, reason: reason)
    }
}
