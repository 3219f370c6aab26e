// Unsafe pointers: the buffer owns its bytes and lends them until the next `set` or its release; a user
// keeps it alive to the end of its scope.

/// One 16-byte key at a time, made in place.
///
/// A key is laid out as RocksDB's db_bench does it: the entry's number in 8 bytes, big-endian, then
/// eight times the digit 0. So keys sort by number, and neighbours differ in the first 8 bytes.
final class KeyBuffer {
    static let sizeBytes = 16
    private static let filler = UInt64(0x3030_3030_3030_3030)
    private let pointer = UnsafeMutableRawPointer.allocate(byteCount: sizeBytes, alignment: 8)

    deinit { pointer.deallocate() }

    /// The key of an entry that the workload writes.
    @inline(__always)
    func set(_ number: UInt64) -> UnsafeRawBufferPointer {
        pointer.storeBytes(of: number.bigEndian, as: UInt64.self)
        pointer.storeBytes(of: Self.filler, toByteOffset: 8, as: UInt64.self)
        return UnsafeRawBufferPointer(start: pointer, count: Self.sizeBytes)
    }

    /// A key that is never written, right after that of entry `number`: inside the range of the
    /// keys, so that only a filter or a look can tell that it is missing.
    @inline(__always)
    func setMissing(_ number: UInt64) -> UnsafeRawBufferPointer {
        pointer.storeBytes(of: number.bigEndian, as: UInt64.self)
        pointer.storeBytes(of: Self.filler | 1 << 56, toByteOffset: 8, as: UInt64.self)
        return UnsafeRawBufferPointer(start: pointer, count: Self.sizeBytes)
    }
}
