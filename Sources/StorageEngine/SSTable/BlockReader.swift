// Unsafe pointers: a buffer is filled here before anything else sees it.

internal import CLZ4

extension Block {
    /// Bytes of a block that has no entries: a filter.
    ///
    /// `@unchecked Sendable`: immutable after `init`, and it owns the storage its bytes point into.
    final class Raw: @unchecked Sendable {
        private let storage: BlockBuffer
        let bytes: UnsafeRawBufferPointer

        init(_ storage: BlockBuffer, count: Int) {
            self.storage = storage
            bytes = UnsafeRawBufferPointer(start: storage.base, count: count)
        }

        /// Memory the bytes hold.
        var chargeBytes: Int { storage.capacity }
    }
}

/// Reads stored blocks, checks them and decompresses them.
struct BlockReader {
    let handle: any FileHandle
    let name: String
    let number: UInt64
    let buffers: BlockBufferPool

    /// Uncompressed blocks above this are taken for damage rather than memory to allocate.
    private static let blockSizeLimitBytes = 1 << 30

    func readBlock(_ blockHandle: BlockHandle) throws(EngineError) -> Block {
        let (buffer, count) = try read(blockHandle)
        guard let block = Block(buffer, count: count) else {
            throw damaged(blockHandle, "the block's restart table is malformed")
        }
        return block
    }

    func readRaw(_ blockHandle: BlockHandle) throws(EngineError) -> Block.Raw {
        let (buffer, count) = try read(blockHandle)
        return Block.Raw(buffer, count: count)
    }

    private func read(_ blockHandle: BlockHandle) throws(EngineError) -> (BlockBuffer, Int) {
        let storedCount = blockHandle.sizeBytes
        let wholeCount = storedCount + SSTableFormat.blockTrailerSizeBytes
        let buffer = buffers.take(wholeCount)
        let target = UnsafeMutableRawBufferPointer(start: buffer.base, count: wholeCount)
        let readCount = try onDisk { () throws(FilesystemError) in
            try handle.read(into: target, at: blockHandle.offset)
        }
        guard readCount == wholeCount else { throw damaged(blockHandle, "the file ends early") }
        var trailer = InputCursor(UnsafeRawBufferPointer(target), offset: storedCount)
        guard let compression = trailer.readByte(),
            let crc = trailer.read(littleEndian: UInt32.self)
        else { throw damaged(blockHandle, "the trailer is cut short") }
        let stored = UnsafeRawBufferPointer(start: buffer.base, count: storedCount)
        let expected = SSTableFormat.checksum(
            stored: stored, compression: compression, fileNumber: number,
            offset: blockHandle.offset)
        guard crc == expected else { throw damaged(blockHandle, "the block's checksum is wrong") }
        switch SSTableFormat.StoredCompression(rawValue: compression) {
        case .raw: return (buffer, storedCount)
        case .lz4:
            // The stored bytes live in `buffer`, which nothing else mentions from here on.
            defer { withExtendedLifetime(buffer) {} }
            return try decompress(stored, blockHandle)
        case nil: throw damaged(blockHandle, "compression \(compression) is not known")
        }
    }

    private func decompress(_ stored: UnsafeRawBufferPointer, _ blockHandle: BlockHandle)
        throws(EngineError) -> (BlockBuffer, Int)
    {
        var input = InputCursor(stored)
        guard let size = input.read(littleEndian: UInt32.self), size <= Self.blockSizeLimitBytes,
            stored.count <= Self.blockSizeLimitBytes
        else { throw damaged(blockHandle, "the uncompressed size is wrong") }
        let buffer = buffers.take(Int(size))
        let source = stored.baseAddress?.advanced(by: 4).assumingMemoryBound(to: CChar.self)
        let target = buffer.base.assumingMemoryBound(to: CChar.self)
        let count = LZ4_decompress_safe(source, target, Int32(stored.count - 4), Int32(size))
        guard count == Int32(size) else { throw damaged(blockHandle, "LZ4 refuses the block") }
        return (buffer, Int(size))
    }

    private func damaged(_ blockHandle: BlockHandle, _ reason: String) -> EngineError {
        .corruption(file: name, offset: blockHandle.offset, reason: reason)
    }
}
