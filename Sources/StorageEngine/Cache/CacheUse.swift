/// What a read of blocks means to the cache.
enum CacheUse {
    /// A lookup or a walk: blocks read from the disk are kept, those that were kept gain credit.
    case kept
    /// A walk over much: blocks read from the disk are not kept, and none gains credit by it.
    case passing
    /// A compaction's walk from end to end. What it reads is about to be replaced, so none of it is
    /// kept or gains credit; nor is it counted, since hits and misses tell of what was asked for.
    case rewriting
}
