/// How large each level should be, reckoned from the largest level upward.
///
/// The last level holds what there is; each level above it may have a share of `levelSizeMultiplier`
/// less, down to a base level of at least `levelOneSizeBytes`, which level 0 is compacted into. What
/// lies above the last level is then a ninth of it at most, and with it the space that replaced
/// versions take. Levels between 0 and the base are empty, or emptied. Source: Dong et al.,
/// "Optimizing Space Amplification in RocksDB" (2017), 3.
///
/// A level is put between level 0 and the last only once it may be `levelOneSizeBytes` large. One
/// that is smaller than what level 0 brings at once would only add a rewrite: all of it passes on.
struct LevelSizes: Equatable {
    /// The level that level 0 is compacted into.
    let baseLevel: Int
    /// The size that each level may have; 0 for one that is emptied, `Int.max` for the last.
    let targetBytes: [Int]

    /// The same of levels of given sizes; that of level 0 does not matter.
    init(sizes: [Int], options: EngineOptions) {
        precondition(sizes.count == Version.levelCount)
        let last = sizes.count - 1
        var targets = Array(repeating: 0, count: sizes.count)
        targets[last] = .max
        var level = last
        var target = sizes[1...].max() ?? 0
        while level > 1, target / options.levelSizeMultiplier >= options.levelOneSizeBytes {
            level -= 1
            target /= options.levelSizeMultiplier
            targets[level] = target
        }
        // Level 0 must not pass a level that may hold older versions of its keys.
        let firstFilled = sizes.indices.first { $0 > 0 && sizes[$0] > 0 } ?? last
        baseLevel = min(level, firstFilled)
        targetBytes = targets
    }

    init(_ layout: LevelLayout, options: EngineOptions) {
        self.init(sizes: layout.levels.map(\.totalBytes), options: options)
    }
}
