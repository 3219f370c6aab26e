// Unsafe pointers: an arena is one anonymous mapping, which lives as long as the memtable that owns
// it; offsets handed out are inside it and are handed out once.

internal import Glibc

/// A fixed region of memory: entries are carved from its front, tree nodes from its back.
///
/// Kept apart, entries need no more alignment than their words, and a node takes whole cache lines
/// without a gap. One thread allocates; any thread reads what was published to it.
///
/// An arena is never used again: with large pages a memtable's first touches cost 1 % of filling it,
/// and kept for the next one its memory would count twice while nothing is written (the figures
/// stand under Decisions, "MemtableTree").
final class Arena {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    /// Where the next entry goes; offset 0 is never handed out, so 0 can mean "nothing".
    private var front = Arena.firstOffset
    /// Where the nodes begin.
    private var back: Int

    private static let firstOffset = 8
    private static let lineSizeBytes = 64

    /// Bytes handed out.
    var used: Int { front + (capacity - back) }
    /// Bytes that are left.
    var free: Int { back - front }

    /// Throws `.io` with `ENOMEM` where the system gives no memory.
    init(capacity: Int) throws(EngineError) {
        let mapped = mmap(
            nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw .io(FilesystemError(code: errno, operation: "mmap", path: "arena"))
        }
        // A fresh 4 KiB page costs more than the insert that touches it; ask for large ones.
        madvise(mapped, capacity, MADV_HUGEPAGE)
        base = mapped
        self.capacity = capacity
        back = capacity & -Self.lineSizeBytes
    }

    deinit { munmap(base, capacity) }

    /// Takes `byteCount` bytes, aligned to 8; nil where the arena is full.
    @inline(__always)
    func allocate(_ byteCount: Int) -> Int? {
        let rounded = (byteCount + 7) & ~7
        let start = front
        guard back - start >= rounded else { return nil }
        front = start + rounded
        return start
    }

    /// Takes `byteCount` bytes, a multiple of 64, aligned to a cache line; nil where the arena is
    /// full.
    func allocateLines(_ byteCount: Int) -> Int? {
        guard back - front >= byteCount else { return nil }
        back -= byteCount
        return back
    }
}
