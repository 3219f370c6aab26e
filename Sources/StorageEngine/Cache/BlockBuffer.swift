// Unsafe pointers: a buffer owns its memory and gives it back to the pool, or frees it, at `deinit`.

/// Memory for one block. `@unchecked Sendable`: written by one thread before it is shared.
final class BlockBuffer: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    private let pool: BlockBufferPool?

    fileprivate init(base: UnsafeMutableRawPointer, capacity: Int, pool: BlockBufferPool?) {
        self.base = base
        self.capacity = capacity
        self.pool = pool
    }

    deinit {
        if let pool { pool.give(base, capacity: capacity) } else { base.deallocate() }
    }
}

/// Block memory that waits to be used again, in size classes of whole 4 KiB pages up to 64 KiB.
///
/// A fresh page costs a fault and a zeroing; an evicted block's memory costs neither.
/// `@unchecked Sendable`: `free` is guarded by `lock`.
final class BlockBufferPool: @unchecked Sendable {
    private static let pageSizeBytes = 4 << 10
    private static let classCount = 16
    private let lock = Lock()
    private var free = [[UnsafeMutableRawPointer]](repeating: [], count: classCount)
    private var freeBytes = 0
    private let limitBytes: Int

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    deinit {
        for base in free.joined() { base.deallocate() }
    }

    /// A buffer of at least `count` bytes, contents undefined.
    func take(_ count: Int) -> BlockBuffer {
        let index = Self.sizeClass(count)
        guard index < Self.classCount else {
            return BlockBuffer(base: Self.allocate(count), capacity: count, pool: nil)
        }
        let capacity = Self.pageSizeBytes * (index + 1)
        let reused: UnsafeMutableRawPointer? = lock.withLock {
            guard let base = free[index].popLast() else { return nil }
            freeBytes -= capacity
            return base
        }
        return BlockBuffer(
            base: reused ?? Self.allocate(capacity), capacity: capacity, pool: self)
    }

    fileprivate func give(_ base: UnsafeMutableRawPointer, capacity: Int) {
        let isKept = lock.withLock {
            guard freeBytes + capacity <= limitBytes else { return false }
            free[Self.sizeClass(capacity)].append(base)
            freeBytes += capacity
            return true
        }
        if !isKept { base.deallocate() }
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: count, alignment: 64)
    }

    private static func sizeClass(_ count: Int) -> Int {
        max(0, (count + pageSizeBytes - 1) / pageSizeBytes - 1)
    }
}
