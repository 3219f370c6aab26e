// Unsafe pointers: reads only inside the buffer its caller lends; every read checks what is left.

/// Reads fields from bytes that may be damaged: each read returns nil where the bytes end early.
struct InputCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    var isAtEnd: Bool { offset >= bytes.count }

    @inline(__always)
    mutating func readByte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    @inline(__always)
    mutating func read<Word: FixedWidthInteger>(littleEndian type: Word.Type) -> Word? {
        guard bytes.count - offset >= MemoryLayout<Word>.size else { return nil }
        defer { offset += MemoryLayout<Word>.size }
        return bytes.loadUnaligned(fromByteOffset: offset, as: Word.self).littleEndian
    }

    @inline(__always)
    mutating func readVarint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A varint that counts bytes or entries.
    @inline(__always)
    mutating func readLength() -> Int? {
        guard let value = readVarint(), value <= UInt64(Int32.max) else { return nil }
        return Int(value)
    }

    @inline(__always)
    mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    @inline(__always)
    mutating func readLengthPrefixed() -> UnsafeRawBufferPointer? {
        guard let count = readLength() else { return nil }
        return readBytes(count)
    }
}
