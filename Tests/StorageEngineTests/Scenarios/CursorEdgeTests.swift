import KvdTestSupport
import StorageEngine
import Testing

@Suite("Cursors at their edges")
struct CursorEdgeTests {
    private let engine: Engine

    init() throws {
        let disk = SimulatedFilesystem(seed: 1)
        var options = EngineOptions.tiny(filesystem: disk)
        options.memtableSizeBytes = 1 << 20
        options.blockCacheSizeBytes = 1 << 20
        engine = try Engine.open(folder: "/db", options: options)
    }

    private func fill(_ range: Range<UInt16>) throws {
        for index in range {
            let key = [UInt8(index >> 8), UInt8(index & 0xFF)]
            try engine.commit([.put(key, Array(repeating: 1, count: 100))])
        }
    }

    @Test("A cursor whose move threw stands nowhere")
    func throwingMove() throws {
        try fill(0..<100)
        try engine.flush()
        for backward in [false, true] {
            // Brings the block at this end into the cache, and no other.
            _ = try engine.value(of: [0, backward ? 99 : 0])
            let cursor = try engine.cursor(mode: .cachedOnly)
            if backward { try cursor.seekToLast() } else { try cursor.seekToFirst() }
            #expect(throws: EngineError.wouldBlock) {
                while cursor.isValid {
                    if backward { try cursor.previous() } else { try cursor.next() }
                }
            }
            // Not in one expression: a failure would print the cursor, and with it freed bytes.
            let isValid = cursor.isValid
            #expect(!isValid)
        }
        try engine.close()
    }

    @Test("Entries newer than the cursor's moment are not walked past its range")
    func newerEntriesPastRange() throws {
        try fill(0..<1)
        let snapshot = engine.snapshot()
        try fill(256..<1000)
        try engine.flush()
        let before = engine.statistics().cache
        let found = try engine.entries(from: [0], to: [0, 9], at: .snapshot(snapshot))
        #expect(found.map(\.key) == [[0, 0]])
        let after = engine.statistics().cache
        let blockCount =
            after.missCount + after.hitCount - before.missCount - before.hitCount
        #expect(blockCount <= 3)
        try engine.close()
    }
}
