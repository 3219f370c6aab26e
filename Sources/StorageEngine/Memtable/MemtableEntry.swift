// Unsafe pointers: an entry is written and read through its address in a memtable's arena, which
// keeps it in place while the memtable lives; its bytes never change once they are published.

/// One version of a key in a memtable, at its address.
///
///     tag       u64   sequence and kind
///     value     u32   length
///     key       u32   length
///     key bytes, value bytes
struct MemtableEntry {
    static let headerSizeBytes = 16

    private static let valueCountOffset = 8
    private static let keyCountOffset = 12

    let address: UnsafeMutableRawPointer

    @inline(__always)
    init(_ address: UnsafeMutableRawPointer) { self.address = address }

    /// Writes a new entry that nobody sees yet.
    @inline(__always)
    func initialize(key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer) {
        address.storeBytes(of: tag.word, as: UInt64.self)
        address.storeBytes(
            of: UInt32(value.count), toByteOffset: Self.valueCountOffset, as: UInt32.self)
        address.storeBytes(
            of: UInt32(key.count), toByteOffset: Self.keyCountOffset, as: UInt32.self)
        let keyAddress = address + Self.headerSizeBytes
        if let source = key.baseAddress {
            keyAddress.copyMemory(from: source, byteCount: key.count)
        }
        if let source = value.baseAddress {
            (keyAddress + key.count).copyMemory(from: source, byteCount: value.count)
        }
    }

    @inline(__always)
    var tag: EntryTag { EntryTag(word: address.load(as: UInt64.self)) }

    @inline(__always)
    var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: address + Self.headerSizeBytes, count: keyCount)
    }

    @inline(__always)
    var value: UnsafeRawBufferPointer {
        let count = Int(address.load(fromByteOffset: Self.valueCountOffset, as: UInt32.self))
        return UnsafeRawBufferPointer(
            start: address + Self.headerSizeBytes + keyCount, count: count)
    }

    @inline(__always)
    private var keyCount: Int {
        Int(address.load(fromByteOffset: Self.keyCountOffset, as: UInt32.self))
    }
}
