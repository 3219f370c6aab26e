// Unsafe pointers: payloads are lent by the caller for one call and copied into the buffer.

/// Cuts records into chunks for one file and counts its bytes; does no I/O.
///
/// Not thread-safe; its owner guards it.
struct LogFramer {
    private let framing: LogFraming
    /// Bytes framed so far, which is the file's length once all are written.
    private(set) var sizeBytes = 0

    init(fileNumber: UInt64) { framing = LogFraming(fileNumber: fileNumber) }

    /// Appends the file's first chunk to `buffer`.
    mutating func append(_ header: LogHeader, to buffer: OutputBuffer) {
        let payload = OutputBuffer()
        header.append(to: payload)
        appendChunk(payload.bytes, type: .header, to: buffer)
    }

    /// Appends a chunk that vouches for the file's first `syncedOffset` bytes, which are on stable
    /// storage before anything behind them is written.
    ///
    /// - Parameter type: A sync mark or a clean end.
    mutating func appendMark(
        _ type: LogFormat.ChunkType = .syncMark, syncedOffset: Int, to buffer: OutputBuffer
    ) {
        padBlockIfFull(buffer)
        withUnsafeBytes(of: UInt64(syncedOffset).littleEndian) {
            appendChunk($0, type: type, to: buffer)
        }
    }

    /// Appends one record's chunks to `buffer`.
    mutating func appendRecord(_ payload: UnsafeRawBufferPointer, to buffer: OutputBuffer) {
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
            appendChunk(piece, type: type, to: buffer)
            offset += count
            isFirst = false
        } while offset < payload.count
    }

    private var roomInBlock: Int {
        LogFormat.blockSizeBytes - sizeBytes % LogFormat.blockSizeBytes
    }

    private mutating func padBlockIfFull(_ buffer: OutputBuffer) {
        // So that a mark, which is never split, has its room in every block; and a header with no
        // payload behind it would be waste.
        let room = roomInBlock
        if room < framing.smallestRoomBytes {
            buffer.append(zeros: room)
            sizeBytes += room
        }
    }

    private mutating func appendChunk(
        _ payload: UnsafeRawBufferPointer, type: LogFormat.ChunkType, to buffer: OutputBuffer
    ) {
        let start = buffer.count
        buffer.append(littleEndian: UInt32(0))
        buffer.append(littleEndian: UInt16(payload.count))
        buffer.append(type.rawValue)
        buffer.append(payload)
        let checked = UnsafeRawBufferPointer(rebasing: buffer.bytes[(start + 4)...])
        buffer.store(littleEndian: framing.checksum(checked), at: start)
        sizeBytes += buffer.count - start
    }
}
