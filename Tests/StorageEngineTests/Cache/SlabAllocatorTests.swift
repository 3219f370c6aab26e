import Glibc
import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

@Suite("Memory of blocks")
struct SlabAllocatorTests {
    private static let random = SeededRandom.fromEnvironment("SlabAllocatorTests")

    /// A buffer all of whose bytes are written, so that any other that overlaps it is found out.
    private struct Lent {
        let buffer: SlabAllocator.Buffer
        let mark: UInt8

        init(_ buffer: SlabAllocator.Buffer, mark: UInt8) {
            self.buffer = buffer
            self.mark = mark
            memset(buffer.base, Int32(mark), buffer.sizeBytes)
        }

        var isWhole: Bool {
            UnsafeRawBufferPointer(start: buffer.base, count: buffer.sizeBytes).allSatisfy {
                $0 == mark
            }
        }
    }

    @Test("Buffers that are lent at once do not overlap, and are as large as was asked for")
    func model() {
        var random = Self.random
        let allocator = SlabAllocator()
        var lent: [Lent] = []
        for turn in 0..<6_000 {
            // Waves, so that slabs and chunks become free and are cut anew for other sizes.
            let grows = turn / 1_000 % 2 == 0
            if lent.isEmpty || random.int(in: 0...9) < (grows ? 8 : 3) {
                let byteCount =
                    random.int(in: 0...9) == 0
                    ? random.int(in: 1...80_000)
                    : (turn / 2_000 + 1) * 1_500 + random.int(in: 0...300)
                let buffer = allocator.allocate(byteCount)
                #expect(buffer.sizeBytes >= byteCount)
                // Of the large ones as many as a slab has room for.
                let waste = byteCount > 20 << 10 ? byteCount / 2 + 128 : max(128, byteCount / 8)
                #expect(buffer.sizeBytes < byteCount + waste)
                #expect(Int(bitPattern: buffer.base) % 16 == 0)
                lent.append(Lent(buffer, mark: UInt8(turn % 251)))
            } else {
                let last = lent.remove(at: random.int(in: 0...(lent.count - 1)))
                #expect(last.isWhole, "KVD_SEED=\(Self.random.seed), turn \(turn)")
                allocator.free(last.buffer)
            }
        }
        for each in lent {
            #expect(each.isWhole)
            allocator.free(each.buffer)
        }
    }

    @Test("What is free serves any size, and goes back to the system but for one chunk")
    func givesBack() {
        var random = Self.random
        let allocator = SlabAllocator()
        #expect(allocator.mappedBytes == 0)
        for byteCount in [4_000, 9_000, 1_100, 42_000, 300_000] {
            var buffers = (0..<(16 << 20) / byteCount).map { _ in allocator.allocate(byteCount) }
            // 16 MiB, and what a slab's end and the steps of sizes waste.
            #expect((15 << 20...20 << 20).contains(allocator.mappedBytes))
            buffers.shuffle(using: &random)
            #expect((15 << 20...18 << 20).contains(allocator.lentBytes))
            for buffer in buffers { allocator.free(buffer) }
            #expect(allocator.mappedBytes <= 4 << 20)
            #expect(allocator.lentBytes == 0)
        }
    }

    @Test("A buffer given back is the next that is lent, and others stay as they are")
    func reuse() {
        let allocator = SlabAllocator()
        let buffers = (0..<100).map { _ in allocator.allocate(4_096) }
        #expect(Set(buffers.map(\.base)).count == 100)
        for buffer in [buffers[7], buffers[61], buffers[7]] {
            allocator.free(buffer)
            #expect(allocator.allocate(4_090).base == buffer.base)
        }
        for buffer in buffers { allocator.free(buffer) }
    }

    @Test("Threads that allocate and free at once have buffers of their own")
    func threads() throws {
        let allocator = SlabAllocator()
        let brokenCount = Atomic<Int>(0)
        let seed = Self.random.seed
        try runThreads(4) { thread in
            var random = SeededRandom(seed: seed &+ UInt64(thread))
            var lent: [Lent] = []
            for _ in 0..<10_000 {
                if lent.count < 40 {
                    let buffer = allocator.allocate(random.int(in: 3_000...3_600))
                    lent.append(Lent(buffer, mark: UInt8(thread + 1)))
                } else {
                    let last = lent.remove(at: random.int(in: 0...39))
                    if !last.isWhole { brokenCount.add(1, ordering: .relaxed) }
                    allocator.free(last.buffer)
                }
            }
            for each in lent { allocator.free(each.buffer) }
        }
        #expect(brokenCount.load(ordering: .relaxed) == 0)
        #expect(allocator.mappedBytes <= 4 << 20)
    }
}
