// Unsafe pointers: an arena is one anonymous mapping; offsets handed out are below `used`, which
// only grows until the arena is reset, and it is reset only when no memtable refers to it.

internal import Glibc

/// A fixed region of memory: entries are carved from its front, tree nodes from its back.
///
/// Kept apart, entries need no more alignment than their words, and a node takes whole cache lines
/// without a gap. One thread allocates; any thread reads what was published to it.
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

    func reset() {
        front = Self.firstOffset
        back = capacity & -Self.lineSizeBytes
    }
}

/// Arenas that wait to be used again.
///
/// A mapping that was used once has its pages; giving it back to the kernel would pay for each of
/// them again in the next memtable. `@unchecked Sendable`: guarded by `lock`.
final class ArenaPool: @unchecked Sendable {
    private let lock = Lock()
    private var free: [Arena] = []
    private let standardCapacity: Int
    private let limit: Int

    init(standardCapacity: Int, limit: Int) {
        self.standardCapacity = standardCapacity
        self.limit = limit
    }

    /// An empty arena with room for at least `minimumCapacity` bytes.
    func take(minimumCapacity: Int) throws(EngineError) -> Arena {
        if minimumCapacity <= standardCapacity, let arena = lock.withLock({ free.popLast() }) {
            return arena
        }
        return try Arena(capacity: max(minimumCapacity, standardCapacity))
    }

    /// Takes an arena back that nothing refers to any more.
    func give(_ arena: Arena) {
        guard arena.capacity == standardCapacity else { return }
        arena.reset()
        lock.withLock {
            if free.count < limit { free.append(arena) }
        }
    }
}
