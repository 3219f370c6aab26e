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

    /// What a file holds after its header.
    enum Element {
        case record(UnsafeRawBufferPointer)
        /// The file's first `syncedOffset` bytes were on stable storage before the mark was written.
        case mark(syncedOffset: Int)
    }

    private let name: String
    private let framing: LogFraming
    /// Each that the file may have: more than one where its first bytes are damaged.
    private let possibleFramings: [LogFraming]
    private let blocks: LogBlocks
    private let joined = OutputBuffer(capacity: 4096)
    private var offset = 0
    /// Where the last whole chunk ends; `offset` may be past the zeros at the end of its block.
    private var chunkEnd = 0
    private(set) var end: End?
    /// Where the last element returned begins.
    private(set) var elementOffset = 0
    /// Whether the last chunk read is the mark of a clean close.
    private(set) var isCleanlyClosed = false

    init(_ handle: any FileHandle, name: String, fileNumber: UInt64) throws(EngineError) {
        self.name = name
        blocks = try LogBlocks(handle)
        let start = try blocks.block(holding: 0).bytes
        possibleFramings = LogFraming.candidates(start, fileNumber: fileNumber)
        framing = possibleFramings[0]
    }

    /// The version of the file's format.
    var formatVersion: UInt32 { framing.version }

    /// The header, which must come first; nil where the file is torn before it was whole.
    func readHeader() throws(EngineError) -> LogHeader? {
        guard let (_, chunk) = try nextChunk() else { return nil }
        guard chunk.type == .header else {
            throw corruption(at: 0, "the first chunk is not a header")
        }
        let header = try LogHeader.read(chunk.payload, version: framing.version, file: name)
        guard let header else { throw corruption(at: 0, "the header is malformed") }
        return header
    }

    /// The next record, or nil at the end, which ``end`` then tells apart.
    ///
    /// Throws ``EngineError/corruption(file:offset:reason:)`` for damage in bytes that were synced.
    func nextRecord() throws(EngineError) -> UnsafeRawBufferPointer? {
        while let element = try nextElement() {
            if case .record(let record) = element { return record }
        }
        return nil
    }

    /// As ``nextRecord()``, with the sync marks between records.
    func nextElement() throws(EngineError) -> Element? {
        joined.removeAll()
        var isInside = false
        while let (place, chunk) = try nextChunk() {
            isCleanlyClosed = chunk.type == .cleanEnd
            if !isInside { elementOffset = place }
            switch (chunk.type, isInside) {
            case (.full, false):
                return .record(chunk.payload)
            case (.first, false), (.middle, true):
                joined.append(chunk.payload)
                isInside = true
            case (.last, true):
                joined.append(chunk.payload)
                return .record(joined.bytes)
            case (.syncMark, false):
                return .mark(syncedOffset: chunk.syncedOffset)
            case (.cleanEnd, false):
                // It vouches for all before it, which ``isCleanlyClosed`` says.
                continue
            default:
                throw corruption(at: elementOffset, "chunks of a record are out of order")
            }
        }
        // A record whose first chunks are whole and whose last is missing was never acknowledged.
        if isInside { end = .torn(offset: elementOffset) }
        return nil
    }

    private func nextChunk() throws(EngineError) -> (offset: Int, chunk: LogFraming.Chunk)? {
        if end != nil { return nil }
        let room = LogFormat.blockSizeBytes - offset % LogFormat.blockSizeBytes
        if room < framing.smallestRoomBytes {
            let block = try blocks.block(holding: offset)
            let padding = block.bytes.dropFirst(offset - block.start)
            guard padding.allSatisfy({ $0 == 0 }) else {
                try finishAtDamage()
                return nil
            }
            offset += padding.count
        }
        if offset == blocks.sizeBytes {
            end = .complete(sizeBytes: chunkEnd)
            return nil
        }
        guard let chunk = try chunk(at: offset, framing) else {
            try finishAtDamage()
            return nil
        }
        let place = offset
        offset += chunk.sizeBytes
        chunkEnd = offset
        return (place, chunk)
    }

    private func chunk(at place: Int, _ framing: LogFraming) throws(EngineError)
        -> LogFraming.Chunk?
    {
        let block = try blocks.block(holding: place)
        return framing.chunk(in: block.bytes, at: place - block.start, blockStart: block.start)
    }

    /// Decides what the damage at `offset` is; every later byte is tried as the start of a chunk,
    /// because the damaged chunk's length can not be trusted to lead to the next.
    private func finishAtDamage() throws(EngineError) {
        if try isZero(from: offset) {
            end = .complete(sizeBytes: chunkEnd)
            return
        }
        if try hasMark(behind: offset, beyond: offset) {
            throw corruption(at: offset, "a later chunk shows that these bytes were synced")
        }
        end = .torn(offset: offset)
    }

    /// Whether a chunk after `place` says that more than `syncedOffset` bytes were on stable storage.
    func hasMark(behind place: Int, beyond syncedOffset: Int = 0) throws(EngineError) -> Bool {
        for framing in possibleFramings {
            if try hasMark(behind: place, beyond: syncedOffset, framing) { return true }
        }
        return false
    }

    private func hasMark(
        behind start: Int, beyond syncedOffset: Int, _ framing: LogFraming
    ) throws(EngineError) -> Bool {
        var candidate = start + 1
        while candidate < blocks.sizeBytes {
            // A chunk does not cross the end of a block.
            let block = try blocks.block(holding: candidate)
            while candidate < block.end {
                let place = candidate - block.start
                if framing.mayVouch(block.bytes, at: place),
                    let later = framing.chunk(
                        in: block.bytes, at: place, blockStart: block.start),
                    later.syncedOffset > syncedOffset
                {
                    return true
                }
                candidate += 1
            }
            candidate = max(block.end, candidate + 1)
        }
        return false
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
