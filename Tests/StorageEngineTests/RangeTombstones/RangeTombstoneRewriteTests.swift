import KvdTestSupport
@testable import StorageEngine
import Testing

/// Whole rewrites of random entries and range tombstones: tables are cut at random, and what every
/// reader finds in them is compared with what was written.
@Suite("Rewriting range tombstones")
struct RangeTombstoneRewriteTests {
    private enum Change {
        case put([UInt8])
        case delete([UInt8])
        case remove(Removal)
    }

    /// What a search comes to.
    private enum Outcome: Equatable {
        case value(UInt64)
        /// What lies deeper is hidden.
        case hidden
        case goesOn
    }

    private static func outcome(
        _ changes: [Change], _ key: [UInt8], at reader: UInt64
    ) -> Outcome {
        for (index, change) in changes.enumerated().reversed() where index < reader {
            switch change {
            case .put(let other) where other == key: return .value(UInt64(index + 1))
            case .delete(let other) where other == key: return .hidden
            case .remove(let removal) where removal.covers(key): return .hidden
            default: continue
            }
        }
        return .goesOn
    }

    private static func outcome(
        _ tables: [SSTable], _ key: [UInt8], at reader: UInt64
    ) throws -> Outcome {
        try key.withUnsafeBytes { key in
            let place = SortedRun(tables).firstTable(endingAtOrAfter: key)
            guard place < tables.count else { return .goesOn }
            let table = tables[place]
            let covering = table.coveringSequence(of: key, at: reader)
            let found = try table.get(
                key, hash: XXHash64.hash(key), sequence: reader, mode: .blocking)
            guard let found else { return covering > 0 ? .hidden : .goesOn }
            guard found.value(newerThan: covering) != nil else { return .hidden }
            // The value says which change it was; sequences become 0 at the bottom.
            return .value(UInt64(found.value.loadUnaligned(as: UInt16.self)))
        }
    }

    private static func memtable(_ changes: [Change]) throws -> Memtable {
        let memtable = try Memtable(
            capacityBytes: 1 << 20, logNumber: 1)
        for (index, change) in changes.enumerated() {
            let sequence = UInt64(index + 1)
            switch change {
            case .put(let key):
                key.withUnsafeBytes { key in
                    withUnsafeBytes(of: UInt16(index + 1)) {
                        memtable.insert(
                            key: key, tag: EntryTag(sequence: sequence, kind: .put), value: $0)
                    }
                }
            case .delete(let key):
                key.withUnsafeBytes {
                    memtable.insert(
                        key: $0, tag: EntryTag(sequence: sequence, kind: .delete),
                        value: UnsafeRawBufferPointer(start: nil, count: 0))
                }
            case .remove(let removal):
                removal.lower.withUnsafeBytes { lower in
                    removal.upper.withUnsafeBytes {
                        memtable.insertRangeTombstone(
                            lower: lower, upper: $0, sequence: sequence)
                    }
                }
            }
        }
        return memtable
    }

    private static func changes(_ random: inout SeededRandom) -> [Change] {
        let removals = random.int(in: 1...6)
        return (0..<random.int(in: 1...60)).map { index in
            switch random.int(in: 0..<20) {
            case 0..<removals: .remove(.random(&random, sequence: UInt64(index + 1)))
            case 6..<9: .delete(Removal.key(&random))
            default: .put(Removal.key(&random))
            }
        }
    }

    /// The level below: tables of 100 bytes that end and begin at random keys.
    private static func below(_ random: inout SeededRandom) -> [SSTableMetadata] {
        let keys = Removal.allKeys.filter { _ in random.chance(1, in: 3) }
        return stride(from: 0, to: keys.count - 1, by: 2).map { index in
            SSTableMetadata(
                number: UInt64(1000 + index), sizeBytes: 100, checksum: 0,
                smallestKey: keys[index], largestKey: keys[index + 1], smallestSequence: 0,
                largestSequence: 0, entryCount: 1, deletionCount: 0)
        }
    }

    private static func checkBounds(_ tables: [SSTable]) {
        for (left, right) in zip(tables, tables.dropFirst()) {
            #expect(Version.precedes(left.metadata.largestKey, right.metadata.smallestKey))
        }
        for table in tables {
            for removal in table.rangeTombstones?.removals ?? [] {
                #expect(!Version.precedes(removal.lower, table.metadata.smallestKey))
                #expect(!Version.precedes(table.metadata.largestKey + [0], removal.upper))
            }
        }
    }

    /// What lies under a rewrite.
    enum Depth: CaseIterable {
        /// Nothing: it is the last level.
        case bottom
        /// Keys of some stretch.
        case someKeys
        case allKeys
    }

