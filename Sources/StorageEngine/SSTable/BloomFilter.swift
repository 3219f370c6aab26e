// Unsafe pointers: filter bytes are lent by the table that holds them.

/// A blocked Bloom filter: every probe of a key falls into one 64-byte cache line.
///
/// ## Filter
///     probes  u8      how many bits a key sets
///     zero    u8 × 7
///     lines   64 bytes × n
///
/// A key's line is the high half of its XXH64 times n, shifted right by 32; its bits come from the
/// low half by multiplication. Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient
/// Bloom Filters" (2007).
enum BloomFilter {
    private static let headerSizeBytes = 8
    private static let lineSizeBytes = 64

    /// A filter in memory, its lines on the processor's own.
    ///
    /// `@unchecked Sendable`: immutable after `init`, which owns the memory its bytes point into.
    final class Stored: @unchecked Sendable {
        private let storage: UnsafeMutableRawBufferPointer
        let bytes: UnsafeRawBufferPointer

        init(_ filter: UnsafeRawBufferPointer) {
            let padding = lineSizeBytes - headerSizeBytes
            storage = .allocate(byteCount: padding + filter.count, alignment: lineSizeBytes)
            let target = UnsafeMutableRawBufferPointer(rebasing: storage[padding...])
            target.copyMemory(from: filter)
            bytes = UnsafeRawBufferPointer(target)
        }

        deinit { storage.deallocate() }

        /// Memory the filter takes.
        var chargeBytes: Int { storage.count }
    }

    /// Builds the filter of the given key hashes.
    static func build(hashes: KeyHashes, bitsPerKey: Int, into buffer: OutputBuffer) {
        let lineCount = max(1, (hashes.count * bitsPerKey + 511) / 512)
        // 0.69 = ln 2 is the best share of set bits.
        let probes = max(1, min(16, bitsPerKey * 69 / 100))
        buffer.append(UInt8(probes))
        buffer.append(zeros: headerSizeBytes - 1)
        let start = buffer.count
        buffer.append(zeros: lineCount * lineSizeBytes)
        let lines = buffer.base + start
        hashes.forEach { hash in
            let line = lines + lineOffset(hash, lineCount: lineCount)
            var state = UInt32(truncatingIfNeeded: hash)
            for _ in 0..<probes {
                let (byte, mask) = probe(&state)
                let old = line.load(fromByteOffset: byte, as: UInt8.self)
                line.storeBytes(of: old | mask, toByteOffset: byte, as: UInt8.self)
            }
        }
    }

    /// False only where no key with this hash was added; malformed filters answer true.
    static func mayContain(_ hash: UInt64, filter: UnsafeRawBufferPointer) -> Bool {
        let lineCount = (filter.count - headerSizeBytes) / lineSizeBytes
        guard lineCount > 0 else { return true }
        let probes = filter[0]
        let line = headerSizeBytes + lineOffset(hash, lineCount: lineCount)
        var state = UInt32(truncatingIfNeeded: hash)
        for _ in 0..<probes {
            let (byte, mask) = probe(&state)
            if filter[line + byte] & mask == 0 { return false }
        }
        return true
    }

    @inline(__always)
    private static func lineOffset(_ hash: UInt64, lineCount: Int) -> Int {
        Int(((hash >> 32) * UInt64(lineCount)) >> 32) * lineSizeBytes
    }

    /// The next of a key's bits: its byte in the line and its mask.
    @inline(__always)
    private static func probe(_ state: inout UInt32) -> (byte: Int, mask: UInt8) {
        // The golden ratio's multiples spread any two keys' low halves; the top nine bits choose.
        state = state &* 0x9E37_79B9 &+ 0x7F4A_7C15
        let bit = state >> 23
        return (Int(bit >> 3), 1 << UInt8(bit & 7))
    }
}
