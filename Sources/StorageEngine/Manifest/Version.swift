// Unsafe pointers: keys are lent by the caller, or by an array for the length of a closure.

/// The tables of one moment, by level.
///
/// Level 0 holds whole memtables, newest first, that may overlap; in each further level tables are
/// in key order and do not overlap. Immutable: a change makes a new version, and readers keep the
/// one they began with.
final class Version: Sendable {
    static let levelCount = 7

    let levels: [[SSTable]]

    init(levels: [[SSTable]]) {
        precondition(levels.count == Self.levelCount)
        self.levels = levels
    }

    static let empty = Version(levels: Array(repeating: [], count: levelCount))

    func sizeBytes(level: Int) -> Int { levels[level].reduce(0) { $0 + $1.metadata.sizeBytes } }

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

    /// The tables of a level whose keys meet `[smallest, largest]`.
    func tables(level: Int, overlapping smallest: [UInt8], _ largest: [UInt8]) -> [SSTable] {
        levels[level].filter {
            !Self.precedes($0.metadata.largestKey, smallest)
                && !Self.precedes(largest, $0.metadata.smallestKey)
        }
    }

    /// The only table of a level from 1 that may hold `key`.
    @inline(__always)
    func table(level: Int, holding key: UnsafeRawBufferPointer) -> SSTable? {
        let tables = levels[level]
        var low = 0
        var high = tables.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = tables[middle].metadata.largestKey.withUnsafeBytes {
                compareKeys($0, key) < 0
            }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        guard low < tables.count else { return nil }
        let startsAtOrBefore = tables[low].metadata.smallestKey.withUnsafeBytes {
            compareKeys($0, key) <= 0
        }
        return startsAtOrBefore ? tables[low] : nil
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
        var sources: [EntrySource] = [MemtableSource(memtable)]
        sources += waiting.map { MemtableSource($0) }
        for table in version.levels[0] {
            sources.append(TableRunSource([table], mode: mode, fillsCache: fillsCache))
        }
        for tables in version.levels.dropFirst() where !tables.isEmpty {
            sources.append(TableRunSource(tables, mode: mode, fillsCache: fillsCache))
        }
        return sources
    }
}
