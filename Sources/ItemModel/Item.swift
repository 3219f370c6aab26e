// Unsafe pointers: text is lent by its string for the length of a closure.

/// The attributes of an item or of a map: names to values, in the order of the names' UTF-8 bytes.
///
/// Names are told apart by their bytes, as the service does. Swift's own `==` would take "é" in
/// its two spellings for one name.
public struct Item: Sendable {
    public typealias Element = (name: String, value: AttributeValue)

    private var attributes: [Element]

    public init() {
        attributes = []
    }

    /// Of equal names the last one counts.
    public init(_ attributes: some Sequence<(String, AttributeValue)>) {
        let sorted = attributes.enumerated().sorted { left, right in
            let (a, b) = (left.element.0, right.element.0)
            return ByteOrder.equal(a, b) ? left.offset < right.offset : ByteOrder.precedes(a, b)
        }
        self.attributes = []
        for (_, attribute) in sorted {
            if let last = self.attributes.last, ByteOrder.equal(last.name, attribute.0) {
                self.attributes.removeLast()
            }
            self.attributes.append(attribute)
        }
    }

    /// - Parameter attributes: in strictly ascending order of the names' bytes.
    init(sorted attributes: [Element]) {
        self.attributes = attributes
    }

    /// The value under a name; setting nil removes the attribute.
    public subscript(name: String) -> AttributeValue? {
        get {
            let place = place(of: name)
            // Not a bare `nil`, which could also be read as the value null.
            return isName(name, at: place) ? attributes[place].value : AttributeValue?.none
        }
        set {
            let place = place(of: name)
            switch (isName(name, at: place), newValue) {
            case (true, .some(let value)): attributes[place].value = value
            case (true, .none): attributes.remove(at: place)
            case (false, .some(let value)): attributes.insert((name, value), at: place)
            case (false, .none): break
            }
        }
    }

    private func isName(_ name: String, at place: Int) -> Bool {
        place < attributes.count && ByteOrder.equal(attributes[place].name, name)
    }

    /// The first place whose name does not sort before `name`.
    private func place(of name: String) -> Int {
        var low = 0
        var high = attributes.count
        while low < high {
            let middle = (low + high) / 2
            if ByteOrder.precedes(attributes[middle].name, name) {
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
    public var endIndex: Int { attributes.count }
    public subscript(position: Int) -> Element { attributes[position] }
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
