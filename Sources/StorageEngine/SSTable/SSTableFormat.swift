// Unsafe pointers: stored bytes are lent by the reader or writer for one call.

/// The layout of a table file.
///
///     data blocks         each followed by a block trailer
///     filter              with trailer; absent where filters are off
///     range tombstones    with trailer; in version 2 alone, where the properties say where it lies
///     properties          with trailer
///     index partitions    with trailer each; absent where the index has one level
///     index               with trailer
///     footer              fixed size, at the file's end
///
/// ## Block trailer
///     compression   u8    0 = raw, 1 = LZ4: u32 uncompressed size, then an LZ4 block
///     crc32c        u32   of the stored bytes, the compression byte, the file number and the
///                         block's offset (u64 each), so that a block read from the wrong place is
///                         noticed
///
/// ## Index
/// One level: a block with an entry for each data block, whose key is at or after the data block's
/// last and before the first of the next, and whose value is the data block's handle. Two levels:
/// such blocks for runs of data blocks, the partitions, and one block with an entry for each
/// partition: its last key, and as the value its handle and the number of its entries (varint).
/// Every entry of an index block is a restart.
///
/// ## Footer (80 bytes)
///     filter      offset u64 · size u64     size 0 = none
///     properties  offset u64 · size u64
///     index       offset u64 · size u64
///     file number u64
///     reserved    u64   0
///     version     u32   1; 2 for a table with range tombstones, which a reader of version 1 must
///                       not take for one without
///     index kind  u32   1 = one level, 2 = two
///     crc32c      u32   of the 72 bytes before
///     magic       u32   "KVDT"
enum SSTableFormat {
    static let blockTrailerSizeBytes = 5
    static let footerSizeBytes = 80
    static let version: UInt32 = 1
    static let versionWithRangeTombstones: UInt32 = 2
    /// Entries of a data block from one restart to the next.
    static let restartInterval = 4
    static let magic: UInt32 = 0x5444_564B  // "KVDT" as bytes in the file

    enum IndexKind: UInt32 {
        case oneLevel = 1
        case partitioned = 2
    }

    enum StoredCompression: UInt8 {
        case raw = 0
        case lz4 = 1
    }

    /// The checksum of a stored block.
    static func checksum(
        stored: UnsafeRawBufferPointer, compression: UInt8, fileNumber: UInt64, offset: Int
    ) -> UInt32 {
        var crc = Checksum.crc32c(stored)
        crc = withUnsafeBytes(of: compression) { Checksum.crc32c($0, continuing: crc) }
        crc = Checksum.crc32c(littleEndian: fileNumber, continuing: crc)
        return Checksum.crc32c(littleEndian: UInt64(offset), continuing: crc)
    }
}

/// Where a block lies: its offset and its stored size without the trailer.
struct BlockHandle: Equatable {
    let offset: Int
    let sizeBytes: Int

    func append(to buffer: OutputBuffer) {
        buffer.append(varint: UInt64(offset))
        buffer.append(varint: UInt64(sizeBytes))
    }

    /// Nil for bytes that are not a handle.
    static func read(_ bytes: UnsafeRawBufferPointer) -> BlockHandle? {
        var input = InputCursor(bytes)
        return read(&input)
    }

    static func read(_ input: inout InputCursor) -> BlockHandle? {
        guard let offset = input.readVarint(), offset <= UInt64(Int.max / 4),
            let size = input.readLength()
        else { return nil }
        return BlockHandle(offset: Int(offset), sizeBytes: size)
    }
}

/// The parts of a footer.
struct SSTableFooter {
    var filter: BlockHandle
    var properties: BlockHandle
    var index: BlockHandle
    var indexKind: SSTableFormat.IndexKind
    var fileNumber: UInt64
    var hasRangeTombstones: Bool

    var version: UInt32 {
        hasRangeTombstones ? SSTableFormat.versionWithRangeTombstones : SSTableFormat.version
    }

    func append(to buffer: OutputBuffer) {
        let start = buffer.count
        for handle in [filter, properties, index] {
            buffer.append(littleEndian: UInt64(handle.offset))
            buffer.append(littleEndian: UInt64(handle.sizeBytes))
        }
        buffer.append(littleEndian: fileNumber)
        buffer.append(littleEndian: UInt64(0))
        buffer.append(littleEndian: version)
        buffer.append(littleEndian: indexKind.rawValue)
        let checked = UnsafeRawBufferPointer(rebasing: buffer.bytes[start...])
        buffer.append(littleEndian: Checksum.crc32c(checked))
        buffer.append(littleEndian: SSTableFormat.magic)
        precondition(buffer.count - start == SSTableFormat.footerSizeBytes)
    }

    static func read(_ bytes: UnsafeRawBufferPointer, file: String, fileSize: Int)
        throws(EngineError) -> SSTableFooter
    {
        let offset = fileSize - bytes.count
        func damaged(_ reason: String) -> EngineError {
            .corruption(file: file, offset: offset, reason: reason)
        }
        var input = InputCursor(bytes)
        var words: [UInt64] = []
        for _ in 0..<8 {
            guard let word = input.read(littleEndian: UInt64.self) else {
                throw damaged("the footer is cut short")
            }
            words.append(word)
        }
        guard let version = input.read(littleEndian: UInt32.self),
            let indexKindWord = input.read(littleEndian: UInt32.self),
            let crc = input.read(littleEndian: UInt32.self),
            let magic = input.read(littleEndian: UInt32.self)
        else { throw damaged("the footer is cut short") }
        guard magic == SSTableFormat.magic else { throw damaged("the magic number is wrong") }
        let checked = UnsafeRawBufferPointer(rebasing: bytes[0..<(bytes.count - 8)])
        guard Checksum.crc32c(checked) == crc else {
            throw damaged("the footer's checksum is wrong")
        }
        let hasRangeTombstones = version == SSTableFormat.versionWithRangeTombstones
        guard version == SSTableFormat.version || hasRangeTombstones,
            let indexKind = SSTableFormat.IndexKind(rawValue: indexKindWord)
        else {
            throw .unsupportedFormat(
                "\(file) has table format \(version).\(indexKindWord); "
                    + "this kvd reads 1.1, 1.2, 2.1 and 2.2")
        }
        func handle(_ index: Int) throws(EngineError) -> BlockHandle {
            guard words[index] <= UInt64(fileSize), words[index + 1] <= UInt64(fileSize),
                Int(words[index]) + Int(words[index + 1]) <= fileSize
            else { throw damaged("a block lies outside the file") }
            return BlockHandle(offset: Int(words[index]), sizeBytes: Int(words[index + 1]))
        }
        return SSTableFooter(
            filter: try handle(0), properties: try handle(2), index: try handle(4),
            indexKind: indexKind, fileNumber: words[6], hasRangeTombstones: hasRangeTombstones)
    }
}
