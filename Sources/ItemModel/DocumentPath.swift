// Unsafe pointers: names are lent to a closure only while it runs.

/// The document paths of one expression: `a`, `a.b`, `a[3].c`.
///
/// All paths share one array of steps and one buffer of name bytes, so that following a path reads
/// flat memory and makes nothing.
struct DocumentPaths: Sendable {
    /// One step of a path: into a map by name, or into a list by position.
    struct Step: Sendable {
        /// Where the name begins in `nameBytes`, or `listMark` for a list position.
        fileprivate let start: UInt32
        /// The length of the name, or the position.
        fileprivate let extent: UInt32

        fileprivate static let listMark = UInt32.max

        var listIndex: Int? { start == Self.listMark ? Int(extent) : nil }
        /// Where the name is in `nameBytes`; of no meaning for a list position.
        var nameRange: Range<Int> { Int(start)..<(Int(start) + Int(extent)) }
    }

    private(set) var nameBytes: [UInt8] = []
    private(set) var steps: [Step] = []
    /// For every path the position after its last step; it begins where its predecessor ends.
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func append(name: some Collection<UInt8>) {
        steps.append(Step(start: UInt32(nameBytes.count), extent: UInt32(name.count)))
        nameBytes.append(contentsOf: name)
    }

    mutating func append(listIndex: UInt32) {
        steps.append(Step(start: Step.listMark, extent: listIndex))
    }

    /// Makes one path of the steps appended since the last call. Returns its number.
    mutating func finishPath() -> Int {
        ends.append(steps.count)
        return ends.count - 1
    }

    func range(of path: Int) -> Range<Int> {
        (path == 0 ? 0 : ends[path - 1])..<ends[path]
    }

    func name(of step: Step) -> ArraySlice<UInt8> { nameBytes[step.nameRange] }

    /// The name of the attribute that a path begins with.
    func topLevelName(of path: Int) -> String {
        String(decoding: name(of: steps[range(of: path).lowerBound]), as: UTF8.self)
    }

    func equal(_ left: Step, _ right: Step) -> Bool {
        if left.listIndex != nil || right.listIndex != nil {
            return left.listIndex == right.listIndex
        }
        return name(of: left) == name(of: right)
    }

    /// The order of siblings: positions by number, names by their bytes. The two kinds never are
    /// siblings for long (that is a conflict), but are compared to find it.
    func precedes(_ left: Step, _ right: Step) -> Bool {
        switch (left.listIndex, right.listIndex) {
        case (let left?, let right?): left < right
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): name(of: left).lexicographicallyPrecedes(name(of: right))
        }
    }

    func equal(path left: Int, path right: Int) -> Bool {
        let leftSteps = steps[range(of: left)]
        let rightSteps = steps[range(of: right)]
        return leftSteps.elementsEqual(rightSteps) { equal($0, $1) }
    }

    /// Lends the bytes of a step's name.
    func withName<Result>(of step: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        nameBytes.withUnsafeBytes { bytes in
            body(UnsafeRawBufferPointer(rebasing: bytes[steps[step].nameRange]))
        }
    }

    /// The value at the end of a path, or nil when the document has none there.
    func value(of path: Int, in item: ItemView) -> ValueView? {
        let range = range(of: path)
        guard var value = withName(of: range.lowerBound, item.value(named:)) else { return nil }
        for step in range.dropFirst() {
            guard let next = self.value(of: step, in: value) else { return nil }
            value = next
        }
        return value
    }

    /// The value one step further into a document, or nil when it has none there.
    func value(of step: Int, in value: ValueView) -> ValueView? {
        if let index = steps[step].listIndex {
            guard value.type == .list, index < value.count else { return nil }
            return value.element(at: index)
        }
        guard value.type == .map else { return nil }
        return withName(of: step, value.value(named:))
    }

    /// The path as DynamoDB writes it in messages: `[a, b, [3]]`.
    func description(of path: Int) -> String {
        let words = steps[range(of: path)].map { step in
            if let index = step.listIndex { return "[\(index)]" }
            return String(decoding: name(of: step), as: UTF8.self)
        }
        return "[\(words.joined(separator: ", "))]"
    }
}
