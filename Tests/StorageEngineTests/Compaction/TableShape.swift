import KvdTestSupport
@testable import StorageEngine

/// Tables that exist as metadata alone: all that the choice of a compaction looks at.
enum TableShape {
    /// A table over the two-byte keys from `first` to `last`.
    static func table(
        _ number: UInt64, _ first: Int, _ last: Int, sequences: ClosedRange<UInt64>? = nil,
        sizeBytes: Int = 1000, entries: Int = 10, deletions: Int = 0
    ) -> SSTableMetadata {
        let sequences = sequences ?? number...number
        return SSTableMetadata(
            number: number, sizeBytes: sizeBytes, checksum: 0, smallestKey: key(first),
            largestKey: key(last), smallestSequence: sequences.lowerBound,
            largestSequence: sequences.upperBound, entryCount: entries, deletionCount: deletions)
    }

    static func key(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    static func number(_ key: [UInt8]) -> Int { Int(key[0]) << 8 | Int(key[1]) }

    /// A layout with the given tables in level 0 and in some further levels.
    ///
    /// - Parameter removals: The range tombstones of tables, by their numbers.
    static func layout(
        levelZero: [SSTableMetadata] = [], _ further: [Int: [SSTableMetadata]] = [:],
        removals: [UInt64: [Removal]] = [:]
    ) -> LevelLayout {
        var levels = Array(repeating: [SSTableMetadata](), count: Version.levelCount)
        levels[0] = levelZero.sorted { $0.largestSequence > $1.largestSequence }
        for (level, tables) in further {
            levels[level] = tables.sorted { Version.precedes($0.smallestKey, $1.smallestKey) }
        }
        return LevelLayout(
            levels: levels, rangeTombstones: removals.compactMapValues { .of($0) })
    }

    /// A run of tables over `keys` that do not overlap, with gaps at random.
    static func run(
        _ random: inout SeededRandom, numbers: inout UInt64, keys: Range<Int>, sizeBytes: Int
    ) -> [SSTableMetadata] {
        var tables: [SSTableMetadata] = []
        var first = keys.lowerBound + random.int(in: 0...5)
        while first < keys.upperBound {
            let last = min(keys.upperBound - 1, first + random.int(in: 0...30))
            let entries = random.int(in: 1...20)
            var table = table(
                numbers, first, last, sizeBytes: random.int(in: 1...sizeBytes),
                entries: entries, deletions: random.int(in: 0...entries))
            if random.chance(1, in: 4) { table.rangeDeletionCount = random.int(in: 1...3) }
            tables.append(table)
            numbers += 1
            first = last + 1 + random.int(in: 0...20)
        }
        return tables
    }
}
