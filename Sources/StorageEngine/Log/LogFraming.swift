// Unsafe pointers: a file's bytes are lent by the reader for one call, payloads out of them.

/// How the chunks of one file are told from other bytes: by the version of its format, and by its
/// number.
struct LogFraming {
    /// A chunk whose checksum holds.
    struct Chunk {
        let type: LogFormat.ChunkType
        let payload: UnsafeRawBufferPointer
        /// Bytes of the file that were on stable storage before the chunk was written, as far as it
        /// says.
        let syncedOffset: Int
        let sizeBytes: Int
    }

    let version: UInt32
    private let fileNumber: UInt64
    /// What the checksum of every chunk continues.
    private let seed: UInt32
    private let headerSizeBytes: Int
    /// Where a block has less left than this, it is zero.
    let smallestRoomBytes: Int

    /// The framing that files are written with.
    init(fileNumber: UInt64) {
        self.init(version: LogFormat.version, fileNumber: fileNumber)
    }

    private init(version: UInt32, fileNumber: UInt64) {
        self.version = version
        self.fileNumber = fileNumber
        headerSizeBytes = Self.headerSizeBytes(version)
        if version == 1 {
            seed = 0
            smallestRoomBytes = headerSizeBytes + 1
        } else {
            seed = Checksum.crc32c(littleEndian: fileNumber, continuing: 0)
            smallestRoomBytes = headerSizeBytes + LogFormat.markPayloadSizeBytes
        }
    }

    private static let versions = [LogFormat.version, 1]

    private static func headerSizeBytes(_ version: UInt32) -> Int {
        version == 1 ? 19 : LogFormat.chunkHeaderSizeBytes
    }

    /// The framings that a file may have which begins with `start`: one, as the place of its magic
    /// number tells, or each there is where that number is damaged, the present one first.
    static func candidates(_ start: UnsafeRawBufferPointer, fileNumber: UInt64) -> [LogFraming] {
        let version = version(of: start)
        return versions.filter { version ?? $0 == $0 }
            .map { LogFraming(version: $0, fileNumber: fileNumber) }
    }

    private static func version(of start: UnsafeRawBufferPointer) -> UInt32? {
        versions.first { version in
            var input = InputCursor(start, offset: headerSizeBytes(version))
            return input.read(littleEndian: UInt64.self) == LogFormat.magic
        }
    }

    /// The number that the header of a file states which begins with `start`; not checked.
    static func statedNumber(_ start: UnsafeRawBufferPointer) -> UInt64? {
        guard let version = version(of: start) else { return nil }
        var input = InputCursor(start, offset: headerSizeBytes(version))
        guard let payload = input.readBytes(start.count - input.offset) else { return nil }
        return (try? LogHeader.read(payload, version: version, file: ""))?.logNumber
    }

    /// The checksum of a chunk's bytes after it.
    func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        Checksum.crc32c(bytes, continuing: seed)
    }

    /// The chunk that begins at `place` of a block, which begins at `blockStart` of the file.
    func chunk(in block: UnsafeRawBufferPointer, at place: Int, blockStart: Int) -> Chunk? {
        var input = InputCursor(block, offset: place)
        guard let crc = input.read(littleEndian: UInt32.self),
            let count = input.read(littleEndian: UInt16.self),
            let typeByte = input.readByte(), let type = LogFormat.ChunkType(rawValue: typeByte)
        else { return nil }
        var synced: UInt64? = 0
        if version == 1 {
            guard input.read(littleEndian: UInt32.self) == UInt32(truncatingIfNeeded: fileNumber)
            else { return nil }
            synced = input.read(littleEndian: UInt64.self)
        }
        guard let payload = input.readBytes(Int(count)),
            checksum(UnsafeRawBufferPointer(rebasing: block[(place + 4)..<input.offset])) == crc
        else { return nil }
        if version > 1, Self.isMark(type) {
            var mark = InputCursor(payload)
            synced = mark.read(littleEndian: UInt64.self)
        }
        guard let synced, synced <= UInt64(blockStart + place) else { return nil }
        return Chunk(
            type: type, payload: payload, syncedOffset: Int(synced),
            sizeBytes: input.offset - place)
    }

    /// Whether a chunk that may begin at `place` could vouch for bytes before it: a quick look that
    /// spares most places a checksum.
    func mayVouch(_ block: UnsafeRawBufferPointer, at place: Int) -> Bool {
        if place + headerSizeBytes > block.count { return false }
        if version == 1 {
            let number = block.loadUnaligned(fromByteOffset: place + 7, as: UInt32.self)
            return UInt32(littleEndian: number) == UInt32(truncatingIfNeeded: fileNumber)
        }
        let count = block.loadUnaligned(fromByteOffset: place + 4, as: UInt16.self)
        return UInt16(littleEndian: count) == UInt16(LogFormat.markPayloadSizeBytes)
            && LogFormat.ChunkType(rawValue: block[place + 6]).map(Self.isMark) == true
    }

    private static func isMark(_ type: LogFormat.ChunkType) -> Bool {
        type == .syncMark || type == .cleanEnd
    }
}
