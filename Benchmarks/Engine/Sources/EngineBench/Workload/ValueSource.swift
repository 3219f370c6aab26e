// Unsafe pointers: the source owns its bytes, which never change, and lends them while it lives.

/// Values that compress to about half, as db_bench makes them: pieces of 100 bytes, each 50 random
/// bytes written twice; which piece a value begins with follows from the entry and how often it was
/// written.
///
/// `@unchecked Sendable`: immutable after `init`.
final class ValueSource: @unchecked Sendable {
    private static let pieceBytes = 100
    /// About 1 MiB of pieces, more than a compressor looks back.
    private static let pieceCount = UInt64(10_486)
    let valueBytes: Int
    private let pool: UnsafeMutableRawBufferPointer

    init(valueBytes: Int, seed: UInt64) {
        self.valueBytes = valueBytes
        let size = Int(Self.pieceCount) * Self.pieceBytes + valueBytes
        pool = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        var random = SplitMix(seed: seed)
        for offset in 0..<size {
            let place = offset % Self.pieceBytes
            let isCopy = place >= Self.pieceBytes / 2
            pool[offset] =
                isCopy
                ? pool[offset - Self.pieceBytes / 2] : UInt8(truncatingIfNeeded: random.next())
        }
    }

    deinit { pool.deallocate() }

    /// The value that entry `number` has after its `generation`-th writing.
    @inline(__always)
    func value(of number: UInt64, generation: UInt64) -> UnsafeRawBufferPointer {
        let mixed = (number &+ generation &* 0xD1B5_4A32_D192_ED03) &* 0x9E37_79B9_7F4A_7C15
        let piece = mixed.multipliedFullWidth(by: Self.pieceCount).high
        let offset = Int(truncatingIfNeeded: piece) * Self.pieceBytes
        return UnsafeRawBufferPointer(rebasing: pool[offset..<(offset + valueBytes)])
    }
}
