internal import CKvdShims

/// CRC-32C, the checksum of every chunk, block and file of the engine.
enum Checksum {
    /// The checksum of `bytes`, continuing from `crc`.
    @inline(__always)
    static func crc32c(_ bytes: UnsafeRawBufferPointer, continuing crc: UInt32 = 0) -> UInt32 {
        kvd_crc32c(crc, bytes.baseAddress, bytes.count)
    }

    /// The checksum continued over a 64-bit integer in little-endian order.
    static func crc32c(littleEndian word: UInt64, continuing crc: UInt32) -> UInt32 {
        withUnsafeBytes(of: word.littleEndian) { crc32c($0, continuing: crc) }
    }
}
