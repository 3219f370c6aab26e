// Unsafe pointers: keys are lent by the caller, or by an array for the length of a closure.

/// The tables of one moment, by level.
///
/// Level 0 holds flushed memtables, newest first, that may overlap; in each further level tables are
/// in key order and do not overlap. Immutable: a change makes a new version, and readers keep the
/// one they began with.
final class Version: Sendable {
    static let levelCount = 7

    let levels: [[SSTable]]
    let layout: LevelLayout
    let hasRangeTombstones: Bool
    /// Level 0 by sublevel, newest first, then each further level that is not empty: sorted runs,
    /// in which a key's newest version comes first.
    let runs: [[SSTable]]

    init(levels: [[SSTable]]) {
        precondition(levels.count == Self.levelCount)
        self.levels = levels
        var rangeTombstones: [UInt64: RangeTombstoneList] = [:]
        for table in levels.joined() {
            if let list = table.rangeTombstones { rangeTombstones[table.number] = list }
        }
        layout = LevelLayout(
            levels: levels.map { $0.map(\.metadata) }, rangeTombstones: rangeTombstones)
        hasRangeTombstones = !rangeTombstones.isEmpty
        let byNumber = Dictionary(uniqueKeysWithValues: levels[0].map { ($0.number, $0) })
        let sublevels = layout.sublevels.map { $0.compactMap { byNumber[$0.number] } }
        runs = sublevels.reversed() + levels.dropFirst().filter { !$0.isEmpty }
    }

    static let empty = Version(levels: Array(repeating: [], count: levelCount))

    func sizeBytes(level: Int) -> Int { layout.sizeBytes(level: level) }

    /// The most tables of level 0 that a read of one key can meet; what stalls are reckoned by.
    var levelZeroSublevelCount: Int { layout.sublevels.count }

    /// A version with tables taken out and put in; every list stays in its level's order.
    func applying(removed: Set<UInt64>, added: [(level: Int, table: SSTable)]) -> Version {
        var levels = levels.map { $0.filter { !removed.contains($0.number) } }
        for (level, table) in added { levels[level].append(table) }
        levels[0].sort { $0.metadata.largestSequence > $1.metadata.largestSequence }
        for level in 1..<Self.levelCount {
            levels[level].sort { Self.precedes($0.metadata.smallestKey, $1.metadata.smallestKey) }
        }
        return Version(levels: levels)
    }

    /// The tables that metadata of this version's layout stands for.
    func tables(_ metadata: [SSTableMetadata]) -> [SSTable] {
        let wanted = Set(metadata.map(\.number))
        let byNumber = Dictionary(
            uniqueKeysWithValues: levels.joined().lazy.filter { wanted.contains($0.number) }
                .map { ($0.number, $0) })
        return metadata.map {
            guard let table = byNumber[$0.number] else {
                preconditionFailure("table \($0.number) was planned for and is gone")
            }
            return table
        }
    }

    /// The only table of a sorted run that may hold `key`.
    @inline(__always)
    static func table(in tables: [SSTable], holding key: UnsafeRawBufferPointer) -> SSTable? {
        let place = firstTable(in: tables, endingAtOrAfter: key)
        guard place < tables.count else { return nil }
        let startsAtOrBefore = tables[place].metadata.smallestKey.withUnsafeBytes {
            compareKeys($0, key) <= 0
        }
        return startsAtOrBefore ? tables[place] : nil
    }

    /// Whether a sorted run has a table whose keys meet `[smallest, largest]`.
    static func hasTable(
        in tables: [SSTable], meeting smallest: UnsafeRawBufferPointer,
        _ largest: UnsafeRawBufferPointer
    ) -> Bool {
        let place = firstTable(in: tables, endingAtOrAfter: smallest)
        guard place < tables.count else { return false }
        return tables[place].metadata.smallestKey.withUnsafeBytes {
            compareKeys($0, largest) <= 0
        }
    }

    @inline(__always)
    private static func firstTable(
        in tables: [SSTable], endingAtOrAfter key: UnsafeRawBufferPointer
    ) -> Int {
        var low = 0
        var high = tables.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = tables[middle].metadata.largestKey.withUnsafeBytes {
                compareKeys($0, key) < 0
            }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }

    static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { compareKeys(left, $0) < 0 } }
    }
}

/// What a reader holds: the memtables and tables of one moment. Immutable.
final class ReadState: Sendable {
    let memtable: Memtable
    /// Full memtables that wait for their flush, newest first.
    let waiting: [Memtable]
    let version: Version

    init(memtable: Memtable, waiting: [Memtable], version: Version) {
        self.memtable = memtable
        self.waiting = waiting
        self.version = version
    }

    /// All sorted runs, newest first.
    func sources(mode: ReadMode, fillsCache: Bool) -> [EntrySource] {
        // ``rangeCoverage(at:)`` counts the same sources in the same order.
        var sources: [EntrySource] = [MemtableSource(memtable)]
        sources += waiting.map { MemtableSource($0) }
        for tables in version.runs {
            sources.append(TableRunSource(tables, mode: mode, fillsCache: fillsCache))
        }
        return sources
    }
}
