// Unsafe pointers: texts and bytes are lent within `withUTF8` and `withUnsafeBytes` alone.

extension ItemEncoder {
    package mutating func beginAttribute(name: String) {
        var name = name
        name.withUTF8 { beginAttribute(name: UnsafeRawBufferPointer($0)) }
    }

    package mutating func binary(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { binary($0) }
    }

    /// Writes a whole value; throws what the calls for its parts throw.
    package mutating func encode(_ value: AttributeValue) throws(ItemError) {
        switch value {
        case .string(let text): string(text)
        case .number(let value): number(value)
        case .binary(let bytes): binary(bytes)
        case .bool(let value): bool(value)
        case .null: null()
        case .stringSet(let members):
            beginSet(.stringSet)
            for member in members { string(member) }
            try endSet()
        case .numberSet(let members):
            beginSet(.numberSet)
            for member in members { number(member) }
            try endSet()
        case .binarySet(let members):
            beginSet(.binarySet)
            for member in members { binary(member) }
            try endSet()
        case .list(let elements):
            try beginList()
            for element in elements { try encode(element) }
            endList()
        case .map(let item):
            try beginMap()
            for (name, element) in item {
                beginAttribute(name: name)
                try encode(element)
            }
            endMap()
        }
    }
}
