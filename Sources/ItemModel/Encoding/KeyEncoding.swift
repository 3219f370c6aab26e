// Unsafe pointers: lent bytes, sliced from a view or read below their count.

/// Values of key attributes as bytes whose lexicographic order is the service's order of keys:
/// strings by UTF-8 bytes, binary values by unsigned bytes, numbers by value.
///
/// The payload of a stored value is that form already, so a key is never encoded again.
///
/// Where a part is not the last of a storage key, it is escaped, so that no part is a prefix of
/// another and the order of the parts decides: 00 becomes 00 FF, and 00 00 ends the part. A single
/// 00 as the end does not do: the next part may begin with FF (a binary value, a large number),
/// and the two would read as an escaped 00.
package enum KeyEncoding {
    /// The key bytes of a string, number or binary value; lent by the value.
    package static func keyBytes(of value: ValueView) -> UnsafeRawBufferPointer {
        value.payload
    }

    /// Writes key bytes back as a value of their type, S, N or B.
    package static func appendValue(
        type: AttributeType, keyBytes: UnsafeRawBufferPointer, to encoder: inout ItemEncoder
    ) {
        switch type {
        case .string: encoder.string(keyBytes)
        case .number: encoder.number(ordered: keyBytes)
        case .binary: encoder.binary(keyBytes)
        default: preconditionFailure("a key of a type that no key has")
        }
    }

    private static let escaped: UInt8 = 0x00
    private static let escapeMark: UInt8 = 0xFF

    package static func appendEscaped(_ bytes: UnsafeRawBufferPointer, to key: inout [UInt8]) {
        var runStart = 0
        for index in 0..<bytes.count where bytes[index] == escaped {
            key.append(contentsOf: StoredLayout.slice(bytes, from: runStart, to: index + 1))
            key.append(escapeMark)
            runStart = index + 1
        }
        key.append(contentsOf: StoredLayout.slice(bytes, from: runStart, to: bytes.count))
        key.append(escaped)
        key.append(escaped)
    }

    /// Reads a part that `appendEscaped` wrote: its plain bytes and the offset behind its end, or
    /// nil where the bytes are no such part.
    package static func readEscaped(
        _ key: UnsafeRawBufferPointer, from start: Int
    ) -> (bytes: [UInt8], next: Int)? {
        var part: [UInt8] = []
        guard let next = readEscaped(key, from: start, appendingTo: &part) else { return nil }
        return (part, next)
    }

    /// The same, into an array of the caller's, which may have grown even where nil is returned.
    package static func readEscaped(
        _ key: UnsafeRawBufferPointer, from start: Int, appendingTo part: inout [UInt8]
    ) -> Int? {
        guard start >= 0 else { return nil }
        var runStart = start
        var index = start
        while index < key.count {
            guard key[index] == escaped else {
                index += 1
                continue
            }
            guard index + 1 < key.count else { return nil }
            switch key[index + 1] {
            case escaped:
                part.append(contentsOf: StoredLayout.slice(key, from: runStart, to: index))
                return index + 2
            case escapeMark:
                part.append(contentsOf: StoredLayout.slice(key, from: runStart, to: index + 1))
                index += 2
                runStart = index
            default: return nil
            }
        }
        return nil
    }
}
