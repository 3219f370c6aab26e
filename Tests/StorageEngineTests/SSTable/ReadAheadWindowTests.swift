import KvdTestSupport
@testable import StorageEngine
import Synchronization
import Testing

/// A file of bytes that counts how often it is read.
private final class CountedFile: FileHandle {
    let bytes: [UInt8]
    let readCount = Atomic<Int>(0)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        readCount.add(1, ordering: .relaxed)
        let found = bytes[min(offset, bytes.count)..<min(offset + buffer.count, bytes.count)]
        buffer.copyBytes(from: found)
        return found.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {}
    func sync() {}
    func size() -> Int { bytes.count }
    func truncate(to size: Int) {}
}

@Suite("Reading ahead")
struct ReadAheadWindowTests {
    private static let blockBytes = 4_000
    private let file: CountedFile
    private var blockCount: Int { file.bytes.count / Self.blockBytes }

    init() {
        var random = SeededRandom.fromEnvironment("ReadAheadWindowTests.file")
        file = CountedFile(
            (0..<Self.blockBytes * 500).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    private func check(_ window: ReadAheadWindow, _ block: Int) throws {
        let offset = block * Self.blockBytes
        guard let found = try window.bytes(at: offset, count: Self.blockBytes, in: file) else {
            file.readCount.add(1, ordering: .relaxed)
            return
        }
        #expect([UInt8](found) == [UInt8](file.bytes[offset..<offset + Self.blockBytes]))
    }

    @Test("Whatever the order, it lends the bytes that were asked for")
    func bytes() throws {
        var random = SeededRandom.fromEnvironment("ReadAheadWindowTests.bytes")
        for readsAll in [false, true] {
            let window = ReadAheadWindow(readsAll: readsAll)
            window.begin(dataEnd: file.bytes.count)
            var block = 0
            for _ in 0..<2_000 {
                switch Int.random(in: 0..<20, using: &random) {
                case 0: block = Int.random(in: 0..<blockCount, using: &random)
                case 1..<8: block = max(0, block - 1)
                case 8..<11: block = min(blockCount - 1, block + 3)
                default: block = min(blockCount - 1, block + 1)
                }
                try check(window, block)
            }
        }
    }

    @Test("A walk in either direction reads many blocks at once; single reads stay single")
    func counts() throws {
        for blocks in [Array(0..<blockCount), Array((0..<blockCount).reversed())] {
            file.readCount.store(0, ordering: .relaxed)
            let window = ReadAheadWindow(readsAll: false)
            window.begin(dataEnd: file.bytes.count)
            for block in blocks { try check(window, block) }
            #expect(file.readCount.load(ordering: .relaxed) < blockCount / 20)
        }
        file.readCount.store(0, ordering: .relaxed)
        let window = ReadAheadWindow(readsAll: false)
        window.begin(dataEnd: file.bytes.count)
        for block in [7, 300, 40, 499, 100] { try check(window, block) }
        #expect(file.readCount.load(ordering: .relaxed) == 5)
    }

    @Test(
        "A walk that ends in its second block reads nothing ahead, one that goes on does",
        arguments: [1, -1])
    func shortWalks(step: Int) throws {
        let window = ReadAheadWindow(readsAll: false)
        window.begin(dataEnd: file.bytes.count)
        let readsAhead = { (block: Int) in
            let offset = block * Self.blockBytes
            return try window.bytes(at: offset, count: Self.blockBytes, in: file) != nil
        }
        // Each begins far from where the one before ended.
        for first in stride(from: 20, to: 400, by: 40) {
            #expect(try !readsAhead(first))
            #expect(try !readsAhead(first + step))
        }
        #expect(try !readsAhead(450))
        #expect(try !readsAhead(450 + step))
        #expect(try readsAhead(450 + 2 * step))
    }
}
