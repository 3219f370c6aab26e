// Unsafe pointers: key bytes are lent by whoever holds the value or the storage key.

/// How key attributes become parts of storage keys.
///
/// A key's bytes are the stored payload itself: UTF-8 of an S, bytes of a B, the order-preserving
/// form of an N, so that their byte order is DynamoDB's order.
package enum KeyEncoding {
    /// The key bytes of an S, N or B; lent from the value.
    package static func keyBytes(of value: ValueView) -> UnsafeRawBufferPointer {
        guard let bytes = value.scalarBytes else {
            preconditionFailure("a key attribute is an S, N or B")
        }
        return bytes
    }

    /// Writes a value back from its key bytes.
    package static func appendValue(
        type: AttributeType, keyBytes: UnsafeRawBufferPointer, to encoder: inout ItemEncoder
    ) {
        switch type {
        case .string: encoder.string(keyBytes)
        case .number: encoder.number(ordered: keyBytes)
        case .binary: encoder.binary(keyBytes)
        default: preconditionFailure("a key attribute is an S, N or B")
        }
    }

    /// Appends bytes so that more parts may follow and order is kept: each 00 becomes 00 FF, and
    /// 00 00 ends the part. A part that is a prefix of another ends with 00 00, which sorts before
    /// whatever the longer one has there: 00 FF, or a byte of at least 01.
    package static func appendEscaped(_ bytes: UnsafeRawBufferPointer, to key: inout [UInt8]) {
        for byte in bytes {
            key.append(byte)
            if byte == 0 { key.append(0xFF) }
        }
        key.append(0)
        key.append(0)
    }

    /// Reads a part that ``appendEscaped(_:to:)`` wrote.
    ///
    /// - Returns: The part and the offset after it; nil where the bytes are not such a part.
    package static func readEscaped(_ key: UnsafeRawBufferPointer, from start: Int)
        -> (bytes: [UInt8], next: Int)?
    {
        var part: [UInt8] = []
        var offset = start
        while offset + 1 < key.count {
            let byte = key[offset]
            if byte != 0 {
                part.append(byte)
                offset += 1
            } else if key[offset + 1] == 0xFF {
                part.append(0)
                offset += 2
            } else {
                return key[offset + 1] == 0 ? (part, offset + 2) : nil
            }
        }
        // A byte other than 0 may stand last only where the part goes on, so this is cut short.
        return nil
    }
}
