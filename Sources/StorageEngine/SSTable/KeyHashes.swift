/// The hashes of a table's keys, of which its filter is built when their number is known.
///
/// They stand in pieces of 64 KiB. One array would be copied each time that it grows, and hold half
/// as much again meanwhile; for a table of a million keys that is 12 MiB and not 8. Also glibc keeps
/// as much freed memory for each of its arenas as twice the largest piece that was ever given back to
/// the system (mallopt(3), `M_MMAP_THRESHOLD`): one compaction had a process hold 13 MiB that nobody
/// used from then on.
struct KeyHashes {
    private static let pieceCount = 8 << 10

    private(set) var count = 0
    private var full: [[UInt64]] = []
    private var last: [UInt64] = []

    init() {}

    init(_ hashes: some Sequence<UInt64>) {
        for hash in hashes { append(hash) }
    }

    @inline(__always)
    mutating func append(_ hash: UInt64) {
        if last.count == last.capacity { beginPiece() }
        last.append(hash)
        count += 1
    }

    @inline(never)
    private mutating func beginPiece() {
        if count > 0 { full.append(last) }
        last = []
        last.reserveCapacity(Self.pieceCount)
    }

    func forEach(_ body: (UInt64) -> Void) {
        for piece in full { piece.forEach(body) }
        last.forEach(body)
    }
}
