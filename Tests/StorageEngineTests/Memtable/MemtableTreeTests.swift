import KvdTestSupport
import Synchronization
import Testing

@testable import StorageEngine

@Suite("Memtable order")
struct MemtableTreeTests {
    /// Shapes that meet each way a node can split and compare: rising and falling keys, random ones,
    /// long shared prefixes, prefixes of each other, many versions of few keys.
    enum Shape: CaseIterable {
        case rising, falling, random, sharedPrefix, nested, fewKeys

        func key(_ number: Int, of count: Int, _ random: inout SeededRandom) -> [UInt8] {
            let decimal = { (number: Int) in Array(String(1_000_000 + number).utf8) }
            return switch self {
            case .rising: decimal(number)
            case .falling: decimal(count - number)
            case .random: random.bytes(count: random.int(in: 0...20))
            case .sharedPrefix:
                Array("customer#".utf8) + decimal(random.int(in: 0..<9))
                    + decimal(random.int(in: 0..<count))
            case .nested:
                [UInt8](repeating: 0, count: random.int(in: 0...40))
            case .fewKeys: decimal(random.int(in: 0..<5))
            }
        }
    }

    private struct Reference: Comparable {
        let key: [UInt8]
        let tag: EntryTag

        static func < (left: Reference, right: Reference) -> Bool {
            if left.key != right.key { return left.key.lexicographicallyPrecedes(right.key) }
            return left.tag > right.tag
        }
    }

    @Test(
        "Entries come back in order, forward, backward and from any position",
        arguments: Shape.allCases)
    func order(shape: Shape) throws {
        var random = SeededRandom.fromEnvironment("MemtableTreeTests")
        let memtable = try Memtable(capacityBytes: 1 << 20, logNumber: 1)
        var references: [Reference] = []
        for number in 0..<3_000 {
            let key = shape.key(number, of: 3_000, &random)
            let tag = EntryTag(sequence: UInt64(number + 1), kind: .put)
            key.withUnsafeBytes { memtable.insert(key: $0, tag: tag, value: $0) }
            references.append(Reference(key: key, tag: tag))
        }
        references.sort()
        let source = MemtableSource(memtable)
        try source.seekToFirst()
        for reference in references {
            try #require(source.isValid && matches(source, reference))
            try source.moveNext()
        }
        #expect(!source.isValid)
        try source.seekToLast()
        for reference in references.reversed() {
            try #require(source.isValid && matches(source, reference))
            try source.movePrevious()
        }
        #expect(!source.isValid)
        for _ in 0..<1_000 {
            try checkSeek(source, references, shape.key(1_500, of: 3_000, &random), &random)
        }
    }

    /// A walk that copied a leaf while it was split goes on behind what it copied, however often the
    /// right half was split again before it looks.
    @Test("From any leaf the next one behind an entry is found, over any number of splits")
    func nodesBehind() throws {
        var random = SeededRandom.fromEnvironment("MemtableTreeTests.nodesBehind")
        let memtable = try Memtable(capacityBytes: 1 << 20, logNumber: 1)
        for number in 0..<500 {
            let key = Shape.random.key(number, of: 500, &random)
            let tag = EntryTag(sequence: UInt64(number + 1), kind: .put)
            key.withUnsafeBytes { memtable.insert(key: $0, tag: tag, value: $0) }
        }
        let tree = memtable.tree
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        var leaves = [tree.position(of: none, .first).leaf.address - tree.base]
        while let last = leaves.last, tree.node(last).next != 0 {
            leaves.append(tree.node(last).next)
        }
        try #require(leaves.count > 30)
        for (place, leaf) in leaves.enumerated() {
            let order = tree.node(leaf).order
            let last = tree.node(leaf).entry(order.slot(order.count - 1))
            let behind = place + 1 < leaves.count ? leaves[place + 1] : 0
            for first in leaves[max(1, place - 5)..<min(place + 2, leaves.count)] {
                #expect(tree.firstNode(from: first, behind: last) == behind)
            }
            #expect(tree.firstNode(from: 0, behind: last) == 0)
        }
    }

