// Unsafe pointers: payloads are lent by the log reader for one call.

/// The framing that logs and manifests share.
///
/// A file is a run of 32 KiB blocks; a record is one chunk, or several where it crosses blocks. A
/// block's last bytes are zero where no chunk header fits.
///
/// ## Chunk
///     crc32c          u32   of all that follows in the chunk
///     length          u16   of the payload
///     type            u8    1 full, 2 first, 3 middle, 4 last, 5 file header, 6 clean end
///     log number      u32   low bits of the file's number: bytes of an older file are not taken
///     synced offset   u64   bytes of this file that were on stable storage when the chunk was
///                           framed
///     payload
///
/// ## Why the synced offset
/// Where a chunk is damaged, either the machine stopped before it was synced (a torn tail, which
/// ends the log) or synced bytes changed (corruption, which must be refused). A valid chunk further
/// on that claims bytes beyond the damage were synced proves the second. Source: Pebble's "WAL sync
/// chunk" format.
enum LogFormat {
    static let blockSizeBytes = 32 << 10
    static let chunkHeaderSizeBytes = 19
    static let version: UInt32 = 1
    static let magic: UInt64 = 0x4B56_445F_4C4F_4731  // "KVD_LOG1"

    enum ChunkType: UInt8 {
        case full = 1
        case first = 2
        case middle = 3
        case last = 4
        case header = 5
        case cleanEnd = 6
    }
}

/// What the first chunk of a log says.
///
/// ## Payload
///     magic                  u64
///     version                u32
///     database id            16 bytes
///     log number             u64
///     predecessor's number   u64   0 = none
///     predecessor's size     u64   bytes, all synced before this header was
///     predecessor's last sequence u64
struct LogHeader: Equatable {
    var databaseID: DatabaseID
    var logNumber: UInt64
    var predecessorNumber: UInt64
    var predecessorSizeBytes: UInt64
    var predecessorLastSequence: UInt64

    func append(to buffer: OutputBuffer) {
        buffer.append(littleEndian: LogFormat.magic)
        buffer.append(littleEndian: LogFormat.version)
        buffer.append(littleEndian: databaseID.low)
        buffer.append(littleEndian: databaseID.high)
        buffer.append(littleEndian: logNumber)
        buffer.append(littleEndian: predecessorNumber)
        buffer.append(littleEndian: predecessorSizeBytes)
        buffer.append(littleEndian: predecessorLastSequence)
    }

    /// Nil where the payload is not a header; throws where its version is not known.
    static func read(_ payload: UnsafeRawBufferPointer, file: String) throws(EngineError)
        -> LogHeader?
    {
        var input = InputCursor(payload)
        guard input.read(littleEndian: UInt64.self) == LogFormat.magic,
            let version = input.read(littleEndian: UInt32.self)
        else { return nil }
        guard version == LogFormat.version else {
            throw .unsupportedFormat("\(file) has format version \(version); this kvd reads 1")
        }
        guard let low = input.read(littleEndian: UInt64.self),
            let high = input.read(littleEndian: UInt64.self),
            let logNumber = input.read(littleEndian: UInt64.self),
            let predecessor = input.read(littleEndian: UInt64.self),
            let predecessorSize = input.read(littleEndian: UInt64.self),
            let predecessorLast = input.read(littleEndian: UInt64.self)
        else { return nil }
        return LogHeader(
            databaseID: DatabaseID(low: low, high: high), logNumber: logNumber,
            predecessorNumber: predecessor, predecessorSizeBytes: predecessorSize,
            predecessorLastSequence: predecessorLast)
    }
}

/// Tells databases apart, so that a file copied between folders is noticed.
struct DatabaseID: Equatable, Sendable {
    let low: UInt64
    let high: UInt64

    static func random() -> DatabaseID {
        DatabaseID(low: .random(in: .min ... .max), high: .random(in: .min ... .max))
    }
}
