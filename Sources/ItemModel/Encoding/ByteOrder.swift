// Unsafe pointers: reads of eight bytes stay below the smaller count of the two lent buffers.

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
    var index = 0
    while index &+ 8 <= common {
        let a = left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let b = right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if a != b { return a.bigEndian < b.bigEndian ? -1 : 1 }
        index &+= 8
    }
    while index < common {
        let a = left[index]
        let b = right[index]
        if a != b { return a < b ? -1 : 1 }
        index &+= 1
    }
    return left.count &- right.count
}
