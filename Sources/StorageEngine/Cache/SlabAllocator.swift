// Unsafe pointers: a buffer lies inside a chunk that is mapped until nothing in it is lent; each is
// lent to one holder at a time, and what a free one holds is this class's own.

internal import Glibc
internal import Synchronization

/// Memory for blocks: buffers of few sizes, cut from large pages.
///
/// ## Layout
/// A chunk is a mapping of 2 MiB, one large page. It is cut into 16 slabs, and a slab into buffers of
/// one size, a multiple of 128 bytes, so that at most a thirtieth of a block of 4 KiB is wasted. A
/// slab whose buffers are all free serves any size again; a chunk whose slabs are all free goes back
/// to the system where another could be spared too. Source: Bonwick, "The Slab Allocator: An
/// Object-Caching Kernel Memory Allocator" (1994).
///
/// ## Why not the system's allocator
/// glibc has a thread's heap grow by one system call and two page faults for each block of 4 KiB that
/// is read while the cache fills, or fills again after a compaction wrote tables anew. These cost
/// a third of all that a reader beside a writer did, and each system call waits until no other thread
/// is in a page fault. And in small pages each read of a large cache misses the processor's table
/// of pages too (the figures stand under Decisions, "BlockCacheByCredit").
///
/// ## Thread safety
/// Any thread may allocate and free. `@unchecked Sendable`: all state is guarded by `lock`.
final class SlabAllocator: @unchecked Sendable {
    /// Memory for one block.
    struct Buffer {
        let base: UnsafeMutableRawPointer
        let sizeBytes: Int
        /// Nil for one of the system's allocator.
        fileprivate let slab: UnsafeMutablePointer<Slab>?
    }

    private static let chunkBytes = 2 << 20
    private static let slabCount = 16
    private static let slabBytes = chunkBytes / slabCount
    private static let stepBytes = 128
    /// What is larger wastes more of a slab's end, what is smaller more of its own: the system's
    /// allocator has it.
    private static let pooledBytes = 1 << 10...16 << 10
    private static let stepCount = pooledBytes.upperBound / stepBytes + 1

    private let lock = Lock()
    private let mapped = Atomic<Int>(0)
    private var chunks: [Chunk] = []
    private var freeSlabs: [UnsafeMutablePointer<Slab>] = []
    /// For each size the first slab that has a free buffer.
    private let firstOpen: UnsafeMutablePointer<UnsafeMutablePointer<Slab>?>

    init() {
        firstOpen = .allocate(capacity: Self.stepCount)
        firstOpen.initialize(repeating: nil, count: Self.stepCount)
    }

    deinit {
        for chunk in chunks { chunk.unmap() }
        firstOpen.deallocate()
    }

    /// Memory that was taken from the system and not given back.
    var mappedBytes: Int { mapped.load(ordering: .relaxed) }

    /// Memory for a block of so many bytes; the system's own where that serves as well.
    func allocate(_ byteCount: Int) -> Buffer {
        guard Self.pooledBytes.contains(byteCount) else { return Self.ofSystem(byteCount) }
        lock.lock()
        defer { lock.unlock() }
        guard let slab = openSlab((byteCount + Self.stepBytes - 1) / Self.stepBytes) else {
            return Self.ofSystem(byteCount)
        }
        let base = slab.pointee.take()
        if slab.pointee.isFull { unlink(slab) }
        return Buffer(base: base, sizeBytes: slab.pointee.bufferBytes, slab: slab)
    }

    func free(_ buffer: Buffer) {
        guard let slab = buffer.slab else { return Self.freeOfSystem(buffer) }
        lock.lock()
        defer { lock.unlock() }
        if slab.pointee.isFull { link(slab) }
        slab.pointee.giveBack(buffer.base)
        if slab.pointee.usedCount == 0 {
            unlink(slab)
            close(slab)
        }
    }

    /// A buffer of the system's allocator, for what has no part in any cache too.
    static func ofSystem(_ byteCount: Int) -> Buffer {
        Buffer(
            base: .allocate(byteCount: byteCount, alignment: 16), sizeBytes: byteCount, slab: nil)
    }

    static func freeOfSystem(_ buffer: Buffer) {
        precondition(buffer.slab == nil, "a slab's buffer is freed where it came from")
        buffer.base.deallocate()
    }

    // MARK: Under the lock

    /// A slab of buffers of so many steps that has a free one; nil where the system has no memory.
    private func openSlab(_ step: Int) -> UnsafeMutablePointer<Slab>? {
        if let slab = firstOpen[step] { return slab }
        if freeSlabs.isEmpty, !mapChunk() { return nil }
        let slab = freeSlabs.removeLast()
        slab.pointee.begin(bufferBytes: step * Self.stepBytes, slabBytes: Self.slabBytes)
        slab.pointee.chunk.usedSlabCount += 1
        link(slab)
        return slab
    }

