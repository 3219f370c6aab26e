// Unsafe pointers: a buffer lies inside a chunk that is mapped until nothing in it is lent; each is
// lent to one holder at a time, and a slab lies beside its chunk as long as that is mapped.

internal import Glibc
internal import Synchronization

/// Memory for blocks: buffers of few sizes, cut from large pages.
///
/// ## Layout
/// A chunk is a mapping of 2 MiB, one large page. It is cut into 16 slabs, and a slab into buffers of
/// one size, a multiple of 128 bytes up to 5 KiB and of more above, so that a block of 4 KiB wastes a
/// thirtieth at most and no more than some fifty sizes have a slab each. A slab whose buffers are all
/// free serves any size again; a chunk whose slabs are all free goes back to the system where another
/// could be spared too. Which buffers are free is told beside them: nobody touches a free one, which is
/// in no processor's cache, under the lock. Source: Bonwick, "The Slab Allocator: An Object-Caching
/// Kernel Memory Allocator" (1994).
///
/// ## Why not the system's allocator
/// glibc has a thread's heap grow by one system call and two page faults for each block of 4 KiB that
/// is read while the cache fills, or fills again after a compaction wrote tables anew. These cost
/// a third of all that a reader beside a writer did, and each system call waits until no other thread
/// is in a page fault. And in small pages each read of a large cache misses the processor's table
/// of pages too (the figures stand under Decisions, "BlockCacheByCredit").
///
/// ## Thread safety
/// Any thread may allocate and free. `@unchecked Sendable`: all state is guarded by
/// `lock`, but for two counts that are atomic.
final class SlabAllocator: @unchecked Sendable {
    /// Memory for one block.
    struct Buffer {
        let base: UnsafeMutableRawPointer
        let sizeBytes: Int
        /// With its share of what the slab's end wastes.
        let chargeBytes: Int
        /// Nil for one of the system's allocator.
        fileprivate let slab: UnsafeMutablePointer<Slab>?
    }

    static let chunkBytes = 2 << 20
    private static let slabCount = 16
    private static let slabBytes = chunkBytes / slabCount
    /// What is larger wastes more than a third of a slab: the system's allocator has it.
    private static let mostBytes = 64 << 10
    private static let leastStepBytes = 128

    /// The size of the buffer for so many bytes.
    private static func bufferBytes(for byteCount: Int) -> Int {
        func rounded(_ byteCount: Int, to stepBytes: Int) -> Int {
            (byteCount + stepBytes - 1) / stepBytes * stepBytes
        }
        let leastBytes = rounded(byteCount, to: leastStepBytes)
        switch leastBytes {
        case ...(5 << 10): return leastBytes
        case ...(8 << 10): return rounded(leastBytes, to: 512)
        case ...(16 << 10): return rounded(leastBytes, to: 1 << 10)
        case ...(20 << 10): return rounded(leastBytes, to: 2 << 10)
        // As many as a slab has room for share it.
        default: return slabBytes / (slabBytes / leastBytes) / leastStepBytes * leastStepBytes
        }
    }

    private let lock = Lock()
    private let mapped = Atomic<Int>(0)
    private let lent = Atomic<Int>(0)
    private var chunks: [Chunk] = []
    private var freeSlabCount = 0
    /// For each size, in least steps, the first slab that has a free buffer; of no size, the first that
    /// is free.
    private let firstOpen: UnsafeMutablePointer<UnsafeMutablePointer<Slab>?>
    /// What is smaller wastes more of its own buffer: the system's allocator has it.
    private let leastBytes: Int

    init(leastBytes: Int = SimulationSettings().leastPooledBlockBytes) {
        self.leastBytes = leastBytes
        let count = Self.mostBytes / Self.leastStepBytes + 1
        firstOpen = .allocate(capacity: count)
        firstOpen.initialize(repeating: nil, count: count)
    }

    deinit {
        for chunk in chunks {
            precondition(chunk.usedSlabCount == 0, "a block outlives what its memory is from")
            chunk.unmap()
        }
        firstOpen.deallocate()
    }

    /// Memory that was taken from the system and not given back.
    var mappedBytes: Int { mapped.load(ordering: .relaxed) }

