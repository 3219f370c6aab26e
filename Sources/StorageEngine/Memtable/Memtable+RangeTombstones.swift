// Unsafe pointers: a tombstone's bytes are written into the arena before its offset is published
// with release order and never change after, so readers that load with acquire order see it whole.

/// The fragments of a memtable's range tombstones, made when a reader first asks for them.
///
/// `@unchecked Sendable`: guarded by `lock`.
final class TombstoneFragments: @unchecked Sendable {
    private let lock = Lock()
    private var newest = 0
    private var list: RangeTombstoneList?

    /// The list made last, and the newest tombstone in it.
    var current: (list: RangeTombstoneList?, newest: Int) { lock.withLock { (list, newest) } }

    /// The list of all tombstones up to the one at offset `newest`, made by `make` where the last
    /// one is another.
    func list(upTo newest: Int, _ make: () -> RangeTombstoneList?) -> RangeTombstoneList? {
        lock.withLock {
            // A reader that was overtaken may take the later list: it has all that it may see.
            if self.newest < newest {
                list = make()
                self.newest = newest
            }
            return list
        }
    }
}

/// ## Range tombstone (a chain in the arena, beside the tree)
///     next      u32     arena offset of the one before, 0 = end
///     lower     u16     length
///     upper     u16     length
///     sequence  u64
///     lower bytes, upper bytes
///
/// Tombstones are few, so they are chained as they come and cut into fragments when readers need
/// them. A memtable without any costs its readers one load.
extension Memtable {
    private static let tombstoneHeaderSizeBytes = 16

    /// A point read walks so many tombstones that came after the fragments were made, so that writes
    /// and reads that take turns do not cut all of them anew each time.
    private static let walkLimit = 16

    /// Adds the removal of `[lower, upper)`; the caller made sure of room, as for an entry.
    func insertRangeTombstone(
        lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer, sequence: UInt64
    ) {
        let size = Self.tombstoneHeaderSizeBytes + lower.count + upper.count
        let offset = allocateEntry(size)
        let address = base + offset
        address.storeBytes(of: UInt32(tree.newestTombstone), as: UInt32.self)
        address.storeBytes(of: UInt16(lower.count), toByteOffset: 4, as: UInt16.self)
        address.storeBytes(of: UInt16(upper.count), toByteOffset: 6, as: UInt16.self)
        address.storeBytes(of: sequence, toByteOffset: 8, as: UInt64.self)
        let keys = address + Self.tombstoneHeaderSizeBytes
        if let source = lower.baseAddress {
            keys.copyMemory(from: source, byteCount: lower.count)
        }
        if let source = upper.baseAddress {
            (keys + lower.count).copyMemory(from: source, byteCount: upper.count)
        }
        tree.setNewestTombstone(offset)
        rangeTombstoneCount += 1
    }

    @inline(__always)
    var hasRangeTombstones: Bool { tree.newestTombstone != 0 }

    /// Those inserted before the call, cut into fragments; nil where there are none.
    var rangeTombstones: RangeTombstoneList? {
        let newest = tree.newestTombstone
        if newest == 0 { return nil }
        return tombstoneFragments.list(upTo: newest) {
            var tombstones: [RangeTombstone] = []
            var offset = newest
            while offset != 0 {
                tombstones.append(tombstone(offset))
                offset = olderTombstone(offset)
            }
            return RangeTombstoneFragmenter.fragment(tombstones)
        }
    }

    /// The newest tombstone over `key` that a reader at `sequence` sees; 0 for none.
    @inline(__always)
    func coveringSequence(of key: UnsafeRawBufferPointer, at sequence: UInt64) -> UInt64 {
        let newest = tree.newestTombstone
        return newest == 0 ? 0 : searchTombstones(key, sequence, newest: newest)
    }

    @inline(never)
    private func searchTombstones(
        _ key: UnsafeRawBufferPointer, _ sequence: UInt64, newest: Int
    ) -> UInt64 {
        var (list, listed) = tombstoneFragments.current
        var covering: UInt64 = 0
        var offset = newest
        var walkedCount = 0
        // An older tombstone has a smaller offset.
        while offset > listed {
            walkedCount += 1
            if walkedCount > Self.walkLimit {
                list = rangeTombstones
                break
            }
            let tombstone = tombstone(offset)
            if tombstone.sequence <= sequence, tombstone.covers(key) {
                covering = max(covering, tombstone.sequence)
            }
            offset = olderTombstone(offset)
        }
        return max(covering, list?.newestSequence(covering: key, atMost: sequence) ?? 0)
    }

    private func olderTombstone(_ offset: Int) -> Int {
        Int(UnsafeRawPointer(base + offset).load(as: UInt32.self))
    }

    private func tombstone(_ offset: Int) -> RangeTombstone {
        let address = UnsafeRawPointer(base + offset)
        let lowerCount = Int(address.load(fromByteOffset: 4, as: UInt16.self))
        let upperCount = Int(address.load(fromByteOffset: 6, as: UInt16.self))
        let keys = address + Self.tombstoneHeaderSizeBytes
        return RangeTombstone(
            lower: UnsafeRawBufferPointer(start: keys, count: lowerCount),
            upper: UnsafeRawBufferPointer(start: keys + lowerCount, count: upperCount),
            sequence: address.load(fromByteOffset: 8, as: UInt64.self))
    }
}
