// Unsafe pointers: keys and heads are lent by the block or run that holds them.

/// The first bytes in which rising keys differ, eight of each, side by side.
///
/// A binary search over keys where they lie meets memory at a new place with each step; over heads
/// it stays within a few cache lines and ends in the one or two keys whose eight bytes do not
/// decide. Source: Graefe, "B-tree indexes and CPU caches" (2001), on poor man's normalized keys.
struct KeyHeads {
    /// What all keys begin with.
    let prefix: UnsafeRawBufferPointer
    let heads: UnsafePointer<UInt64>
    let count: Int

    /// Eight bytes of a key from `offset` on as a number of the same order; zeros where it ends.
    ///
    /// Keys of different heads are in the order of their heads; equal heads say nothing.
    @inline(__always)
    static func head(_ key: UnsafeRawBufferPointer, from offset: Int) -> UInt64 {
        if offset + 8 <= key.count {
            return key.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian
        }
        var head: UInt64 = 0
        var place = offset
        while place < key.count {
            head = head << 8 | UInt64(key[place])
            place += 1
        }
        // A shift by 64 is no shift in hardware; Swift's smart shift makes it zero.
        return head << UInt64(8 * (8 - max(0, key.count - offset)))
    }

    /// The keys whose order to `key` the heads leave open: those before it are smaller, those after
    /// it are greater.
    @inline(__always)
    func undecided(_ key: UnsafeRawBufferPointer) -> Range<Int> {
        let order = compareKeys(
            UnsafeRawBufferPointer(rebasing: key[..<min(key.count, prefix.count)]), prefix)
        if order < 0 { return 0..<0 }
        if order > 0 { return count..<count }
        let head = Self.head(key, from: prefix.count)
        let lower = firstHead(notBelow: head)
        var upper = lower
        while upper < count, heads[upper] == head { upper += 1 }
        return lower..<upper
    }

    /// A search without branches on what it reads, so that no step waits for a wrong guess.
    @inline(__always)
    private func firstHead(notBelow head: UInt64) -> Int {
        var low = 0
        var remaining = count
        while remaining > 1 {
            let half = remaining / 2
            low += heads[low + half - 1] < head ? half : 0
            remaining -= half
        }
        if remaining == 1, heads[low] < head { low += 1 }
        return low
    }
}
