// Unsafe pointers live in this file: the views' bytes are lent by the scope that calls.

package import ItemModel

/// Stored items as DynamoDB JSON, straight from their bytes.
extension JSONWriter {
    package func item(_ item: EncodedItem) {
        item.withView { self.item($0) }
    }

    package func item(_ view: ItemView) {
        beginObject()
        for index in 0..<view.count {
            let attribute = view.attribute(at: index)
            name(attribute.name)
            value(attribute.value)
        }
        endObject()
    }

    func items(_ list: EncodedItemList) {
        beginArray()
        for index in list.indices {
            list.withView(at: index) { self.item($0) }
        }
        endArray()
    }

    /// One attribute value, as `{"S": …}`.
    func value(_ value: ValueView) {
        beginObject()
        switch value.type {
        case .string:
            name("S")
            text(value.stringBytes)
        case .number:
            name("N")
            number(value.numberBytes)
        case .binary:
            name("B")
            base64(value.binaryBytes)
        case .bool:
            name("BOOL")
            bool(value.bool)
        case .null:
            name("NULL")
            bool(true)
        case .stringSet:
            name("SS")
            members(value) { $0.text($1) }
        case .numberSet:
            name("NS")
            members(value) { $0.number($1) }
        case .binarySet:
            name("BS")
            members(value) { $0.base64($1) }
        case .list:
            name("L")
            beginArray()
            for index in 0..<value.count { self.value(value.element(at: index)) }
            endArray()
        case .map:
            name("M")
            beginObject()
            for index in 0..<value.count {
                let attribute = value.attribute(at: index)
                name(attribute.name)
                self.value(attribute.value)
            }
            endObject()
        }
        endObject()
    }

    private func members(
        _ set: ValueView, _ write: (JSONWriter, UnsafeRawBufferPointer) -> Void
    ) {
        beginArray()
        set.forEachMember { write(self, $0) }
        endArray()
    }

    /// A number as DynamoDB writes it: a string in plain notation.
    private func number(_ stored: UnsafeRawBufferPointer) {
        quoted(limit: NumberEncoding.textLimitBytes) {
            NumberEncoding.writeText(of: stored, into: $0)
        }
    }
}
