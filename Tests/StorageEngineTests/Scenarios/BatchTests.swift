import KvdTestSupport
import StorageEngine
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Batches")
struct BatchTests {
    private let engine: Engine

    init() throws {
        engine = try Engine.open(
            folder: "/db", options: .tiny(filesystem: SimulatedFilesystem(seed: 1)))
    }

    @Test("The last change of a key within one batch wins")
    func lastWins() throws {
        let changes: [OrderedMapModel.Change] = [
            .put(bytes("a"), bytes("1")), .put(bytes("a"), bytes("2")), .delete(bytes("b")),
            .put(bytes("b"), bytes("3")), .put(bytes("c"), bytes("4")), .delete(bytes("c")),
        ]
        var model = OrderedMapModel()
        model.apply(changes)
        try engine.commit(changes)
        try engine.requireEqual(model)
        try engine.flush()
        try engine.requireEqual(model)
    }

    @Test("An empty batch changes nothing and is durable at once")
    func emptyBatch() throws {
        let before = engine.appliedSequence
        #expect(try engine.submit(WriteBatch(), mayBlock: false) == before)
        try engine.commit(WriteBatch())
        #expect(engine.appliedSequence == before)
    }

    @Test("A batch is used again after removeAll")
    func reuse() throws {
        let batch = WriteBatch([.put(bytes("a"), bytes("1"))])
        try engine.commit(batch)
        batch.removeAll()
        #expect(batch.isEmpty)
        batch.put(key: bytes("b"), value: bytes("2"))
        try engine.commit(batch)
        #expect(try engine.entries().map(\.key) == [bytes("a"), bytes("b")])
    }

    @Test("A stamped key holds the sequence of its own entry, big-endian")
    func stamp() throws {
        let batch = WriteBatch([.put(bytes("x"), bytes("first"))])
        batch.putStamped(
            key: bytes("log") + Array(repeating: 0, count: 8) + bytes("!"), stampOffset: 3,
            value: bytes("second"))
        batch.delete(key: bytes("y"))
        let last = try engine.submit(batch, mayBlock: true)
        // Three entries end at `last`, and the stamped one is the middle of them.
        let stamp = withUnsafeBytes(of: (last - 1).bigEndian) { Array($0) }
        let key = bytes("log") + stamp + bytes("!")
        #expect(try engine.value(of: key, at: .applied) == bytes("second"))
    }

    @Test("A batch with a stamp is stamped anew each time it is committed")
    func stampAgain() throws {
        let batch = WriteBatch()
        batch.putStamped(
            key: Array(repeating: 0, count: 8), stampOffset: 0, value: bytes("v"))
        var stamps: [[UInt8]] = []
        for _ in 0..<3 {
            try engine.commit(batch)
            stamps.append(withUnsafeBytes(of: engine.appliedSequence.bigEndian) { Array($0) })
        }
        #expect(try engine.entries().map(\.key) == stamps)
    }

    @Test("The longest key is kept, over a flush too")
    func longestKey() throws {
        let longest = Array(repeating: UInt8(7), count: WriteBatch.keySizeLimitBytes)
        try engine.commit([.put(longest, bytes("v"))])
        try engine.flush()
        #expect(try engine.value(of: longest) == bytes("v"))
        #expect(try engine.entries().map(\.key) == [longest])
    }

    @Test("The empty key is a key like any other: the first")
    func emptyKey() throws {
        let changes: [OrderedMapModel.Change] = [
            .put([], bytes("empty")), .put([0], bytes("zero")),
        ]
        var model = OrderedMapModel()
        model.apply(changes)
        try engine.commit(changes)
        try engine.requireEqual(model)
        try engine.flush()
        try engine.requireEqual(model)
    }

    @Test("A value far larger than a memtable and a block is kept whole")
    func hugeValue() throws {
        var random = SeededRandom(seed: 7)
        let value = random.bytes(count: 300_000)
        try engine.commit([.put(bytes("a"), bytes("1")), .put(bytes("huge"), value)])
        #expect(try engine.value(of: bytes("huge")) == value)
        try engine.compactAll()
        #expect(try engine.value(of: bytes("huge")) == value)
        #expect(try engine.entries(backward: true).map(\.key) == [bytes("huge"), bytes("a")])
    }
}
