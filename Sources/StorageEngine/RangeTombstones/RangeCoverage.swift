// Unsafe pointers: the ends of spans are lent by the lists in `layers`, which are held.

/// Tells a cursor which entries range tombstones remove, and how far it may seek past them.
///
/// Every tombstone a reader sees removes the older entries of its keys wherever they lie, so what
/// covers a key is the newest over all layers. The answer is the same for a whole span of keys: a
/// cursor that moves inside it pays a comparison with its ends and no search.
///
/// Made only where some layer has tombstones. Not thread-safe; its cursor owns it.
final class RangeCoverage {
    /// The tombstones of one of the merge's sources.
    struct Layer {
        let run: RangeTombstoneRun
        /// The source's place in the merge, where newer sources come first.
        let sourceIndex: Int
    }

    /// So many removed entries in a row are walked before a seek, which costs more than a few steps.
    private static let walkLimit = 8

    private let layers: [Layer]
    private let limit: UInt64
    private var hasSpan = false
    private var span = RangeTombstoneRun.Span(lower: nil, upper: nil, sequence: 0)
    /// The fragment of the newest tombstone over the span; it may reach further than the span.
    private var cover = RangeTombstoneRun.Span(lower: nil, upper: nil, sequence: 0)
    private var coverSourceIndex = 0
    private var walkedCount = 0

    /// - Parameter limit: The sequence the cursor reads at.
    init(_ layers: [Layer], limit: UInt64) {
        self.layers = layers
        self.limit = limit
    }

    /// Whether an entry is removed.
    func covers(_ key: UnsafeRawBufferPointer, _ tag: EntryTag) -> Bool {
        if !isInSpan(key) { findSpan(at: key) }
        return tag.sequence < span.sequence
    }

    /// Says that a walk begins, in any direction.
    func beginWalk() { walkedCount = 0 }

    private func isInSpan(_ key: UnsafeRawBufferPointer) -> Bool {
        guard hasSpan else { return false }
        if let upper = span.upper, compareKeys(key, upper) >= 0 { return false }
        if let lower = span.lower, compareKeys(key, lower) < 0 { return false }
        return true
    }

    private func findSpan(at key: UnsafeRawBufferPointer) {
        hasSpan = true
        walkedCount = 0
        span = RangeTombstoneRun.Span(lower: nil, upper: nil, sequence: 0)
        for layer in layers {
            let found = layer.run.span(at: key, atMost: limit)
            if let lower = found.lower {
                span.lower = span.lower.map { compareKeys($0, lower) < 0 ? lower : $0 } ?? lower
            }
            if let upper = found.upper {
                span.upper = span.upper.map { compareKeys(upper, $0) < 0 ? upper : $0 } ?? upper
            }
            if found.sequence > span.sequence {
                span.sequence = found.sequence
                cover = found
                coverSourceIndex = layer.sourceIndex
            }
        }
    }

    /// Where the sources from `sourceIndex` on may go at once, after the entry that
    /// ``covers(_:_:)`` just said is removed.
    struct Skip {
        let lower: UnsafeRawBufferPointer
        let upper: UnsafeRawBufferPointer
        let sourceIndex: Int
    }

    /// Counts a removed entry that was walked over; asks for a skip where there were many.
    ///
    /// All that older sources hold between the ends of the tombstone is older than it. Its own
    /// source may hold newer entries and is walked.
    func noteWalk() -> Skip? {
        walkedCount += 1
        guard walkedCount == Self.walkLimit, let lower = cover.lower, let upper = cover.upper
        else { return nil }
        return Skip(lower: lower, upper: upper, sourceIndex: coverSourceIndex + 1)
    }
}
