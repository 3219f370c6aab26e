// Unsafe pointers: `write` (ItemEncoder+Writing.swift) lends the room that each closure here fills;
// sources are lent by the caller for one call and copied.

extension ItemEncoder {
    /// - Parameter utf8: valid UTF-8; the caller has checked it.
    package mutating func string(_ utf8: UnsafeRawBufferPointer) {
        let tag = beginScalar(.string)
        frame.size += utf8.count
        writeCounted(utf8, tag: tag)
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    package mutating func binary(_ bytes: UnsafeRawBufferPointer) {
        let tag = beginScalar(.binary)
        frame.size += bytes.count
        writeCounted(bytes, tag: tag)
    }

    /// Throws: `ItemError` when the text is no number; see `DecimalNumber.init(parsing:)`.
    package mutating func number(text: UnsafeRawBufferPointer) throws(ItemError) {
        number(try DecimalNumber(parsing: text))
    }

    package mutating func number(_ number: DecimalNumber) {
        let tag = beginScalar(.number)
        var counted = 0
        write(reserving: 2 + DecimalNumber.maximumOrderedBytes) { target in
            var place = target
            if let tag { Self.put(tag.rawValue, &place) }
            counted = number.writeOrderedBytes(to: place + 1)
            Self.put(UInt8(counted), &place)
            return place + counted - target
        }
        frame.size += counted
    }

    /// - Parameter bytes: ordered bytes of a number, from a stored value or key.
    package mutating func number(ordered bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= DecimalNumber.maximumOrderedBytes, "bytes that are no number")
        let tag = beginScalar(.number)
        frame.size += bytes.count
        writeCounted(bytes, tag: tag)
    }

    package mutating func bool(_ value: Bool) {
        beginValue()
        frame.size += 1
        write(reserving: 2) { target in
            var place = target
            Self.put(AttributeType.bool.rawValue, &place)
            Self.put(value ? 1 : 0, &place)
            return 2
        }
    }

    package mutating func null() {
        beginValue()
        frame.size += 1
        write(reserving: 1) { target in
            target.storeBytes(of: AttributeType.null.rawValue, as: UInt8.self)
            return 1
        }
    }

    /// Copies a stored value verbatim. In a set, the value is a scalar of the member type.
    ///
    /// Lists and maps that nest too deep with those around them are refused when the item ends.
    package mutating func copy(_ value: ValueView) {
        if frame.type.isSet {
            _ = beginScalar(value.type)
            frame.size += value.sizeBytes
            writeRaw(StoredLayout.slice(value.bytes, from: 1, to: value.bytes.count))
            return
        }
        let (size, height) = value.sizeAndHeight
        if level - 1 + height > StoredLayout.maximumLevel { isTooDeep = true }
        beginValue()
        frame.size += size
        writeRaw(value.bytes)
    }
}
