/// What a read of a block means to the cache.
struct CacheUse: Equatable {
    /// Whether a block that is read from the disk stays.
    let keeps: Bool
    /// Whether a block that is there gains credit by it.
    let raisesCredit: Bool
    /// Whether it counts as a hit or a miss.
    let isCounted: Bool

    /// A lookup or a walk.
    static var kept: CacheUse {
        CacheUse(keeps: true, raisesCredit: true, isCounted: true)
    }

    /// A walk over much.
    static var passing: CacheUse {
        CacheUse(keeps: false, raisesCredit: false, isCounted: true)
    }

    /// A compaction's walk from end to end: what it reads is about to be replaced, and hits and
    /// misses tell of what was asked for.
    static var rewriting: CacheUse {
        CacheUse(keeps: false, raisesCredit: false, isCounted: false)
    }

    /// The same read's use of an index partition: a walk needs it again for each of its data blocks,
    /// whatever becomes of those.
    var ofIndex: CacheUse { CacheUse(keeps: true, raisesCredit: true, isCounted: isCounted) }
}
