internal import Glibc

/// How many filter bits a key of a new table gets: more in the small levels than in the last.
///
/// A read of a key that is not there asks one filter in each sorted run, so what it pays is the sum
/// of their false-positive rates. A bit more for each key lowers a run's rate by the same factor
/// however large the run is, and costs memory in proportion to its keys: it is cheap where the keys
/// are few. For a given memory the sum is least where each run's rate is in proportion to its keys,
/// which is where a run that is r times smaller than the last has ln r / ln²2 bits a key more, 4.8
/// for r = 10. Source: Dayan, Athanassoulis, Idreos, "Monkey: Optimal Navigable Key-Value Store"
/// (2017), 4.1.
///
/// The last level, which has nine tenths of the keys, has the bits that the option says. Runs are
/// measured in bytes, since keys of one database are about equally large.
///
/// ## Tables that will move
/// A table that lies over nothing deeper will go down as it is, its filter with it, and may end in
/// the last level, as all do where keys are written in order. Such a table gets the last level's
/// bits, or the whole database would have those of the smallest level.
struct FilterBits {
    private let last: Int
    private let bits: Int
    /// The levels below the one that is written.
    private let deeper: [[SSTableMetadata]]

    /// The same bits for every table.
    init(uniform bits: Int) {
        last = bits
        self.bits = bits
        deeper = []
    }

    /// The bits for tables that are written to `level`.
    init(level: Int, _ layout: LevelLayout, options: EngineOptions) {
        last = options.bloomBitsPerKey
        let sizes = layout.levels.map(\.totalBytes)
        // A level that still grows would have too many bits once it is full. Each table of level 0
        // is asked, in the worst case, so there a run is one memtable.
        let target = LevelSizes(layout, options: options).targetBytes[level]
        let run =
            level == 0 ? options.memtableSizeBytes : max(target == .max ? 0 : target, sizes[level])
        bits = Self.bitsPerKey(
            runBytes: run, lastBytes: sizes[1...].max() ?? 0, lastBits: last,
            limit: options.bloomBitsPerKeyLimit)
        deeper = Array(layout.levels[(level + 1)...])
    }

    /// The bits for a run beside a last level that is larger.
    ///
    /// - Parameters:
    ///   - lastBits: The bits of the last level; 0 turns filters off everywhere.
    ///   - limit: The most that a run gets; no less than the last level's all the same.
    static func bitsPerKey(runBytes: Int, lastBytes: Int, lastBits: Int, limit: Int) -> Int {
        guard lastBits > 0, lastBytes > runBytes else { return lastBits }
        let ratio = Double(lastBytes) / Double(max(runBytes, 1))
        let ln2 = 0.693_147_180_559_945
        return max(lastBits, min(limit, lastBits + Int(log(ratio) / (ln2 * ln2))))
    }

    /// The bits for a table that holds the keys of `span`.
    func bitsPerKey(of span: KeySpan) -> Int {
        deeper.contains { !$0.overlapping(span).isEmpty } ? bits : last
    }
}