    /// Takes back a slab all of whose buffers are free.
    private func close(_ slab: UnsafeMutablePointer<Slab>) {
        let chunk = slab.pointee.chunk
        freeSlabs.append(slab)
        chunk.usedSlabCount -= 1
        // With one kept, blocks that come and go do not have a chunk come and go with them.
        guard chunk.usedSlabCount == 0, freeSlabs.count >= 2 * Self.slabCount else { return }
        freeSlabs.removeAll { $0.pointee.chunk === chunk }
        chunks.removeAll { $0 === chunk }
        chunk.unmap()
        mapped.subtract(Self.chunkBytes, ordering: .relaxed)
    }

    private func mapChunk() -> Bool {
        // A database that reads little takes no more of the first one than it touches.
        guard
            let chunk = Chunk(
                sizeBytes: Self.chunkBytes, slabCount: Self.slabCount, isLarge: !chunks.isEmpty)
        else { return false }
        chunks.append(chunk)
        mapped.add(Self.chunkBytes, ordering: .relaxed)
        freeSlabs += (0..<Self.slabCount).reversed().map { chunk.slabs + $0 }
        return true
    }

    private func link(_ slab: UnsafeMutablePointer<Slab>) {
        let step = slab.pointee.bufferBytes / Self.stepBytes
        slab.pointee.previous = nil
        slab.pointee.next = firstOpen[step]
        firstOpen[step]?.pointee.previous = slab
        firstOpen[step] = slab
    }

    private func unlink(_ slab: UnsafeMutablePointer<Slab>) {
        let (previous, next) = (slab.pointee.previous, slab.pointee.next)
        if let previous {
            previous.pointee.next = next
        } else {
            firstOpen[slab.pointee.bufferBytes / Self.stepBytes] = next
        }
        next?.pointee.previous = previous
    }
}

/// A part of a chunk, cut into buffers of one size.
private struct Slab {
    unowned(unsafe) let chunk: Chunk
    let base: UnsafeMutableRawPointer
    var bufferBytes = 0
    /// How many buffers it has, how many of them were lent at least once, and how many are.
    private var limit = 0
    private var touchedCount = 0
    private(set) var usedCount = 0
    /// The free buffer that was given back last, whose first word is the address of the one before.
    private var firstFree: UnsafeMutableRawPointer?
    /// The slabs before and after it among those of its size that have a free buffer.
    var previous: UnsafeMutablePointer<Slab>?
    var next: UnsafeMutablePointer<Slab>?

    init(_ chunk: Chunk, _ base: UnsafeMutableRawPointer) {
        self.chunk = chunk
        self.base = base
    }

    var isFull: Bool { usedCount == limit }

    mutating func begin(bufferBytes: Int, slabBytes: Int) {
        self.bufferBytes = bufferBytes
        limit = slabBytes / bufferBytes
        touchedCount = 0
        firstFree = nil
    }

    mutating func take() -> UnsafeMutableRawPointer {
        usedCount += 1
        if let free = firstFree {
            firstFree = free.load(as: UnsafeMutableRawPointer?.self)
            return free
        }
        touchedCount += 1
        return base + (touchedCount - 1) * bufferBytes
    }

    mutating func giveBack(_ buffer: UnsafeMutableRawPointer) {
        precondition(usedCount > 0, "a buffer was freed twice")
        usedCount -= 1
        buffer.storeBytes(of: firstFree, as: UnsafeMutableRawPointer?.self)
        firstFree = buffer
    }
}

/// A mapping that begins where a large page does.
private final class Chunk {
    let slabs: UnsafeMutablePointer<Slab>
    var usedSlabCount = 0
    private let base: UnsafeMutableRawPointer
    private let sizeBytes: Int

    /// Nil where the system has no memory.
    ///
    /// - Parameter isLarge: Whether it is to be one large page.
    init?(sizeBytes: Int, slabCount: Int, isLarge: Bool) {
        let mapped = mmap(
            nil, 2 * sizeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        let before = -Int(bitPattern: mapped) & (sizeBytes - 1)
        if before > 0 { munmap(mapped, before) }
        munmap(mapped + before + sizeBytes, sizeBytes - before)
        base = mapped + before
        self.sizeBytes = sizeBytes
        if isLarge { madvise(base, sizeBytes, MADV_HUGEPAGE) }
        slabs = .allocate(capacity: slabCount)
        for number in 0..<slabCount {
            (slabs + number).initialize(
                to: Slab(self, base + number * (sizeBytes / slabCount)))
        }
    }

    /// Call once, when nothing in it is lent.
    func unmap() {
        munmap(base, sizeBytes)
        slabs.deallocate()
    }
}
