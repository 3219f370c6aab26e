// Unsafe pointers: as for `MemtableTree`; only the one inserter calls what is here.

extension MemtableTree {
    /// Adds an entry that lies in the arena whole.
    func insert(_ entry: Int, key: UnsafeRawBufferPointer, tag: EntryTag) {
        var node = node(root)
        while true {
            let order = node.order
            let place = place(of: key, tag, in: node, order)
            if node.height == 0 { return add(entry, child: 0, to: node, at: place) }
            self[pathAt: node.height] = (offset(of: node), place)
            node = self.node(node.child(before: place, order: order))
            node.prefetch()
        }
    }

    /// Adds an entry to a leaf, or a separator and the child from it on to an inner node.
    private func add(_ entry: Int, child: Int, to node: MemtableNode, at place: Int) {
        let order = node.order
        if order.count == MemtableNode.slotCount {
            return split(node, adding: entry, child: child, at: place)
        }
        set(order.slot(order.count), of: node, entry: entry, child: child)
        node.publish(order.inserting(at: place))
    }

    private func set(_ slot: Int, of node: MemtableNode, entry: Int, child: Int) {
        let head = KeyHeads.head(self.entry(entry).key, from: node.prefixCount)
        node.setSlot(slot, entry: entry, head: head, child: child)
    }

    // MARK: Splits

    /// Splits a full node in two, adds the entry to one of them and the right one to the parent.
    ///
    /// At the right end of the tree the full node stays as it is and the new one begins with the
    /// entry, so that rising keys fill nodes to the last slot.
    private func split(_ node: MemtableNode, adding entry: Int, child: Int, at place: Int) {
        let isLeaf = node.height == 0
        let order = node.order
        let next = node.next
        let isAppend = place == MemtableNode.slotCount && next == 0
        let kept = isAppend ? MemtableNode.slotCount : MemtableNode.slotCount / 2
        let separator = isAppend ? entry : node.entry(order.slot(kept))
        let right = makeNode(low: separator, height: node.height, next: next)
        // A leaf keeps its separator as its first entry; an inner node gives it to the parent.
        if isAppend {
            if isLeaf { append(entry, child: 0, to: right) } else { right.setFirstChild(child) }
        } else {
            if !isLeaf { right.setFirstChild(node.child(before: kept + 1, order: order)) }
            for moved in (isLeaf ? kept : kept + 1)..<MemtableNode.slotCount {
                append(
                    node.entry(order.slot(moved)),
                    child: isLeaf ? 0 : node.child(before: moved + 1, order: order), to: right)
            }
        }
        countSplit()
        node.setNext(offset(of: right))
        node.publish(order.keeping(kept))
        countSplit()
        if !isAppend {
            let first = isLeaf ? kept : kept + 1
            if place < first || isLeaf && place == kept {
                add(entry, child: child, to: node, at: place)
            } else {
                add(entry, child: child, to: right, at: place - first)
            }
        }
        addToParent(of: node, separator: separator, right: right)
    }

    private func append(_ entry: Int, child: Int, to node: MemtableNode) {
        let order = node.order
        set(order.slot(order.count), of: node, entry: entry, child: child)
        node.publish(order.inserting(at: order.count))
    }

    private func addToParent(of node: MemtableNode, separator: Int, right: MemtableNode) {
        let height = node.height + 1
        if offset(of: node) != root {
            let (parent, place) = self[pathAt: height]
            return add(separator, child: offset(of: right), to: self.node(parent), at: place)
        }
        precondition(height < Self.heightLimit)
        let newRoot = makeNode(low: 0, height: height, next: 0)
        newRoot.setFirstChild(offset(of: node))
        append(separator, child: offset(of: right), to: newRoot)
        setRoot(offset(of: newRoot))
    }

    /// A node for the range from `low` to where the next one begins.
    private func makeNode(low: Int, height: Int, next: Int) -> MemtableNode {
        let isLeaf = height == 0
        guard
            let offset = arena.allocateLines(
                isLeaf ? MemtableNode.leafSizeBytes : MemtableNode.innerSizeBytes)
        else { preconditionFailure("a batch was admitted that does not fit") }
        var prefixCount = 0
        if low != 0, next != 0 {
            let end = node(next).low
            prefixCount = commonPrefixCount(entry(low).key, entry(end).key)
        }
        let node = node(offset)
        node.initialize(low: low, prefixCount: prefixCount, height: height, next: next)
        return node
    }

    private func offset(of node: MemtableNode) -> Int { node.address - base }
}
