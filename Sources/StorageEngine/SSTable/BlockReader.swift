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
    /// - Parameter window: Where a walk keeps what it read ahead.
    func readBlock(_ blockHandle: BlockHandle, window: ReadAheadWindow? = nil)
        throws(EngineError) -> Block
    {
        try withContents(blockHandle, window: window) { (contents) throws(EngineError) in
            guard let block = Block.make(contents) else {
                throw damaged(blockHandle, "the block's restart table is malformed")
            }
            return block
        }
    }

    /// Reads a filter.
    func readFilter(_ blockHandle: BlockHandle) throws(EngineError) -> BloomFilter.Stored {
        try withContents(blockHandle) { BloomFilter.Stored($0) }
    }

    /// Lends a block's uncompressed bytes.
    func withContents<Result>(
        _ blockHandle: BlockHandle, window: ReadAheadWindow? = nil,
        _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        let wholeCount = blockHandle.sizeBytes + SSTableFormat.blockTrailerSizeBytes
        if let window {
            let found = try onDisk { () throws(FilesystemError) in
                try window.bytes(at: blockHandle.offset, count: wholeCount, in: handle)
            }
            if let found { return try withContents(blockHandle, stored: found, body) }
        }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: wholeCount, alignment: 16)
        defer { scratch.deallocate() }
        let readCount = try onDisk { () throws(FilesystemError) in
            try handle.read(into: scratch, at: blockHandle.offset)
        }
        guard readCount == wholeCount else { throw damaged(blockHandle, "the file ends early") }
        return try withContents(blockHandle, stored: UnsafeRawBufferPointer(scratch), body)
    }

    private func withContents<Result>(
        _ blockHandle: BlockHandle, stored whole: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
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
        switch SSTableFormat.StoredCompression(rawValue: compression) {
        case .raw: return try body(stored)
        case .lz4: return try withDecompressed(stored, blockHandle, body)
        case nil: throw damaged(blockHandle, "compression \(compression) is not known")
        }
    }

    private func withDecompressed<Result>(
        _ stored: UnsafeRawBufferPointer, _ blockHandle: BlockHandle,
        _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        var input = InputCursor(stored)
        guard let size = input.read(littleEndian: UInt32.self), size <= Self.blockSizeLimitBytes,
            stored.count <= Self.blockSizeLimitBytes
        else { throw damaged(blockHandle, "the uncompressed size is wrong") }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size), alignment: 16)
        defer { scratch.deallocate() }
        let source = stored.baseAddress?.advanced(by: 4).assumingMemoryBound(to: CChar.self)
        let target = scratch.baseAddress?.assumingMemoryBound(to: CChar.self)
        let count = LZ4_decompress_safe(source, target, Int32(stored.count - 4), Int32(size))
        guard count == Int32(size) else { throw damaged(blockHandle, "LZ4 refuses the block") }
        return try body(UnsafeRawBufferPointer(scratch))
    }

    private func damaged(_ blockHandle: BlockHandle, _ reason: String) -> EngineError {
        .corruption(file: name, offset: blockHandle.offset, reason: reason)
    }
}
