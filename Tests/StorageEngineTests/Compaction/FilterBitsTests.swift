import Glibc
import KvdTestSupport
@testable import StorageEngine
import Testing

@Suite("Filter bits by level")
struct FilterBitsTests {
    private static let limit = EngineOptions().bloomBitsPerKeyLimit

    private static func bits(
        _ run: Int, beside last: Int, option: Int = 10, limit: Int = limit
    ) -> Int {
        FilterBits.bitsPerKey(runBytes: run, lastBytes: last, lastBits: option, limit: limit)
    }

    @Test("A run that is ten times smaller has 4.8 bits more, up to the limit")
    func byRatio() {
        #expect(Self.bits(1000, beside: 1000) == 10)
        #expect(Self.bits(2000, beside: 1000) == 10)
        #expect(Self.bits(500, beside: 1000) == 11)
        #expect(Self.bits(100, beside: 1000) == 14)
        #expect(Self.bits(10, beside: 1000) == 19)
        #expect(Self.bits(1, beside: 1000) == Self.limit)
        #expect(Self.bits(0, beside: .max) == Self.limit)
        #expect(Self.bits(0, beside: 0) == 10)
    }

    @Test("No filters stay none, and an option above the limit stays what it is")
    func ends() {
        #expect(Self.bits(1, beside: 1000, option: 0) == 0)
        #expect(Self.bits(1, beside: 1000, option: 32) == 32)
        #expect(Self.bits(1, beside: 1000, limit: 10) == 10)
        #expect(Self.bits(1, beside: 1000, limit: 12) == 12)
    }

    /// The share of keys that are not there which a filter of `keyCount` keys lets through.
    private static func measuredRate(keyCount: Int, bitsPerKey: Int) -> Double {
        func hash(_ number: Int) -> UInt64 {
            withUnsafeBytes(of: UInt64(number).littleEndian) { XXHash64.hash($0) }
        }
        let filter = OutputBuffer()
        BloomFilter.build(
            hashes: KeyHashes((0..<keyCount).map(hash)), bitsPerKey: bitsPerKey, into: filter)
        let probes = 100_000
        let wrong = (keyCount..<keyCount + probes).count {
            BloomFilter.mayContain(hash($0), filter: filter.bytes)
        }
        return Double(wrong) / Double(probes)
    }

    @Test("The false-positive rates of all runs together fall by half for the same memory")
    func sum() {
        // A last level, two above it, and four memtables in level 0.
        let runs = [200_000, 20_000, 2_000, 2_000, 2_000, 2_000, 2_000]
        let bits = runs.map { Self.bits($0, beside: runs[0]) }
        let memory = zip(runs, bits).reduce(0) { $0 + $1.0 * $1.1 }
        let average = Double(memory) / Double(runs.reduce(0, +))
        #expect(average < 10.8, "the levels above the last take little")

        // By the formula of an ideal filter, e^(-bits · ln²2).
        func ideal(_ bits: Double) -> Double { exp(-bits * M_LN2 * M_LN2) }
        let expectedByLevel = bits.reduce(0) { $0 + ideal(Double($1)) }
        let expectedUniform = Double(runs.count) * ideal(average)
        #expect(expectedByLevel < expectedUniform / 4)

        // By the filters themselves; the uniform ones are rounded up to more memory.
        let uniformBits = Int(average.rounded(.up))
        let byLevel = zip(runs, bits).reduce(0) {
            $0 + Self.measuredRate(keyCount: $1.0, bitsPerKey: $1.1)
        }
        let uniform = runs.reduce(0) {
            $0 + Self.measuredRate(keyCount: $1, bitsPerKey: uniformBits)
        }
        #expect(byLevel < uniform / 2, "\(byLevel) by level, \(uniform) uniform")
    }

    private static let options: EngineOptions = {
        var options = EngineOptions()
        options.memtableSizeBytes = 4 << 10
        options.levelOneSizeBytes = 10_000
        return options
    }()

    /// Levels 5 and 6 over the keys from 100 to 199, a tenth in the upper one.
    private static let layout = TableShape.layout([
        5: [TableShape.table(1, 100, 199, sizeBytes: 40_000)],
        6: [TableShape.table(2, 100, 199, sizeBytes: 1_000_000)],
    ])

    private static func bits(level: Int, _ first: Int, _ last: Int) -> Int {
        FilterBits(level: level, layout, options: options)
            .bitsPerKey(of: TableShape.table(9, first, last).span)
    }

    @Test("A level has the bits of the size that it may grow to; a memtable has its own size's")
    func byLevel() {
        #expect(Self.bits(level: 6, 100, 199) == 10)
        // It may have 100,000 bytes, and has 40,000.
        #expect(Self.bits(level: 5, 100, 199) == 14)
        #expect(Self.bits(level: 0, 100, 199) == Self.limit)
    }

    @Test("A table that lies over nothing deeper has the last level's bits: it will move there")
    func moves() {
        #expect(Self.bits(level: 0, 200, 299) == 10)
        #expect(Self.bits(level: 0, 0, 99) == 10)
        #expect(Self.bits(level: 0, 0, 100) == Self.limit)
        #expect(Self.bits(level: 5, 200, 299) == 10)
    }

    private func filled(_ keys: [Int]) throws -> EngineStatistics {
        var options = EngineOptions.tiny(filesystem: MemoryFilesystem())
        // A filter grows by whole lines of 512 bits, so the tables must have many keys.
        options.memtableSizeBytes = 64 << 10
        options.tableSizeBytes = 64 << 10
        options.levelOneSizeBytes = 64 << 10
        options.compression = .none
        let engine = try Engine.open(folder: "/db", options: options)
        for key in keys {
            try engine.commit([.put([UInt8(key >> 8), UInt8(key & 0xFF)], [1, 2, 3, 4, 5, 6])])
        }
        defer { try? engine.close() }
        return engine.statistics()
    }

    @Test("An engine filled at random has more bits in the levels above the last")
    func engine() throws {
        var random = SeededRandom.fromEnvironment("FilterBitsTests.engine")
        let levels = try filled((0..<60_000).map { _ in random.int(in: 0...65_535) }).levels
        let last = try #require(levels[6].filterBitsPerEntry)
        #expect((10...10.5).contains(last))
        let above = levels[..<6].filter { $0.entryCount > 0 }
        #expect(!above.isEmpty)
        for level in above {
            #expect(try #require(level.filterBitsPerEntry) > last + 1)
        }
    }

    @Test("An engine filled in key order has the option's bits everywhere, as its tables only move")
    func sequential() throws {
        let levels = try filled(Array(0..<60_000)).levels
        #expect(levels[6].entryCount > 0)
        for level in levels where level.entryCount > 0 {
            let bits = try #require(level.filterBitsPerEntry)
            #expect((10...10.5).contains(bits))
        }
    }
}
