/// The paths that an update or a projection names, as a tree: the root stands for the item, an edge
/// for one step, and a leaf for what the expression does there. Children are sorted by name bytes
/// or by position, so that they can be merged with the attributes of a stored map.
struct PathTree: Sendable {
    struct Node: Sendable {
        /// The number of the step that leads here from the parent; of no meaning for the root.
        let step: Int
        var children: [Int] = []
        /// The number of the action at this leaf; nil inside the tree.
        var action: Int?
        /// The path that made this node.
        let path: Int
    }

    /// Why two paths cannot be in one expression.
    enum Collision: Sendable {
        /// One path is the other or leads through it.
        case overlap(with: Int)
        /// One path takes the same place for a map and the other for a list.
        case conflict(with: Int)
    }

    private(set) var nodes = [Node(step: 0, path: 0)]

    var root: Node { nodes[0] }

    func children(of node: Node) -> some Collection<Node> {
        node.children.lazy.map { nodes[$0] }
    }

    /// Adds a path. It stays out of the tree when it collides with one that is in it.
    mutating func insert(
        path: Int, of paths: DocumentPaths, action: Int
    ) -> Collision? {
        var current = 0
        var isNew = false
        for step in paths.range(of: path) {
            if nodes[current].action != nil {
                return .overlap(with: nodes[current].path)
            }
            let position = insertionPoint(of: step, below: current, paths)
            let siblings = nodes[current].children
            if position < siblings.count,
                paths.equal(paths.steps[nodes[siblings[position]].step], paths.steps[step])
            {
                current = siblings[position]
                continue
            }
            if let sibling = siblings.first {
                let isList = paths.steps[step].listIndex != nil
                if isList != (paths.steps[nodes[sibling].step].listIndex != nil) {
                    return .conflict(with: nodes[sibling].path)
                }
            }
            nodes.append(Node(step: step, path: path))
            nodes[current].children.insert(nodes.count - 1, at: position)
            current = nodes.count - 1
            isNew = true
        }
        if !isNew { return .overlap(with: nodes[current].path) }
        nodes[current].action = action
        return nil
    }

    /// Notes the collision, if any, with DynamoDB's message.
    mutating func insert(path: Int, action: Int, reader: inout ExpressionReader) {
        let paths = reader.paths
        switch insert(path: path, of: paths, action: action) {
        case nil: break
        case .overlap(let other):
            reader.faults.note(
                .pathOverlap, Self.message("overlap", paths, other, path))
        case .conflict(let other):
            reader.faults.note(
                .pathConflict, Self.message("conflict", paths, other, path))
        }
    }

    private static func message(
        _ collision: String, _ paths: DocumentPaths, _ first: Int, _ second: Int
    ) -> String {
        "Two document paths \(collision) with each other; must remove or rewrite one of these "
            + "paths; path one: \(paths.description(of: first)), "
            + "path two: \(paths.description(of: second))"
    }

    private func insertionPoint(
        of step: Int, below parent: Int, _ paths: DocumentPaths
    ) -> Int {
        let siblings = nodes[parent].children
        var low = 0
        var high = siblings.count
        while low < high {
            let middle = (low + high) / 2
            let sibling = nodes[siblings[middle]].step
            if paths.precedes(paths.steps[sibling], paths.steps[step]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
