// Unsafe pointers: keys lie in `keys`, which nothing appends to once the list is made; they are
// valid while the list is held.

/// A removal of all keys in `[lower, upper)` that are older than `sequence`; its keys are lent.
struct RangeTombstone {
    let lower: UnsafeRawBufferPointer
    let upper: UnsafeRawBufferPointer
    let sequence: UInt64

    @inline(__always)
    func covers(_ key: UnsafeRawBufferPointer) -> Bool {
        compareKeys(lower, key) <= 0 && compareKeys(key, upper) < 0
    }
}

/// The range tombstones of a memtable or a table, cut into fragments.
///
/// ## Invariants
/// Fragments are in key order and do not overlap; each is not empty and has the sequences of all
/// tombstones that cover it, newest first, without repeats. So one binary search over keys and one
/// over sequences say what covers a key, however the tombstones overlapped. Neighbours that touch
/// and have the same sequences are one fragment. Source: RocksDB's `FragmentedRangeTombstoneList`.
///
/// `@unchecked Sendable`: immutable; `keys` has its last append before the list is made.
final class RangeTombstoneList: @unchecked Sendable {
    private struct Fragment {
        let lowerOffset: Int
        let lowerCount: Int
        var upperOffset: Int
        var upperCount: Int
        let sequences: Range<Int>
    }

    private let keys: OutputBuffer
    private let fragments: [Fragment]
    private let allSequences: [UInt64]
    let smallestSequence: UInt64
    let largestSequence: UInt64

    /// Takes fragments one by one, in order.
    struct Builder {
        private let keys = OutputBuffer()
        private var fragments: [Fragment] = []
        private var sequences: [UInt64] = []

        /// - Parameter newestFirst: Not empty, falling.
        mutating func append(
            lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer,
            newestFirst: ArraySlice<UInt64>
        ) {
            precondition(compareKeys(lower, upper) < 0 && !newestFirst.isEmpty)
            let upperOffset: Int
            if let last = fragments.last {
                let order = compareKeys(key(last.upperOffset, last.upperCount), lower)
                precondition(order <= 0, "range tombstone fragments overlap")
                if order == 0, sequences[last.sequences] == newestFirst {
                    upperOffset = keys.count
                    keys.append(upper)
                    fragments[fragments.count - 1].upperOffset = upperOffset
                    fragments[fragments.count - 1].upperCount = upper.count
                    return
                }
            }
            let lowerOffset = keys.count
            keys.append(lower)
            upperOffset = keys.count
            keys.append(upper)
            let first = sequences.count
            sequences += newestFirst
            fragments.append(
                Fragment(
                    lowerOffset: lowerOffset, lowerCount: lower.count, upperOffset: upperOffset,
                    upperCount: upper.count, sequences: first..<sequences.count))
        }

        /// Nil where nothing was appended.
        consuming func finish() -> RangeTombstoneList? {
            fragments.isEmpty
                ? nil
                : RangeTombstoneList(keys: keys, fragments: fragments, sequences: sequences)
        }

        private func key(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: keys.base + offset, count: count)
        }
    }

    private init(keys: OutputBuffer, fragments: [Fragment], sequences: [UInt64]) {
        self.keys = keys
        self.fragments = fragments
        allSequences = sequences
        smallestSequence = sequences.min() ?? 0
        largestSequence = sequences.max() ?? 0
    }

    /// Memory that the list holds.
    var sizeBytes: Int {
        keys.count + fragments.count * MemoryLayout<Fragment>.stride
            + allSequences.count * MemoryLayout<UInt64>.stride
    }

    /// How many fragments there are; at least one.
    var count: Int { fragments.count }

    func lower(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: keys.base + fragments[index].lowerOffset, count: fragments[index].lowerCount)
    }

    func upper(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: keys.base + fragments[index].upperOffset, count: fragments[index].upperCount)
    }

    /// The sequences of a fragment, newest first.
    func sequences(_ index: Int) -> ArraySlice<UInt64> { allSequences[fragments[index].sequences] }

    /// What a fragment takes in a table, at most: the upper end stands once for each sequence, the
    /// lower one at each restart.
    func storedSizeBytes(ofFragment index: Int) -> Int {
        let fragment = fragments[index]
        let count = fragment.sequences.count
        let restarts = count / RangeTombstoneBlock.restartInterval + 1
        return restarts * fragment.lowerCount + count * (fragment.upperCount + 16)
    }

    /// The first fragment that ends after `key`, or ``count``; only that one can cover it.
    func firstFragment(endingAfter key: UnsafeRawBufferPointer) -> Int {
        fragments.indices.partitionPoint { compareKeys(upper($0), key) <= 0 }
    }

    /// The newest sequence of a fragment.
    func newestSequence(ofFragment index: Int) -> UInt64 {
        allSequences[fragments[index].sequences.lowerBound]
    }

    /// The newest sequence of a fragment that a reader at `limit` sees; 0 for none, which no
    /// entry has.
    func newestSequence(ofFragment index: Int, atMost limit: UInt64) -> UInt64 {
        let range = fragments[index].sequences
        let index = range.partitionPoint { allSequences[$0] > limit }
        return index < range.upperBound ? allSequences[index] : 0
    }

    /// The newest tombstone over `key` that a reader at `limit` sees: entries of the key with a
    /// smaller sequence are removed. 0 for none.
    func newestSequence(covering key: UnsafeRawBufferPointer, atMost limit: UInt64) -> UInt64 {
        let index = firstFragment(endingAfter: key)
        guard index < count, compareKeys(lower(index), key) <= 0 else { return 0 }
        return newestSequence(ofFragment: index, atMost: limit)
    }

    /// Every sequence of every fragment as a tombstone of its own.
    var tombstones: [RangeTombstone] {
        (0..<count).flatMap { index in
            sequences(index).map {
                RangeTombstone(lower: lower(index), upper: upper(index), sequence: $0)
            }
        }
    }
}