    private func checkSeek(
        _ source: MemtableSource, _ references: [Reference], _ key: [UInt8],
        _ random: inout SeededRandom
    ) throws {
        let tag = EntryTag.seek(sequence: UInt64(random.int(in: 0...3_001)))
        let wanted = Reference(key: key, tag: tag)
        let place = references.firstIndex { $0 >= wanted }
        try key.withUnsafeBytes { try source.seek($0, tag: tag) }
        try #require(source.isValid == (place != nil))
        if let place { try #require(matches(source, references[place])) }
        let before = (place ?? references.count) - 1
        try key.withUnsafeBytes { try source.seekBackward($0, tag: tag) }
        try #require(source.isValid == (before >= 0))
        if before >= 0 { try #require(matches(source, references[before])) }
    }

    private func matches(_ source: MemtableSource, _ reference: Reference) -> Bool {
        [UInt8](source.key) == reference.key && source.tag == reference.tag
            && [UInt8](source.value) == reference.key
    }

    @Test("What it promises to have room for, it has room for", arguments: Shape.allCases)
    func room(shape: Shape) throws {
        var random = SeededRandom.fromEnvironment("MemtableTreeTests")
        for batchCount in [1, 3, 50, 1_000] {
            let capacity = 1 << (random.int(in: 12...18))
            let memtable = try Memtable(capacityBytes: capacity, logNumber: 1)
            var sequence: UInt64 = 1
            while memtable.hasRoom(entryCount: batchCount, payloadBytes: batchCount * 84) {
                // Traps inside where the promise is broken.
                for _ in 0..<batchCount {
                    let key = shape.key(Int(sequence), of: 3_000, &random)
                    let tag = EntryTag(sequence: sequence, kind: .put)
                    key.withUnsafeBytes { memtable.insert(key: $0, tag: tag, value: $0) }
                    sequence += 1
                }
            }
            // Most of the arena is used before it says no.
            if batchCount == 1 { #expect(memtable.sizeBytes > capacity / 4 - 1_024) }
        }
    }

    @Test("A batch that fits an empty memtable by the stated overhead does fit")
    func minimumCapacity() throws {
        for count in [1, 7, 8, 100, 5_000] {
            let capacity = Memtable.capacityBytes(entryCount: count, payloadBytes: 0)
            let memtable = try Memtable(capacityBytes: capacity, logNumber: 1)
            #expect(memtable.hasRoom(entryCount: count, payloadBytes: 0))
        }
    }

    @Test("A walk while entries are added sees each earlier entry once, in order")
    func walkDuringInsertion() throws {
        let memtable = try Memtable(capacityBytes: 8 << 20, logNumber: 1)
        let early = 2_000
        for number in 0..<early { Self.insert(memtable, number * 50, sequence: 1) }
        let isDone = Atomic<Bool>(false)
        try runThreads(3) { index in
            if index == 0 {
                defer { isDone.store(true, ordering: .releasing) }
                for step in 0..<40_000 {
                    Self.insert(memtable, (step &* 7_919) % (early * 50), sequence: 2)
                }
            } else {
                let source = MemtableSource(memtable)
                repeat {
                    var found: [Int] = []
                    if index == 1 { try source.seekToFirst() } else { try source.seekToLast() }
                    while source.isValid {
                        if source.tag.sequence == 1 { found.append(Self.number(source.key)) }
                        if index == 1 { try source.moveNext() } else { try source.movePrevious() }
                    }
                    let expected = (0..<early).map { $0 * 50 }
                    guard found == (index == 1 ? expected : expected.reversed()) else {
                        throw Mismatch("a walk of thread \(index) saw \(found.count) entries")
                    }
                } while !isDone.load(ordering: .acquiring)
            }
        }
    }

    private static func insert(_ memtable: Memtable, _ number: Int, sequence: UInt64) {
        withUnsafeBytes(of: UInt64(number).bigEndian) { key in
            memtable.insert(key: key, tag: EntryTag(sequence: sequence, kind: .put), value: key)
        }
    }

    private static func number(_ key: UnsafeRawBufferPointer) -> Int {
        Int(key.loadUnaligned(as: UInt64.self).bigEndian)
    }
}
