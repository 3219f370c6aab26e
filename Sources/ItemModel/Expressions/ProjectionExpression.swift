/// A parsed ProjectionExpression: the document paths to keep of an item.
///
/// The result keeps the nesting of what it selects: `a.b[2]` gives a map `a` with a list `b` of one
/// element. Selected elements of a list move together and keep their order. A path that the item
/// does not have selects nothing, and neither do the containers around it.
package struct ProjectionExpression: Sendable {
    private let paths: DocumentPaths
    private let tree: PathTree

    /// - Throws: `ItemError` with DynamoDB's message.
    package init(
        parsing expression: String, attributes: inout ExpressionAttributes
    ) throws(ItemError) {
        var reader = try ExpressionReader(
            expression, kind: .projection, attributes: attributes)
        var tree = PathTree()
        repeat {
            let path = try reader.parsePath()
            tree.insert(path: path, action: path, reader: &reader)
        } while reader.take(.comma)
        guard reader.isNext(.end) else { throw reader.syntaxError() }
        try reader.finish()
        paths = reader.paths
        self.tree = tree
        attributes = reader.attributes
    }

    /// The top-level attributes that the projection reads, each once, in the order of their bytes.
    package var topLevelNames: [String] {
        tree.children(of: tree.root).map { node in
            String(decoding: paths.name(of: paths.steps[node.step]), as: UTF8.self)
        }
    }

    /// Writes the selected parts of `item` as an item; the encoder then holds it.
    package func apply(to item: ItemView, encoder: inout ItemEncoder) {
        do {
            try PathProjector(paths: paths, tree: tree).write(item, to: &encoder)
        } catch {
            preconditionFailure("A part of a valid item is a valid item: \(error.message)")
        }
    }
}

/// Copies the parts of an item that a tree of paths selects.
struct PathProjector {
    let paths: DocumentPaths
    let tree: PathTree

    /// - Throws: nothing when `item` is a valid item; the encoder checks what it writes.
    func write(_ item: ItemView, to encoder: inout ItemEncoder) throws(ItemError) {
        encoder.beginItem()
        for child in tree.children(of: tree.root) {
            guard let value = paths.withName(of: child.step, item.value(named:)) else { continue }
            try writeMember(child, value, to: &encoder)
        }
        try encoder.endItem()
    }

    private func writeMember(
        _ node: PathTree.Node, _ value: ValueView, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        guard selects(node, of: value) else { return }
        paths.withName(of: node.step) { encoder.beginAttribute(name: $0) }
        try write(node, value, to: &encoder)
    }

    /// Whether anything of `value` is selected: a container that keeps nothing is left out.
    private func selects(_ node: PathTree.Node, of value: ValueView) -> Bool {
        node.action != nil
            || tree.children(of: node).contains { child in
                guard let inner = paths.value(of: child.step, in: value) else { return false }
                return selects(child, of: inner)
            }
    }

    private func write(
        _ node: PathTree.Node, _ value: ValueView, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        guard node.action == nil else {
            encoder.copy(value)
            return
        }
        let isList = value.type == .list
        if isList { try encoder.beginList() } else { try encoder.beginMap() }
        for child in tree.children(of: node) {
            guard let inner = paths.value(of: child.step, in: value) else { continue }
            if !isList {
                try writeMember(child, inner, to: &encoder)
            } else if selects(child, of: inner) {
                try write(child, inner, to: &encoder)
            }
        }
        if isList { encoder.endList() } else { encoder.endMap() }
    }
}
