// Unsafe pointers: keys are lent by the caller, or by an array for the length of a closure.

/// The tables of one moment, by level.
///
/// Level 0 holds flushed memtables, newest first, that may overlap; in each further level tables are
/// in key order and do not overlap. Immutable: a change makes a new version, and readers keep the
/// one they began with.
///
/// `@unchecked Sendable`: immutable after `init`.
final class Version: @unchecked Sendable {
    static let levelCount = 7

    let levels: [[SSTable]]
    let layout: LevelLayout
    let hasRangeTombstones: Bool
    /// Level 0 by sublevel, newest first, then each further level that is not empty: sorted runs,
    /// in which a key's newest version comes first.
    var runs: [SortedRun] { lentRuns.objects }
    private let lentRuns: LentObjects<SortedRun>

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
        let runs = (sublevels.reversed() + levels.dropFirst()).filter { !$0.isEmpty }
        lentRuns = LentObjects(runs.map { SortedRun($0) })
    }

    static let empty = Version(levels: Array(repeating: [], count: levelCount))

    func sizeBytes(level: Int) -> Int { layout.sizeBytes(level: level) }

    /// The most tables of level 0 that a read of one key can meet; what stalls are reckoned by.
    var levelZeroSublevelCount: Int { layout.sublevels.count }

    /// A version with tables taken out and put in; every list stays in its level's order.
    func applying(removed: Set<UInt64>, added: [(level: Int, table: SSTable)]) -> Version {
        var levels = levels.map { $0.filter { !removed.contains($0.number) } }
        for (level, table) in added { levels[level].append(table) }
        for level in 0..<Self.levelCount {
            levels[level].sort { Self.precedes($0.metadata, $1.metadata, inLevel: level) }
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

    /// The newest visible value of a key at or before a sequence.
    @inline(__always)
    func get(_ key: UnsafeRawBufferPointer, sequence: UInt64, mode: ReadMode)
        throws(EngineError) -> PinnedBytes?
    {
        let hash = XXHash64.hash(key)
        for place in 0..<lentRuns.count {
            let search = try lentRuns.borrow(place) { (run) throws(EngineError) -> KeySearch in
                let index = run.firstTable(endingAtOrAfter: key)
                guard index < run.count else { return .goesOn }
                return try run.withTable(index) { (table) throws(EngineError) in
                    try table.search(key, hash: hash, sequence: sequence, mode: mode)
                }
            }
            if case .ends(let value) = search { return value }
        }
        return nil
    }

    /// The order of a level's tables: newest first in level 0, by key in the others.
    static func precedes(_ left: SSTableMetadata, _ right: SSTableMetadata, inLevel level: Int)
        -> Bool
    {
        level == 0
            ? left.largestSequence > right.largestSequence
            : precedes(left.smallestKey, right.smallestKey)
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
    func sources(mode: ReadMode, use: CacheUse) -> [EntrySource] {
        // ``rangeCoverage(at:)`` counts the same sources in the same order.
        var sources: [EntrySource] = [MemtableSource(memtable)]
        sources += waiting.map { MemtableSource($0) }
        for run in version.runs {
            sources.append(TableRunSource(run, mode: mode, use: use))
        }
        return sources
    }
}
