// Unsafe pointers live in this file. The invariant that makes them safe: a `LentText` is used only
// inside the scope that lent its bytes, before the reader that produced it reads another string.

/// Decoded UTF-8 text that is lent, not owned.
package struct LentText {
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether the text is `literal`, byte for byte.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count == count else { return false }
        // A static string of ASCII has a pointer representation; `utf8Start` is its first byte.
        let expected = literal.utf8Start
        for index in 0..<count where bytes[index] != expected[index] { return false }
        return true
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Lets `switch name { case "TableName": … }` compare bytes without making a `String`.
    @inline(__always)
    static func ~= (literal: StaticString, text: LentText) -> Bool { text.equals(literal) }
}

/// Memory that decoded text is lent from when it cannot be lent from the request body itself, because
/// the body holds it escaped or as base64. Grows to the longest such text and is reused.
///
/// Thread safety: none; one belongs to one event loop.
package final class ScratchMemory {
    private(set) var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    package init() {}

    deinit { bytes.deallocate() }

    /// At least `count` bytes of undefined content, valid until the next call.
    func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer {
        if bytes.count < count {
            bytes.deallocate()
            bytes = .allocate(byteCount: max(count, 256), alignment: 16)
        }
        return bytes
    }

    /// Whether `text` was lent from this memory.
    func owns(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, let address = text.baseAddress else { return false }
        return address >= start && address < start + bytes.count
    }

    /// Gives the memory back if one large text has made it large, so that a loop that met a 400 KB
    /// binary once does not keep its size forever.
    package func trim() {
        guard bytes.count > 65_536 else { return }
        bytes.deallocate()
        bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}
