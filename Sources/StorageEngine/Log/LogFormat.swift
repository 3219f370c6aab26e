// Unsafe pointers: payloads are lent by the log reader for one call.

/// The framing that logs and manifests share.
///
/// A file is a run of 32 KiB blocks; a record is one chunk, or several where it crosses blocks. A
/// block's last bytes are zero where a sync mark would not fit.
///
/// ## Chunk
///     crc32c          u32   of the file's number, u64, and then of all that follows in the chunk
///     length          u16   of the payload
///     type            u8    1 full, 2 first, 3 middle, 4 last, 5 file header, 6 clean end, 7 sync
///                           mark
///     payload
///
/// The file's number is in no chunk, but a chunk of another file has another checksum.
///
/// ## Sync marks
/// Where a chunk is damaged, either the machine stopped before it was synced (a torn tail, which
/// ends the log) or synced bytes changed (corruption, which must be refused). A sync mark further on
/// proves the second: its payload is a u64, the bytes of this file that were on stable storage before
/// the mark was written. One stands at the end of each group of records that are written together and
/// synced, and vouches for the group before. Source: the idea is that of Pebble's "WAL sync chunk"
/// format, which has the offset in every chunk.
///
/// A mark vouches for nothing at or behind itself, so one that says so is not a chunk.
///
/// ## Version 1
/// Had 19 bytes before each payload: after the type, the low 32 bits of the file's number, and the
/// synced offset, u64. It had no sync marks, and its clean end was empty. See ``LogFraming``.
enum LogFormat {
    static let blockSizeBytes = 32 << 10
    static let chunkHeaderSizeBytes = 7
    static let markPayloadSizeBytes = 8
    static let version: UInt32 = 2
    static let magic: UInt64 = 0x4B56_445F_4C4F_4731  // "KVD_LOG1"

    enum ChunkType: UInt8 {
        case full = 1
        case first = 2
        case middle = 3
        case last = 4
        case header = 5
        case cleanEnd = 6
        case syncMark = 7
    }
}

/// What the first chunk of a log or manifest says.
///
/// ## Payload
///     magic                  u64
///     version                u32
///     database id            16 bytes
///     log number             u64
///     predecessor's number   u64   0 = none
///     predecessor's size     u64   bytes
///     predecessor's last sequence u64
///     predecessor is synced  u8    1 where all of it was on stable storage before this header was
///                                  written; 0 where a crash may have lost a part (version 1: no such
///                                  byte, always so)
struct LogHeader: Equatable {
    var databaseID: DatabaseID
    var logNumber: UInt64
    var predecessorNumber: UInt64
    var predecessorSizeBytes: UInt64
    var predecessorLastSequence: UInt64
    var predecessorIsSynced = true

    func append(to buffer: OutputBuffer) {
        buffer.append(littleEndian: LogFormat.magic)
        buffer.append(littleEndian: LogFormat.version)
        buffer.append(littleEndian: databaseID.low)
        buffer.append(littleEndian: databaseID.high)
        buffer.append(littleEndian: logNumber)
        buffer.append(littleEndian: predecessorNumber)
        buffer.append(littleEndian: predecessorSizeBytes)
        buffer.append(littleEndian: predecessorLastSequence)
        buffer.append(predecessorIsSynced ? UInt8(1) : 0)
    }

    /// Nil where the payload is not a header; throws where its version is not that of the framing.
    static func read(
        _ payload: UnsafeRawBufferPointer, version expected: UInt32, file: String
    ) throws(EngineError) -> LogHeader? {
        var input = InputCursor(payload)
        guard input.read(littleEndian: UInt64.self) == LogFormat.magic,
            let version = input.read(littleEndian: UInt32.self)
        else { return nil }
        guard version == expected else {
            throw .unsupportedFormat(
                "\(file) has format version \(version); this kvd reads 1 and \(LogFormat.version)")
        }
        guard let low = input.read(littleEndian: UInt64.self),
            let high = input.read(littleEndian: UInt64.self),
            let logNumber = input.read(littleEndian: UInt64.self),
            let predecessor = input.read(littleEndian: UInt64.self),
            let predecessorSize = input.read(littleEndian: UInt64.self),
            let predecessorLast = input.read(littleEndian: UInt64.self),
            let isSynced = version == 1 ? 1 : input.readByte(), isSynced <= 1
        else { return nil }
        return LogHeader(
            databaseID: DatabaseID(low: low, high: high), logNumber: logNumber,
            predecessorNumber: predecessor, predecessorSizeBytes: predecessorSize,
            predecessorLastSequence: predecessorLast, predecessorIsSynced: isSynced == 1)
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
