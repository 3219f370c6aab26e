// Unsafe pointers: names that views lend, passed on while the views are in use.

/// Writes the item that an update makes, in one merge of the old item with the tree of paths.
struct UpdateWriter {
    let update: UpdateExpression
    /// What right-hand sides see; nil when there was no item.
    let old: ItemView?
    /// What the new item begins with: the old item, or the key.
    let base: ItemView
    let values: ItemView?
    /// Leaves out what no path touches, which gives UPDATED_NEW.
    var onlyTouched = false

    init(update: UpdateExpression, old: ItemView?, base: ItemView, values: ItemView?) {
        self.update = update
        self.old = old
        self.base = base
        self.values = values
    }

    func writeItem(to encoder: inout ItemEncoder) throws(ItemError) {
        encoder.reset()
        encoder.beginItem()
        try writeMembers(of: .item(base), update.tree.root, to: &encoder)
        try encoder.endItem()
    }

    /// The attributes of an item or of a map, both sorted by name.
    private enum Members {
        case item(ItemView)
        case map(ValueView)

        var count: Int {
            switch self {
            case .item(let item): item.count
            case .map(let map): map.count
            }
        }

        func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
            switch self {
            case .item(let item): item.attribute(at: index)
            case .map(let map): map.attribute(at: index)
            }
        }
    }

    private func writeMembers(
        of members: Members, _ node: PathTree.Node, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        var index = 0
        for child in update.tree.children(of: node) {
            var existing: ValueView?
            while index < members.count {
                let member = members.attribute(at: index)
                let order = update.paths.withName(of: child.step) { compareBytes(member.name, $0) }
                if order > 0 { break }
                index += 1
                if order == 0 {
                    existing = member.value
                    break
                }
                copy(member, to: &encoder)
            }
            guard try keeps(child, existing) else { continue }
            update.paths.withName(of: child.step) { encoder.beginAttribute(name: $0) }
            try write(child, existing, to: &encoder)
        }
        while index < members.count {
            copy(members.attribute(at: index), to: &encoder)
            index += 1
        }
    }

    private func copy(
        _ member: (name: UnsafeRawBufferPointer, value: ValueView), to encoder: inout ItemEncoder
    ) {
        if onlyTouched { return }
        encoder.beginAttribute(name: member.name)
        encoder.copy(member.value)
    }

    private func writeElements(
        of list: ValueView, _ node: PathTree.Node, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        var index = 0
        for child in update.tree.children(of: node) {
            guard let position = update.paths.steps[child.step].listIndex else { continue }
            while index < min(position, list.count) {
                if !onlyTouched { encoder.copy(list.element(at: index)) }
                index += 1
            }
            // A position beyond the end appends: children come in the order of their positions.
            var existing: ValueView?
            if position < list.count {
                existing = list.element(at: position)
                index = position + 1
            }
            guard try keeps(child, existing) else { continue }
            try write(child, existing, to: &encoder)
        }
        while index < list.count {
            if !onlyTouched { encoder.copy(list.element(at: index)) }
            index += 1
        }
    }

    /// Whether the new document has anything at `node`.
    private func keeps(
        _ node: PathTree.Node, _ existing: ValueView?
    ) throws(ItemError) -> Bool {
        guard let action = node.action else {
            let container = try self.container(existing, node)
            // A container stays, even an empty one; but it counts as touched only where something
            // below it was.
            guard onlyTouched else { return true }
            return try keepsAny(of: container, node)
        }
        switch update.actions[action].kind {
        case .set, .add: return true
        case .remove: return false
        case .delete(let value):
            guard let existing else { return false }
            return try SetArithmetic(existing, given(value)).leavesMembers
        }
    }

    private func keepsAny(
        of container: ValueView, _ node: PathTree.Node
    ) throws(ItemError) -> Bool {
        for child in update.tree.children(of: node)
        where try keeps(child, update.paths.value(of: child.step, in: container)) {
            return true
        }
        return false
    }

    /// The map or list that a path leads through.
    private func container(
        _ existing: ValueView?, _ node: PathTree.Node
    ) throws(ItemError) -> ValueView {
        let firstChild = update.tree.children(of: node).first
        let isList = firstChild.map { update.paths.steps[$0.step].listIndex != nil } ?? false
        guard let existing, existing.type == (isList ? .list : .map) else {
            throw ItemError(
                "The document path provided in the update expression is invalid for "
                    + "update")
        }
        return existing
    }

    private func write(
        _ node: PathTree.Node, _ existing: ValueView?, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        guard let action = node.action else {
            let container = try self.container(existing, node)
            if container.type == .list {
                try encoder.beginList()
                try writeElements(of: container, node, to: &encoder)
                encoder.endList()
            } else {
                try encoder.beginMap()
                try writeMembers(of: .map(container), node, to: &encoder)
                encoder.endMap()
            }
            return
        }
        switch update.actions[action].kind {
        case .set(let term): try write(term, to: &encoder)
        case .add(let value): try add(given(value), to: existing, &encoder)
        case .delete(let value):
            guard let existing else { return }
            try SetArithmetic(existing, given(value)).writeDifference(to: &encoder)
        case .remove: break
        }
    }

    private func add(
        _ value: ValueView, to existing: ValueView?, _ encoder: inout ItemEncoder
    ) throws(ItemError) {
        guard let existing else {
            encoder.copy(value)
            return
        }
        guard value.type == .number else {
            try SetArithmetic(existing, value).writeUnion(to: &encoder)
            return
        }
        guard existing.type == .number else { throw Self.incorrectType }
        encoder.number(try Self.number(existing).adding(Self.number(value)))
    }

    static var incorrectType: ItemError {
        ItemError("An operand in the update expression has an incorrect data type")
    }
}
