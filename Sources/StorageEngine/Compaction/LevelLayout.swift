/// The tables of a version as the choice of compactions sees them: metadata by level.
///
/// Level 0 is cut into sublevels, the oldest first. Tables of one sublevel do not overlap, and a
/// table lies in the lowest sublevel above every older table that it overlaps. So each sublevel is a
/// sorted run like any further level, wherever two sublevels hold a key the higher one's is newer,
/// and their number is the most tables of level 0 that a read of one key can meet. Source: Pebble's
/// `l0_sublevels.go`.
struct LevelLayout: Sendable {
    /// Level 0 newest first, every further level in key order.
    let levels: [[SSTableMetadata]]
    /// Each in key order.
    let sublevels: [[SSTableMetadata]]
    /// The range tombstones of each sorted run that has any, with the run's place in ``runs``;
    /// mostly none.
    private(set) var rangeTombstoneRuns: [(place: Int, run: RangeTombstoneRun)] = []

    /// - Parameter rangeTombstones: Those of each table that has any, by its number.
    init(levels: [[SSTableMetadata]], rangeTombstones: [UInt64: RangeTombstoneList] = [:]) {
        precondition(levels.count == Version.levelCount)
        assert(levels.dropFirst().allSatisfy(Self.isSortedRun), "tables of a level overlap")
        self.levels = levels
        sublevels = Self.sublevels(of: levels[0]).map { $0.map { levels[0][$0] } }
        if rangeTombstones.isEmpty { return }
        for (place, run) in runs.enumerated() {
            let lists = run.tables.compactMap { rangeTombstones[$0.number] }
            if let run = RangeTombstoneRun(lists) { rangeTombstoneRuns.append((place, run)) }
        }
    }

    /// The sublevels, the newest first, and then each further level that is not empty: of a key,
    /// what an earlier run holds is newer.
    var runs: [(level: Int, tables: [SSTableMetadata])] {
        sublevels.reversed().map { (0, $0) }
            + levels.enumerated().dropFirst().filter { !$0.element.isEmpty }.map { ($0, $1) }
    }

    private static func isSortedRun(_ tables: [SSTableMetadata]) -> Bool {
        zip(tables, tables.dropFirst()).allSatisfy {
            Version.precedes($0.largestKey, $1.smallestKey)
        }
    }

    func sizeBytes(level: Int) -> Int { levels[level].totalBytes }

    /// The tables of a level from 1 that meet a span.
    func tables(level: Int, overlapping span: KeySpan) -> ArraySlice<SSTableMetadata> {
        levels[level].overlapping(span)
    }

    /// Where the tables of level 0, in any order, lie: their indexes by sublevel.
    static func sublevels(of tables: [SSTableMetadata]) -> [[Int]] {
        // Overlapping tables come from different memtables, whose sequences are apart.
        let oldestFirst = tables.indices.sorted {
            tables[$0].largestSequence < tables[$1].largestSequence
        }
        var sublevels: [[Int]] = []
        for index in oldestFirst {
            let table = tables[index]
            var place = sublevels.count
            while place > 0, isFree(sublevels[place - 1], for: table, among: tables) { place -= 1 }
            if place == sublevels.count { sublevels.append([]) }
            let position = end(of: sublevels[place], before: table, among: tables)
            sublevels[place].insert(index, at: position)
        }
        return sublevels
    }

    /// How many tables of a sublevel end before `table` begins.
    private static func end(
        of sublevel: [Int], before table: SSTableMetadata, among tables: [SSTableMetadata]
    ) -> Int {
        sublevel.indices.partitionPoint {
            Version.precedes(tables[sublevel[$0]].largestKey, table.smallestKey)
        }
    }

    private static func isFree(
        _ sublevel: [Int], for table: SSTableMetadata, among tables: [SSTableMetadata]
    ) -> Bool {
        let next = end(of: sublevel, before: table, among: tables)
        return next == sublevel.count
            || Version.precedes(table.largestKey, tables[sublevel[next]].smallestKey)
    }
}