    @Test("Every reader finds the same, and tables do not overlap", arguments: Depth.allCases)
    func rewrite(depth: Depth) throws {
        let isBottom = depth == .bottom
        var random = SeededRandom.fromEnvironment("RangeTombstoneRewriteTests.rewrite")
        var cutCount = 0
        for run in 0..<400 {
            let disk = SimulatedFilesystem(seed: 1)
            try disk.createFolder("/db")
            let options = EngineOptions.tiny(filesystem: disk)
            let changes = Self.changes(&random)
            let snapshots = (0..<random.int(in: 0...3))
                .map { _ in UInt64(random.int(in: 0...changes.count)) }.sorted()
            let below = Self.below(&random)
            let ends = [Removal.key(&random), Removal.key(&random)].sorted(by: Version.precedes)
            let liesDeeper = { (lower: [UInt8], upper: [UInt8]) in
                switch depth {
                case .bottom: false
                case .someKeys:
                    !Version.precedes(upper, ends[0]) && !Version.precedes(ends[1], lower)
                case .allKeys: true
                }
            }
            var number: UInt64 = 0
            let builder = TableBuilder(
                folder: "/db", options: options,
                newFileNumber: {
                    number += 1
                    return number
                }, snapshots: snapshots, isBottom: isBottom, filterBits: FilterBits(uniform: 10))
            let memtable = try Self.memtable(changes)
            let built = try builder.build(
                from: MemtableSource(memtable), tombstones: memtable.rangeTombstones,
                cutter: OutputCutter(
                    below: below, fullSizeBytes: random.int(in: 1...500),
                    alignedSizeBytes: random.int(in: 1...200),
                    overlapLimitBytes: random.int(in: 0...3) * 100),
                mayLieDeeper: { liesDeeper([UInt8]($0), [UInt8]($1)) })
            let cache = BlockCache(capacityBytes: 1 << 16)
            let tables = try built.map {
                try SSTable(
                    metadata: $0, folder: "/db", filesystem: disk, cache: cache,
                    graveyard: Graveyard(signal: BackgroundSignal()),
                    observer: EngineObserver(onEvent: nil))
            }
            cutCount += max(0, tables.filter { $0.rangeTombstones != nil }.count - 1)
            Self.checkBounds(tables)
            for reader in snapshots + [1000] {
                for key in Removal.allKeys {
                    let before = Self.outcome(changes, key, at: reader)
                    let after = try Self.outcome(tables, key, at: reader)
                    let isFreed =
                        !liesDeeper(key, key) && before == .hidden && after == .goesOn
                    #expect(
                        before == after || isFreed,
                        "run \(run), \(key) at \(reader): \(before), then \(after)")
                }
            }
            if isBottom { #expect(built.allSatisfy { $0.freeableCount(snapshots) == 0 }) }
            for table in tables { try Self.requireEachHidesSomething(table, isBottom: isBottom) }
        }
        #expect(cutCount > 100)
    }

