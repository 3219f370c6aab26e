// Unsafe pointers: payloads are lent by the caller for one call and copied into the buffer.

/// Cuts records into chunks for one file and counts its bytes; does no I/O.
///
/// Not thread-safe; its owner guards it.
struct LogFramer {
    private let fileNumber: UInt32
    /// Bytes framed so far, which is the file's length once all are written.
    private(set) var sizeBytes = 0

    init(fileNumber: UInt64) { self.fileNumber = UInt32(truncatingIfNeeded: fileNumber) }

    /// Appends one record's chunks to `buffer`.
    mutating func appendRecord(
        _ payload: UnsafeRawBufferPointer, syncedOffset: Int, to buffer: OutputBuffer
    ) {
        var offset = 0
        var isFirst = true
        repeat {
            padBlockIfFull(buffer)
            let room = roomInBlock - LogFormat.chunkHeaderSizeBytes
            let count = min(room, payload.count - offset)
            let isLast = offset + count == payload.count
            let type: LogFormat.ChunkType =
                switch (isFirst, isLast) {
                case (true, true): .full
                case (true, false): .first
                case (false, false): .middle
                case (false, true): .last
                }
            let piece = UnsafeRawBufferPointer(rebasing: payload[offset..<offset + count])
            appendChunk(piece, type: type, syncedOffset: syncedOffset, to: buffer)
            offset += count
            isFirst = false
        } while offset < payload.count
    }

    /// Appends a chunk of a type that is never split.
    mutating func appendWhole(
        _ payload: UnsafeRawBufferPointer, type: LogFormat.ChunkType, syncedOffset: Int,
        to buffer: OutputBuffer
    ) {
        padBlockIfFull(buffer)
        precondition(payload.count + LogFormat.chunkHeaderSizeBytes <= roomInBlock)
        appendChunk(payload, type: type, syncedOffset: syncedOffset, to: buffer)
    }

    private var roomInBlock: Int {
        LogFormat.blockSizeBytes - sizeBytes % LogFormat.blockSizeBytes
    }

    private mutating func padBlockIfFull(_ buffer: OutputBuffer) {
        // A header with no payload behind it would be waste, so such a rest is left as well.
        let room = roomInBlock
        if room <= LogFormat.chunkHeaderSizeBytes {
            buffer.append(zeros: room)
            sizeBytes += room
        }
    }

    private mutating func appendChunk(
        _ payload: UnsafeRawBufferPointer, type: LogFormat.ChunkType, syncedOffset: Int,
        to buffer: OutputBuffer
    ) {
        let start = buffer.count
        buffer.append(littleEndian: UInt32(0))
        buffer.append(littleEndian: UInt16(payload.count))
        buffer.append(type.rawValue)
        buffer.append(littleEndian: fileNumber)
        buffer.append(littleEndian: UInt64(syncedOffset))
        buffer.append(payload)
        let checked = UnsafeRawBufferPointer(rebasing: buffer.bytes[(start + 4)...])
        buffer.store(littleEndian: Checksum.crc32c(checked), at: start)
        sizeBytes += buffer.count - start
    }
}
