// Unsafe pointers live in this file. The invariant that makes them safe: `start` has `capacity` bytes
// of which the first `count` are written; `reserve` runs before every write and makes the room for all
// that the write stores; memory is lent by `withBytes` only.

/// Writes one JSON document into a buffer that is kept from document to document.
///
/// The writer puts the commas; names come as ASCII literals and are not escaped, texts are.
///
/// Thread safety: none; one belongs to one event loop.
package final class JSONWriter {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0
    private var needsComma = false

    package init() {
        capacity = 4096
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Lends what has been written since the last `removeAll`.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Forgets the document and keeps the memory, unless one large document has made it large.
    package func removeAll() {
        count = 0
        needsComma = false
        if capacity > 1 << 18 {
            start.deallocate()
            capacity = 4096
            start = .allocate(capacity: capacity)
        }
    }

    // MARK: Structure

    package func beginObject() { open(UInt8(ascii: "{")) }
    package func endObject() { close(UInt8(ascii: "}")) }
    package func beginArray() { open(UInt8(ascii: "[")) }
    package func endArray() { close(UInt8(ascii: "]")) }

    @inline(__always)
    private func open(_ byte: UInt8) {
        reserve(2)
        comma()
        put(byte)
        needsComma = false
    }

    @inline(__always)
    private func close(_ byte: UInt8) {
        reserve(1)
        put(byte)
        needsComma = true
    }

    /// A member's name; its value comes next.
    @inline(__always)
    package func name(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        reserve(length + 4)
        comma()
        put(UInt8(ascii: "\""))
        (start + count).update(from: name.utf8Start, count: length)
        count += length
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member's name that is data, such as an attribute's or a table's.
    @inline(__always)
    func name(_ name: UnsafeRawBufferPointer) {
        text(name)
        reserve(1)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    func name(_ name: String) {
        var name = name
        name.withUTF8 { self.name(UnsafeRawBufferPointer($0)) }
    }

    // MARK: Scalars

    package func string(_ value: String) {
        var value = value
        value.withUTF8 { text(UnsafeRawBufferPointer($0)) }
    }

    func string(concatenating prefix: StaticString, _ suffix: String) {
        string("\(prefix)\(suffix)")
    }

    package func bool(_ value: Bool) { raw(value ? "true" : "false") }

    package func null() { raw("null") }

    package func integer(_ value: Int) {
        reserve(21)
        comma()
        needsComma = true
        if value < 0 { put(UInt8(ascii: "-")) }
        var rest = value.magnitude
        // The digits come out last first; 20 bytes hold the longest magnitude.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var first = 20
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            for index in first..<20 { put(digits[index]) }
        }
    }

    /// A finite number: Swift's shortest text that reads back as the same value, which is JSON.
    package func double(_ value: Double) {
        reserve(32)
        comma()
        needsComma = true
        var text = value.description
        text.withUTF8 { digits in
            reserve(digits.count)
            for digit in digits { put(digit) }
        }
    }

    @inline(__always)
    func raw(_ literal: StaticString) {
        let length = literal.utf8CodeUnitCount
        reserve(length + 1)
        comma()
        (start + count).update(from: literal.utf8Start, count: length)
        count += length
        needsComma = true
    }

    // MARK: Texts

    /// A string of the given UTF-8 bytes, escaped where RFC 8259, section 7, demands it.
    @inline(__always)
    func text(_ value: UnsafeRawBufferPointer) {
        reserve(value.count + 3)
        comma()
        put(UInt8(ascii: "\""))
        var copied = 0
        while copied < value.count {
            let plain = Self.plainPrefix(of: value, from: copied)
            if plain > 0, let source = value.baseAddress {
                UnsafeMutableRawPointer(start + count)
                    .copyMemory(from: source + copied, byteCount: plain)
                count += plain
                copied += plain
            }
            guard copied < value.count else { break }
            escape(value[copied], followedBy: value.count - copied)
            copied += 1
        }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// How many bytes from `start` on need no escape. Eight at a time, as the reader does it.
    @inline(__always)
    private static func plainPrefix(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while position + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let hits =
                ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
                | ((word &- (ones &* 0x20)) & ~word)
            let mask = hits & 0x8080_8080_8080_8080
            guard mask == 0 else { return position - start + mask.trailingZeroBitCount >> 3 }
            position += 8
        }
        while position < text.count {
            let byte = text[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            position += 1
        }
        return position - start
    }

    /// Writes one escape and keeps room for the `rest` bytes that are still to come with it.
    @inline(never)
    private func escape(_ byte: UInt8, followedBy rest: Int) {
        reserve(rest + 8)
        put(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
        case 0x08: put(UInt8(ascii: "b"))
        case 0x09: put(UInt8(ascii: "t"))
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0C: put(UInt8(ascii: "f"))
        case 0x0D: put(UInt8(ascii: "r"))
        default:
            put(UInt8(ascii: "u"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 0x0F
            put(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }

    /// The given bytes as a base64 string. Source: RFC 4648, section 4.
    func base64(_ value: UnsafeRawBufferPointer) {
        reserve((value.count + 2) / 3 * 4 + 3)
        comma()
        put(UInt8(ascii: "\""))
        let alphabet = Base64.alphabet.utf8Start
        var position = 0
        while position + 3 <= value.count {
            let group =
                Int(value[position]) << 16 | Int(value[position + 1]) << 8
                | Int(value[position + 2])
            put(alphabet[group >> 18])
            put(alphabet[group >> 12 & 63])
            put(alphabet[group >> 6 & 63])
            put(alphabet[group & 63])
            position += 3
        }
        let rest = value.count - position
        if rest > 0 {
            let group =
                Int(value[position]) << 16 | (rest == 2 ? Int(value[position + 1]) << 8 : 0)
            put(alphabet[group >> 18])
            put(alphabet[group >> 12 & 63])
            put(rest == 2 ? alphabet[group >> 6 & 63] : UInt8(ascii: "="))
            put(UInt8(ascii: "="))
        }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string whose bytes, none of which needs an escape, `write` puts into the room that it is
    /// given; it returns how many it has written, `limit` at most.
    @inline(__always)
    func quoted(limit: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        reserve(limit + 3)
        comma()
        put(UInt8(ascii: "\""))
        count += write(UnsafeMutableRawBufferPointer(start: start + count, count: limit))
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    // MARK: Memory

    @inline(__always)
    private func comma() {
        if needsComma { put(UInt8(ascii: ",")) }
    }

    @inline(__always)
    private func put(_ byte: UInt8) {
        start[count] = byte
        count += 1
    }

    /// Makes room for `length` further bytes.
    @inline(__always)
    private func reserve(_ length: Int) {
        if count + length > capacity { grow(toFit: count + length) }
    }

    @inline(never)
    private func grow(toFit needed: Int) {
        let larger = max(capacity * 2, needed)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memory.update(from: start, count: count)
        start.deallocate()
        start = memory
        capacity = larger
    }
}
