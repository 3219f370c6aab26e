// Unsafe pointers: reads stay below the smaller count of the two lent buffers.

/// The order of all names, members and keys: lexicographic by unsigned bytes, a prefix first. It
/// is the order of UTF-8 text by code points, and the order of the storage engine.
enum ByteOrder {
    @inline(__always)
    static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        left.count == right.count && compareBytes(left, right) == 0
    }

    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Equality of bytes; Swift's `==` takes canonically equivalent texts for equal, the service
    /// does not.
    static func equal(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}

/// Negative, zero or positive as `left` sorts before, equals or sorts after `right`.
@inline(__always)
package func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    if common >= 8 {
        var index = 0
        while index &+ 8 <= common {
            if let order = order(left, right, at: index, of: UInt64.self) { return order }
            index &+= 8
        }
        // The rest again with what comes before it, which is equal.
        if let order = order(left, right, at: common &- 8, of: UInt64.self) { return order }
    } else if common >= 4 {
        if let order = order(left, right, at: 0, of: UInt32.self) { return order }
        if let order = order(left, right, at: common &- 4, of: UInt32.self) { return order }
    } else {
        for index in 0..<common {
            if let order = order(left, right, at: index, of: UInt8.self) { return order }
        }
    }
    return left.count &- right.count
}

/// The order of a few bytes of each side, nil where they are equal.
@inline(__always)
private func order<Word: FixedWidthInteger & BitwiseCopyable>(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, at offset: Int,
    of type: Word.Type
) -> Int? {
    let a = left.loadUnaligned(fromByteOffset: offset, as: type)
    let b = right.loadUnaligned(fromByteOffset: offset, as: type)
    return a == b ? nil : a.bigEndian < b.bigEndian ? -1 : 1
}
