// Unsafe pointers: text and stored bytes are lent by their owners for the length of a closure.

/// The attributes of an item or of a map: names to values, in the order of the names' UTF-8 bytes.
///
/// Names are told apart by their bytes, as the service does. Swift's own `==` would take "é" in
/// its two spellings for one name.
public struct Item: Sendable {
    public typealias Element = (name: String, value: AttributeValue)

    /// What was read stays as it is stored until somebody changes it: most programs look at each
    /// attribute once, and at many of them never. The body of a map; see `StoredLayout`.
    private var stored = SharedBytes.none
    /// In strictly ascending order of the names' bytes; nothing where `stored` has the attributes.
    private var attributes: [Element] = []

    public init() {}

    /// Of equal names the last one counts.
    public init(_ attributes: some Sequence<(String, AttributeValue)>) {
        let sorted = attributes.enumerated().sorted { left, right in
            let (a, b) = (left.element.0, right.element.0)
            return ByteOrder.equal(a, b) ? left.offset < right.offset : ByteOrder.precedes(a, b)
        }
        for (_, attribute) in sorted {
            if let last = self.attributes.last, ByteOrder.equal(last.name, attribute.0) {
                self.attributes.removeLast()
            }
            self.attributes.append(attribute)
        }
    }

    /// - Parameter body: the stored body of a map; see `StoredLayout`.
    init(storedBody body: SharedBytes) {
        stored = body
    }

    /// The value under a name; setting nil removes the attribute.
    ///
    /// An item that was read decodes the value each time: keep what is needed more than once.
    public subscript(name: String) -> AttributeValue? {
        get {
            if isStored { return withBody { $0.value(named: name)?.decoded() } }
            let place = attributes.place(of: name)
            // Not a bare `nil`, which could also be read as the value null.
            return attributes.isName(name, at: place)
                ? attributes[place].value : AttributeValue?.none
        }
        set {
            if isStored {
                attributes = Array(self)
                stored = .none
            }
            let place = attributes.place(of: name)
            switch (attributes.isName(name, at: place), newValue) {
            case (true, .some(let value)): attributes[place].value = value
            case (true, .none): attributes.remove(at: place)
            case (false, .some(let value)): attributes.insert((name, value), at: place)
            case (false, .none): break
            }
        }
    }

    /// A stored body has a count at least.
    private var isStored: Bool { !stored.isEmpty }

    @inline(__always)
    private func withBody<Result>(_ read: (ContainerBody) -> Result) -> Result {
        stored.withBytes { read(ContainerBody($0)) }
    }
}

extension [Item.Element] {
    fileprivate func isName(_ name: String, at place: Int) -> Bool {
        place < count && ByteOrder.equal(self[place].name, name)
    }

    /// The first place whose name does not sort before `name`.
    fileprivate func place(of name: String) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(self[middle].name, name) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

extension Item: RandomAccessCollection {
    public var startIndex: Int { 0 }

    public var endIndex: Int { isStored ? withBody(\.count) : attributes.count }

    /// The attribute at a place in the order of the names' bytes; decoded each time, as by name.
    public subscript(position: Int) -> Element {
        if !isStored { return attributes[position] }
        return withBody { body in
            let (name, value) = body.attribute(at: position)
            return (String(decoding: name, as: UTF8.self), value.decoded())
        }
    }
}

extension Item: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, AttributeValue)...) {
        self.init(elements)
    }
}

extension Item: Hashable {
    public static func == (left: Item, right: Item) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { a, b in
                ByteOrder.equal(a.name, b.name) && a.value == b.value
            }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for (name, value) in self {
            hasher.combineUTF8(name)
            value.hash(into: &hasher)
        }
    }
}

extension Item: CustomStringConvertible {
    /// The attributes as DynamoDB JSON, for logs and tests.
    public var description: String {
        let parts = map { "\(JSONText.quoted($0.name)): \($0.value.description)" }
        return "{\(parts.joined(separator: ", "))}"
    }
}

extension Hasher {
    mutating func combineUTF8(_ text: String) {
        combine(text.utf8.count)
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
