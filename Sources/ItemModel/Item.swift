/// Attributes by name: an item, or a map inside one.
///
/// Attributes are kept in the order of their names' UTF-8 bytes; two names are the same only where
/// their bytes are.
public struct Item: Sendable {
    public typealias Attribute = (name: String, value: AttributeValue)

    private var attributes: [Attribute] = []

    public init() {}

    /// An item of these attributes; of several with one name the last stays.
    public init(_ attributes: [(String, AttributeValue)]) {
        for (name, value) in attributes { self[name] = value }
    }

    /// The value of an attribute; setting nil removes it.
    public subscript(name: String) -> AttributeValue? {
        get {
            let place = place(of: name)
            return isFound(name, at: place) ? attributes[place].value : nil
        }
        set {
            let place = place(of: name)
            switch (isFound(name, at: place), newValue) {
            case (true, let value?): attributes[place].value = value
            case (true, nil): attributes.remove(at: place)
            case (false, let value?): attributes.insert((name, value), at: place)
            case (false, nil): break
            }
        }
    }

    private func isFound(_ name: String, at place: Int) -> Bool {
        place < attributes.count && attributes[place].name.utf8.elementsEqual(name.utf8)
    }

    private func place(of name: String) -> Int {
        var low = 0
        var high = attributes.count
        while low < high {
            let middle = (low + high) / 2
            if attributes[middle].name.utf8.lexicographicallyPrecedes(name.utf8) {
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
    public subscript(position: Int) -> Attribute { attributes[position] }
}

extension Item: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, AttributeValue)...) { self.init(elements) }
}

extension Item: Hashable {
    public static func == (left: Item, right: Item) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy {
                $0.name.utf8.elementsEqual($1.name.utf8) && $0.value == $1.value
            }
    }

    public func hash(into hasher: inout Hasher) {
        for attribute in attributes {
            for byte in attribute.name.utf8 { hasher.combine(byte) }
            hasher.combine(attribute.value)
        }
    }
}