    /// Memory of all buffers that are lent.
    var lentBytes: Int { lent.load(ordering: .relaxed) }

    /// Memory for a block of so many bytes; the system's own where that serves as well.
    func allocate(_ byteCount: Int) -> Buffer {
        let buffer = pooledBuffer(byteCount)
        if let buffer {
            lent.add(buffer.chargeBytes, ordering: .relaxed)
            return buffer
        }
        mapped.add(byteCount, ordering: .relaxed)
        lent.add(byteCount, ordering: .relaxed)
        return Self.ofSystem(byteCount)
    }

    private func pooledBuffer(_ byteCount: Int) -> Buffer? {
        guard leastBytes <= byteCount, byteCount <= Self.mostBytes else { return nil }
        let bufferBytes = Self.bufferBytes(for: byteCount)
        lock.lock()
        defer { lock.unlock() }
        guard let slab = openSlab(bufferBytes) else { return nil }
        let base = slab.pointee.take()
        if slab.pointee.isFull { unlink(slab) }
        return Buffer(
            base: base, sizeBytes: bufferBytes, chargeBytes: Self.slabBytes / slab.pointee.limit,
            slab: slab)
    }

    func free(_ buffer: Buffer) {
        lent.subtract(buffer.chargeBytes, ordering: .relaxed)
        guard let slab = buffer.slab else {
            mapped.subtract(buffer.chargeBytes, ordering: .relaxed)
            return Self.freeOfSystem(buffer)
        }
        lock.lock()
        if slab.pointee.isFull { link(slab) }
        slab.pointee.giveBack(buffer.base)
        var spared: Chunk?
        if slab.pointee.isUnused {
            unlink(slab)
            spared = close(slab)
        }
        lock.unlock()
        spared?.unmap()
    }

    /// A buffer of the system's allocator, for what has no part in any cache too.
    static func ofSystem(_ byteCount: Int) -> Buffer {
        Buffer(
            base: .allocate(byteCount: byteCount, alignment: 16), sizeBytes: byteCount,
            chargeBytes: byteCount, slab: nil)
    }

    static func freeOfSystem(_ buffer: Buffer) {
        precondition(buffer.slab == nil, "a slab's buffer is freed where it came from")
        buffer.base.deallocate()
    }

    // MARK: Under the lock

    /// A slab of buffers of a size that has a free one; nil where the system has no memory.
    private func openSlab(_ bufferBytes: Int) -> UnsafeMutablePointer<Slab>? {
        let step = bufferBytes / Self.leastStepBytes
        if freeSlabCount == 0, firstOpen[step] == nil { mapChunk() }
        if let slab = firstOpen[step] { return slab }
        guard let slab = firstOpen[0] else { return nil }
        unlink(slab)
        freeSlabCount -= 1
        slab.pointee.begin(bufferBytes: bufferBytes, slabBytes: Self.slabBytes)
        slab.pointee.chunk.usedSlabCount += 1
        link(slab)
        return slab
    }

    /// Takes back a slab all of whose buffers are free.
    ///
    /// - Returns: A chunk to give back to the system.
    private func close(_ slab: UnsafeMutablePointer<Slab>) -> Chunk? {
        let chunk = slab.pointee.chunk
        linkFree(slab)
        chunk.usedSlabCount -= 1
        // With one kept, blocks that come and go do not have a chunk come and go with them.
        guard chunk.usedSlabCount == 0, freeSlabCount >= 2 * Self.slabCount else { return nil }
        for number in 0..<Self.slabCount { unlink(chunk.slabs + number) }
        freeSlabCount -= Self.slabCount
        let last = chunks.removeLast()
        if last !== chunk {
            last.place = chunk.place
            chunks[chunk.place] = last
        }
        mapped.subtract(Self.chunkBytes, ordering: .relaxed)
        return chunk
    }

