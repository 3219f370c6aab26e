// The bytes of a stored item. SPEC.md, "Stored items", is normative; this is the same drawing.
//
//     item        version u8 = 1 · AWS size u32 · body of a map
//
//     value       tag u8 (AttributeType.rawValue), then
//       S, B        length varint · bytes
//       N           length u8 · ordered bytes (DecimalNumber+OrderedBytes.swift)
//       BOOL        u8, 0 or 1
//       NULL        nothing
//       M, L, sets  body length u32 · body
//
//     body        count u32 · entries · table of count × u32
//       entry of a map    name length varint · name · value
//       entry of a list   value
//       entry of a set    S, B: length varint · bytes; N: length u8 · ordered bytes
//
// Integers are little-endian. Entries lie in the order in which they arrived, without gaps. The
// table holds each entry's offset from the start of its body: a map's sorted by the bytes of the
// names, a set's by the bytes of the members, a list's in the order of the list. So the builder
// never moves an entry, a name is found by binary search, and two sets are equal when their tables
// lead to equal members one by one.
//
// A varint is LEB128, least significant group first, the shortest form, at most 5 bytes.
//
// Unsafe pointers: this file reads through lent buffers, and checks every offset against the
// buffer's count before the read. The checks are preconditions: bytes that come from outside go
// through `StructuralCheck` first, after which none of them can fail.

enum StoredLayout {
    static let version: UInt8 = 1
    static let sizeOffset = 1
    static let bodyOffset = 5
    static let countBytes = 4
    static let offsetBytes = 4
    static let maximumVarintBytes = 5
    /// Values of an item's attributes are at level 1, members of a list or map one deeper.
    ///
    /// Source: "Quotas in Amazon DynamoDB", nested attribute depth: up to 32 levels. The service
    /// takes a scalar within 31 lists or maps and refuses it within 32.
    static let maximumLevel = 32

    @inline(__always)
    static func loadWord(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        precondition(offset >= 0 && offset <= bytes.count - 4, "a word outside of its bytes")
        return Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    /// Reads a length and returns it with the offset behind it.
    @inline(__always)
    static func loadVarint(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> (value: Int, end: Int) {
        precondition(offset >= 0 && offset < bytes.count, "a length outside of its bytes")
        let first = bytes[offset]
        if first < 0x80 { return (Int(first), offset + 1) }
        return loadLongVarint(bytes, at: offset)
    }

    @inline(never)
    private static func loadLongVarint(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) -> (value: Int, end: Int) {
        var value = 0
        var index = offset
        for shift in stride(from: 0, to: maximumVarintBytes * 7, by: 7) {
            precondition(index < bytes.count, "a length outside of its bytes")
            let byte = bytes[index]
            index += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return (value, index) }
        }
        preconditionFailure("a length of more than five bytes")
    }

    /// The part of `bytes` from `start` to `end`, checked.
    @inline(__always)
    static func slice(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) -> UnsafeRawBufferPointer {
        precondition(
            start >= 0 && start <= end && end <= bytes.count, "a part outside of its bytes")
        guard let address = bytes.baseAddress else { return bytes }
        return UnsafeRawBufferPointer(start: address + start, count: end - start)
    }

    /// The offset behind the value that starts at `offset`.
    @inline(__always)
    static func endOfValue(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        precondition(offset >= 0 && offset < bytes.count, "a value outside of its bytes")
        guard let type = AttributeType(rawValue: bytes[offset]) else {
            preconditionFailure("an unknown tag")
        }
        let payload = offset + 1
        switch type {
        case .string, .binary, .number:
            let (length, start) = loadVarint(bytes, at: payload)
            return start + length
        case .bool: return payload + 1
        case .null: return payload
        case .stringSet, .numberSet, .binarySet, .list, .map:
            return payload + 4 + loadWord(bytes, at: payload)
        }
    }
}
