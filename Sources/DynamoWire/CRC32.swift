// Unsafe pointers live in this file. Every table index is below 2,048 by construction (table number
// below 8, byte below 256), and input loads stay below the buffer's count.

/// CRC-32 as in IEEE 802.3, of an answer's body, for the header `x-amz-crc32`.
///
/// Slicing-by-8: eight tables let one step fold eight bytes. Source: M. E. Kounavis and F. L. Berry,
/// "A Systematic Approach to Building High Performance, Software-based, CRC Generators", Intel, 2005.
package enum CRC32 {
    /// Eight tables of 256 entries, one after the other.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 {
                // 0xEDB88320 is the polynomial 0x04C11DB7 with its bits reversed.
                remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
            }
            tables[byte] = remainder
        }
        for table in 1..<8 {
            for byte in 0..<256 {
                let previous = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = previous >> 8 ^ tables[Int(previous & 0xFF)]
            }
        }
        return tables
    }()

    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var crc = ~UInt32(0)
            var position = 0
            while position + 8 <= bytes.count {
                let word =
                    bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
                    ^ UInt64(crc)
                crc =
                    tables[7 * 256 + Int(word & 0xFF)] ^ tables[6 * 256 + Int(word >> 8 & 0xFF)]
                    ^ tables[5 * 256 + Int(word >> 16 & 0xFF)]
                    ^ tables[4 * 256 + Int(word >> 24 & 0xFF)]
                    ^ tables[3 * 256 + Int(word >> 32 & 0xFF)]
                    ^ tables[2 * 256 + Int(word >> 40 & 0xFF)]
                    ^ tables[1 * 256 + Int(word >> 48 & 0xFF)] ^ tables[Int(word >> 56)]
                position += 8
            }
            while position < bytes.count {
                crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[position])) & 0xFF)]
                position += 1
            }
            return ~crc
        }
    }
}