    /// Has the lock free meanwhile: the system may have to wait for a page fault of another thread.
    private func mapChunk() {
        // A database that reads little takes no more of the first one than it touches.
        let isLarge = !chunks.isEmpty
        lock.unlock()
        let chunk = Chunk(
            sizeBytes: Self.chunkBytes, slabCount: Self.slabCount, isLarge: isLarge)
        lock.lock()
        guard let chunk else { return }
        chunk.place = chunks.count
        chunks.append(chunk)
        mapped.add(Self.chunkBytes, ordering: .relaxed)
        for number in (0..<Self.slabCount).reversed() { linkFree(chunk.slabs + number) }
    }

    private func linkFree(_ slab: UnsafeMutablePointer<Slab>) {
        slab.pointee.bufferBytes = 0
        link(slab)
        freeSlabCount += 1
    }

    private func link(_ slab: UnsafeMutablePointer<Slab>) {
        let step = slab.pointee.bufferBytes / Self.leastStepBytes
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
            firstOpen[slab.pointee.bufferBytes / Self.leastStepBytes] = next
        }
        next?.pointee.previous = previous
    }
}

/// A part of a chunk, cut into buffers of one size.
private struct Slab {
    unowned(unsafe) let chunk: Chunk
    let base: UnsafeMutableRawPointer
    /// 0 for a slab that is free.
    var bufferBytes = 0
    /// How many buffers it has.
    private(set) var limit = 0
    /// A bit for each buffer, set for those that are free.
    private var free: UInt128 = 0
    /// The slabs before and after it among those of its size that have a free buffer.
    var previous: UnsafeMutablePointer<Slab>?
    var next: UnsafeMutablePointer<Slab>?

    init(_ chunk: Chunk, _ base: UnsafeMutableRawPointer) {
        self.chunk = chunk
        self.base = base
    }

    private var all: UInt128 { .max >> (UInt128.bitWidth - limit) }
    var isFull: Bool { free == 0 }
    var isUnused: Bool { free == all }

    mutating func begin(bufferBytes: Int, slabBytes: Int) {
        self.bufferBytes = bufferBytes
        limit = min(slabBytes / bufferBytes, UInt128.bitWidth)
        free = all
    }

    /// The first one that is free: what lies behind all that were lent was never touched.
    mutating func take() -> UnsafeMutableRawPointer {
        let place = free.trailingZeroBitCount
        free &= free - 1
        return base + place * bufferBytes
    }

    mutating func giveBack(_ buffer: UnsafeMutableRawPointer) {
        let bit = UInt128(1) << ((buffer - base) / bufferBytes)
        precondition(free & bit == 0, "a buffer was freed twice")
        free |= bit
    }
}

/// A mapping that begins where a large page does.
private final class Chunk {
    let slabs: UnsafeMutablePointer<Slab>
    var usedSlabCount = 0
    /// Where it stands among the allocator's.
    var place = 0
    private let base: UnsafeMutableRawPointer
    private let sizeBytes: Int

    /// Nil where the system has no memory.
    ///
    /// - Parameter isLarge: Whether it is to be one large page.
    init?(sizeBytes: Int, slabCount: Int, isLarge: Bool) {
        guard let base = Self.mapAligned(sizeBytes) else { return nil }
        self.base = base
        self.sizeBytes = sizeBytes
        madvise(base, sizeBytes, isLarge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
        slabs = .allocate(capacity: slabCount)
        for number in 0..<slabCount {
            (slabs + number).initialize(
                to: Slab(self, base + number * (sizeBytes / slabCount)))
        }
    }

    /// Most lie behind the one before, so that the system has one mapping for all of them.
    private static func mapAligned(_ sizeBytes: Int) -> UnsafeMutableRawPointer? {
        guard let first = map(sizeBytes) else { return nil }
        if Int(bitPattern: first) % sizeBytes == 0 { return first }
        munmap(first, sizeBytes)
        guard let mapped = map(2 * sizeBytes) else { return nil }
        let before = -Int(bitPattern: mapped) & (sizeBytes - 1)
        if before > 0 { munmap(mapped, before) }
        if before < sizeBytes { munmap(mapped + before + sizeBytes, sizeBytes - before) }
        return mapped + before
    }

    private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let mapped = mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return mapped == MAP_FAILED ? nil : mapped
    }

    /// Call once, when nothing in it is lent.
    func unmap() {
        munmap(base, sizeBytes)
        slabs.deallocate()
    }
}
