// Unsafe pointers: the file's blocks are held by this class; records are lent until the next call.

/// Reads the records of a log or manifest, front to back, and tells a torn tail from corruption.
final class LogReader {
    /// How a file ends.
    enum End: Equatable {
        /// After the last chunk, at the file's end or before zeros that were written ahead.
        case complete(sizeBytes: Int)
        /// In bytes that a crash left half written; all before them is good.
        case torn(offset: Int)
    }

    private let name: String
    private let fileNumber: UInt32
    private let blocks: LogBlocks
    private let joined = OutputBuffer(capacity: 4096)
    private var offset = 0
    /// Where the last whole chunk ends; `offset` may be past the zeros at the end of its block.
    private var chunkEnd = 0
    private(set) var end: End?
    /// Where the last record returned begins.
    private(set) var recordOffset = 0
    /// Whether the last chunk read is the mark of a clean close.
    private(set) var isCleanlyClosed = false

    init(_ handle: any FileHandle, name: String, fileNumber: UInt64) throws(EngineError) {
        self.name = name
        self.fileNumber = UInt32(truncatingIfNeeded: fileNumber)
        blocks = try LogBlocks(handle)
    }

    /// The payload of the header chunk, which must come first; nil where the file is torn before
    /// its header was whole.
    func readHeader() throws(EngineError) -> UnsafeRawBufferPointer? {
        guard let chunk = try nextChunk() else { return nil }
        guard chunk.type == .header else {
            throw corruption(at: 0, "the first chunk is not a header")
        }
        return chunk.payload
    }

    /// The next record, or nil at the end, which ``end`` then tells apart.
    ///
    /// Throws ``EngineError/corruption(file:offset:reason:)`` for damage in bytes that were synced.
    func nextRecord() throws(EngineError) -> UnsafeRawBufferPointer? {
        joined.removeAll()
        var isInside = false
        let start = offset
        while let chunk = try nextChunk() {
            isCleanlyClosed = chunk.type == .cleanEnd
            if !isInside { recordOffset = chunk.offset }
            switch (chunk.type, isInside) {
            case (.full, false):
                return chunk.payload
            case (.first, false), (.middle, true):
                joined.append(chunk.payload)
                isInside = true
            case (.last, true):
                joined.append(chunk.payload)
                return joined.bytes
            case (.cleanEnd, false):
                // Its synced offset vouches for all before it; there is nothing to hand out.
                continue
            default:
                throw corruption(at: start, "chunks of a record are out of order")
            }
        }
        // A record whose first chunks are whole and whose last is missing was never acknowledged.
        if isInside { end = .torn(offset: start) }
        return nil
    }

    private struct Chunk {
        let offset: Int
        let type: LogFormat.ChunkType
        let payload: UnsafeRawBufferPointer
        let syncedOffset: UInt64
    }

    private func nextChunk() throws(EngineError) -> Chunk? {
        if end != nil { return nil }
        let room = LogFormat.blockSizeBytes - offset % LogFormat.blockSizeBytes
        if room <= LogFormat.chunkHeaderSizeBytes {
            let block = try blocks.block(holding: offset)
            let padding = block.bytes.dropFirst(offset - block.start)
            guard padding.allSatisfy({ $0 == 0 }) else { return try finishAtDamage() }
            offset += padding.count
        }
        if offset == blocks.sizeBytes {
            end = .complete(sizeBytes: chunkEnd)
            return nil
        }
        guard let chunk = try chunk(at: offset) else { return try finishAtDamage() }
        offset += LogFormat.chunkHeaderSizeBytes + chunk.payload.count
        chunkEnd = offset
        return chunk
    }

    /// A chunk whose checksum holds and whose file number is this file's.
    private func chunk(at start: Int) throws(EngineError) -> Chunk? {
        let block = try blocks.block(holding: start)
        let place = start - block.start
        var input = InputCursor(block.bytes, offset: place)
        guard let crc = input.read(littleEndian: UInt32.self),
            let count = input.read(littleEndian: UInt16.self),
            let typeByte = input.readByte(),
            let number = input.read(littleEndian: UInt32.self), number == fileNumber,
            let type = LogFormat.ChunkType(rawValue: typeByte),
            let synced = input.read(littleEndian: UInt64.self),
            let payload = input.readBytes(Int(count))
        else { return nil }
        let checked = UnsafeRawBufferPointer(rebasing: block.bytes[(place + 4)..<input.offset])
        guard Checksum.crc32c(checked) == crc else { return nil }
        return Chunk(offset: start, type: type, payload: payload, syncedOffset: synced)
    }

    /// Decides what the damage at `offset` is; every later byte is tried as the start of a chunk,
    /// because the damaged chunk's length can not be trusted to lead to the next.
    private func finishAtDamage() throws(EngineError) -> Chunk? {
        if try isZero(from: offset) {
            end = .complete(sizeBytes: chunkEnd)
            return nil
        }
        var candidate = offset + 1
        while candidate < blocks.sizeBytes {
            // A chunk does not cross the end of a block.
            let block = try blocks.block(holding: candidate)
            while candidate + LogFormat.chunkHeaderSizeBytes <= block.end {
                let number = block.bytes.loadUnaligned(
                    fromByteOffset: candidate - block.start + 7, as: UInt32.self)
                if UInt32(littleEndian: number) == fileNumber,
                    let later = try chunk(at: candidate), later.syncedOffset > UInt64(offset)
                {
                    throw corruption(at: offset, "a later chunk shows that these bytes were synced")
                }
                candidate += 1
            }
            candidate = max(block.end, candidate + 1)
        }
        end = .torn(offset: offset)
        return nil
    }

    private func isZero(from start: Int) throws(EngineError) -> Bool {
        var place = start
        while place < blocks.sizeBytes {
            let block = try blocks.block(holding: place)
            guard block.bytes.dropFirst(place - block.start).allSatisfy({ $0 == 0 }) else {
                return false
            }
            place = max(block.end, place + 1)
        }
        return true
    }

    private func corruption(at offset: Int, _ reason: String) -> EngineError {
        .corruption(file: name, offset: offset, reason: reason)
    }
}

/// The whole of a file.
func readWholeFile(_ handle: any FileHandle) throws(EngineError) -> OutputBuffer {
    let size = try onDisk { () throws(FilesystemError) in try handle.size() }
    let contents = OutputBuffer(capacity: size)
    contents.append(zeros: size)
    let target = UnsafeMutableRawBufferPointer(start: contents.base, count: size)
    let count = try onDisk { () throws(FilesystemError) in try handle.read(into: target, at: 0) }
    if count < size { contents.truncate(to: count) }
    return contents
}
