// Unsafe pointers: keys are lent by the caller for one call, or by entries, which never move.

internal import CKvdShims

extension MemtableTree {
    /// A walk over the entries in both directions.
    ///
    /// It copies the entry offsets of one leaf at a time, so what the inserter does to the leaf
    /// meanwhile does not concern it: entries that come later carry sequences its reader does not
    /// look at.
    struct Walk {
        private let tree: MemtableTree
        private var entries = InlineArray<14, UInt32>(repeating: 0)
        private var count = 0
        private var index = 0
        /// The leaf after the copied one, as it was then.
        private var next = 0

        private static var entriesAhead: Int { 4 }
        /// Of an entry; what lies behind them the processor sees coming.
        private static var linesAhead: Int { 2 }

        init(_ tree: MemtableTree) { self.tree = tree }

        /// The entry the walk stands on, or 0.
        @inline(__always)
        var entry: Int { index >= 0 && index < count ? Int(entries[index]) : 0 }

        mutating func moveToFirst() {
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            seek(none, .first)
        }

        /// Moves to the first entry at or after a position.
        mutating func seek(_ key: UnsafeRawBufferPointer, _ tag: EntryTag) {
            copyLeaf(before: key, tag)
            if index == count { moveToNextLeaf() }
        }

        /// Moves to the last entry before a position.
        mutating func seek(before key: UnsafeRawBufferPointer, _ tag: EntryTag) {
            copyLeaf(before: key, tag)
            index -= 1
        }

        mutating func moveToLast() {
            copyUnchanged { $0.rightmostLeaf() }
            index = count - 1
        }

        @inline(__always)
        mutating func moveNext() {
            index += 1
            if index >= count {
                moveToNextLeaf()
                for place in 0..<min(Self.entriesAhead, count) { prefetchEntry(place) }
            } else if index + Self.entriesAhead < count {
                prefetchEntry(index + Self.entriesAhead)
            }
        }

        /// Neighbours in the order lie anywhere in the arena, so each step would wait for memory.
        @inline(__always)
        private func prefetchEntry(_ place: Int) {
            let entry = tree.base + Int(entries[place])
            for line in 0..<Self.linesAhead { kvd_prefetch(entry + 64 * line) }
        }

        mutating func movePrevious() {
            if index > 0 {
                index -= 1
                return
            }
            // Leaves have no link to the left: a split would have to keep two links true at once.
            let current = tree.entry(entry)
            seek(before: current.key, current.tag)
        }

        private mutating func copyLeaf(before key: UnsafeRawBufferPointer, _ tag: EntryTag) {
            copyUnchanged { tree in tree.position(of: key, tag) }
        }

        private mutating func moveToNextLeaf() {
            index = 0
            guard next != 0 else {
                count = 0
                return
            }
            let leaf = tree.node(next)
            copyUnchanged { _ in
                Position(leaf: leaf, order: leaf.order, place: 0, next: leaf.next)
            }
        }

        /// Copies the leaf that `find` finds, again where its slots may have been filled anew.
        @inline(__always)
        private mutating func copyUnchanged(_ find: (MemtableTree) -> Position) {
            while true {
                let splits = tree.splits
                copy(find(tree))
                guard tree.isUnchanged(since: splits) else { continue }
                if splits & 1 == 1 { skipCopiedHalf() }
                return
            }
        }

        private mutating func copy(_ position: Position) {
            count = position.order.count
            next = position.next
            if next != 0 { tree.node(next).prefetch() }
            index = position.place
            for place in 0..<count {
                let entry = position.leaf.entry(position.order.slot(place))
                entries[place] = UInt32(truncatingIfNeeded: entry)
            }
        }

        /// Where a split was under way, its right half may be linked and still be in the copied
        /// leaf as well; then the walk goes on after it.
        private mutating func skipCopiedHalf() {
            guard count > 0 else { return }
            next = tree.firstNode(from: next, behind: Int(entries[count - 1]))
        }
    }
}