    /// Each tombstone hides an entry that no older one over it does; the oldest may hide something
    /// deeper.
    private static func requireEachHidesSomething(_ table: SSTable, isBottom: Bool) throws {
        var entries: [(key: [UInt8], sequence: UInt64)] = []
        let source = TableRunSource(SortedRun([table]), mode: .blocking, use: .passing)
        try source.seekToFirst()
        while source.isValid {
            entries.append(([UInt8](source.key), source.tag.sequence))
            try source.moveNext()
        }
        let removals = table.rangeTombstones?.removals ?? []
        for removal in removals {
            let older = removals.filter {
                $0.lower == removal.lower && $0.sequence < removal.sequence
            }
            let floor = older.map(\.sequence).max() ?? 0
            if older.isEmpty, !isBottom { continue }
            #expect(
                entries.contains {
                    removal.covers($0.key) && (floor..<removal.sequence).contains($0.sequence)
                }, "\(removal) hides nothing that no older one does")
        }
    }

    @Test("Of two tombstones over the same the later goes at once, the earlier with its snapshots")
    func twoTombstones() throws {
        let disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/db")
        func build(_ snapshots: [UInt64], _ changes: [Change]) throws -> SSTableMetadata? {
            let builder = TableBuilder(
                folder: "/db", options: .tiny(filesystem: disk), newFileNumber: { 1 },
                snapshots: snapshots, isBottom: true, filterBits: FilterBits(uniform: 10))
            let memtable = try Self.memtable(changes)
            let built = try builder.build(
                from: MemtableSource(memtable), tombstones: memtable.rangeTombstones,
                cutter: .never, mayLieDeeper: { _, _ in false })
            try? disk.remove("/db/000001.sst")
            return built.first
        }
        let removal = Removal(0, 5, 0)
        let put = Change.put(TableShape.key(1))
        // The later hides nothing that the earlier does not.
        let same = try build([1, 2], [put, .remove(removal), .remove(removal)])
        #expect(same?.rangeDeletionCount == 1)
        #expect(same?.freeableCount([1]) == 0)
        // Each hides a put. Without the snapshots between them the earlier goes.
        let both = try build([1, 2, 3], [put, .remove(removal), put, .remove(removal)])
        #expect(both?.rangeDeletionCount == 2)
        #expect(both?.freeableCount([1, 2, 3]) == 0)
        #expect(both?.freeableCount([1, 3]) == 0)
        #expect(both?.freeableCount([1]) == 3)
        #expect(both?.freeableCount([1, 2]) == 2)
        #expect(both?.freeableCount([]) == 4)
    }

    @Test("A tombstone is free once no snapshot sees what it hides, whatever older ones there are")
    func freeTombstone() throws {
        let disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/db")
        let builder = TableBuilder(
            folder: "/db", options: .tiny(filesystem: disk), newFileNumber: { 1 },
            snapshots: [1, 3], isBottom: true, filterBits: FilterBits(uniform: 10))
        let memtable = try Self.memtable([
            .put(TableShape.key(9)), .put(TableShape.key(1)), .put(TableShape.key(8)),
            .remove(Removal(0, 5, 4)),
        ])
        let built = try builder.build(
            from: MemtableSource(memtable), tombstones: memtable.rangeTombstones, cutter: .never,
            mayLieDeeper: { _, _ in false })
        #expect(built.map(\.garbageCount) == [2])
        #expect(built.map { $0.freeableCount([1, 3]) } == [0])
        #expect(built.map { $0.freeableCount([1]) } == [2])
    }

    /// Numbers its tables from 1, on a disk of its own; deeper levels hold something.
    private static func numberingBuilder() throws -> TableBuilder {
        let disk = SimulatedFilesystem(seed: 1)
        try disk.createFolder("/db")
        var number: UInt64 = 0
        return TableBuilder(
            folder: "/db", options: .tiny(filesystem: disk),
            newFileNumber: {
                number += 1
                return number
            }, snapshots: [], isBottom: false, filterBits: FilterBits(uniform: 10))
    }

    @Test("A long tombstone alone is cut where it would overlap too much below")
    func longTombstone() throws {
        let builder = try Self.numberingBuilder()
        let below = (0..<100).map {
            TableShape.table(UInt64(1000 + $0), 10 * $0, 10 * $0 + 5, sizeBytes: 100)
        }
        let removal = Removal(3, 998, 1)
        let memtable = try Self.memtable([.remove(removal), .put(TableShape.key(1200))])
        let built = try builder.build(
            from: MemtableSource(memtable), tombstones: memtable.rangeTombstones,
            cutter: OutputCutter(
                below: below, fullSizeBytes: .max, alignedSizeBytes: .max,
                overlapLimitBytes: 1000),
            mayLieDeeper: { _, _ in true })
        #expect(built.count == 10)
        for table in built { #expect(below.overlapping(table.span).totalBytes <= 1200) }
        for (left, right) in zip(built, built.dropFirst()) {
            #expect(left.largestKey + [0] == right.smallestKey)
        }
        #expect(built.first?.smallestKey == removal.lower)
        #expect(built.last?.largestKey == TableShape.key(1200))
    }

    @Test(
        "Tables of range tombstones alone, or with few entries, are no larger than others",
        arguments: [Int?.none, 7])
    func manyTombstones(putEvery: Int?) throws {
        let builder = try Self.numberingBuilder()
        let padding = [UInt8](repeating: 0xFF, count: 500)
        var changes: [Change] = []
        for place in 0..<100 {
            let removal = Removal(
                TableShape.key(10 * place) + padding, TableShape.key(10 * place + 5) + padding, 1)
            changes.append(.remove(removal))
            if let putEvery, place % putEvery == 0 {
                changes.append(.put(TableShape.key(10 * place + 7)))
            }
        }
        let memtable = try Self.memtable(changes)
        let built = try builder.build(
            from: MemtableSource(memtable), tombstones: memtable.rangeTombstones,
            cutter: OutputCutter(
                below: [], fullSizeBytes: 10_000, alignedSizeBytes: .max,
                overlapLimitBytes: .max),
            mayLieDeeper: { _, _ in true })
        #expect(built.map(\.rangeDeletionCount).reduce(0, +) == 100)
        for table in built { #expect(table.rangeDeletionCount <= 10) }
        for (left, right) in zip(built, built.dropFirst()) {
            #expect(Version.precedes(left.largestKey, right.smallestKey))
        }
    }
}
