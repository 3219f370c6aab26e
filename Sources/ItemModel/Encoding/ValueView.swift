// Unsafe pointers: a view is bytes that somebody lends, valid only inside the scope that lends them.
// Accessors trust the structure: bytes come from an encoder of this module, or passed
// `EncodedItem.validating`.

/// One stored value, lent: a type tag and a payload.
///
/// ## Forms
///     S, B       tag · varint length · bytes
///     N          tag · u8 length · stored number
///     BOOL       tag · u8 0 or 1
///     NULL       tag
///     SS, BS     tag · u32 body length · u32 count · members: varint length · bytes, rising
///     NS         tag · u32 body length · u32 count · members: u8 length · stored number, rising
///     L          tag · u32 body length · u32 count · values · u32 × count offsets of the values
///     M          tag · u32 body length · u32 count · entries · u32 × count offsets of the entries,
///                in the order of their names; entry: varint name length · name · value
///
/// Offsets count from the body's start, which is the count; integers are little-endian.
package struct ValueView {
    /// The whole value, tag included.
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package var type: AttributeType {
        guard let type = AttributeType(rawValue: bytes[0]) else {
            preconditionFailure("a stored value has a known tag")
        }
        return type
    }

    /// The UTF-8 of an S.
    package var stringBytes: UnsafeRawBufferPointer { lengthPrefixed }

    /// The bytes of a B.
    package var binaryBytes: UnsafeRawBufferPointer { lengthPrefixed }

    /// The stored number of an N.
    package var numberBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[2...])
    }

    /// The truth value of a BOOL.
    package var bool: Bool { bytes[1] != 0 }

    @inline(__always)
    private var lengthPrefixed: UnsafeRawBufferPointer {
        var reader = StoredReader(bytes, offset: 1)
        return reader.readLengthPrefixed()
    }

    /// The bytes after the body length of a set, list or map.
    @inline(__always)
    private var body: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[5...]) }

    /// Elements of a list, attributes of a map, members of a set.
    package var count: Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 5, as: UInt32.self)))
    }

    // MARK: Lists

    /// An element of an L.
    package func element(at index: Int) -> ValueView {
        let body = body
        var reader = StoredReader(body, offset: StoredReader.tableEntry(body, count, index))
        return reader.readValue()
    }

    // MARK: Maps

    /// An attribute of an M, in the order of names.
    package func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        MapBody(body).attribute(at: index)
    }

    /// The value of an attribute of an M.
    package func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        MapBody(body).value(named: name)
    }

    /// The value of an attribute of an M.
    package func value(named name: String) -> ValueView? {
        var name = name
        return name.withUTF8 { value(named: UnsafeRawBufferPointer($0)) }
    }

    // MARK: Sets

    /// Calls `body` with each member's bytes, rising: UTF-8, bytes or stored numbers.
    package func forEachMember<Failure: Error>(
        _ visit: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var reader = StoredReader(bytes, offset: 9)
        let isNumber = type == .numberSet
        for _ in 0..<count {
            try visit(isNumber ? reader.readShortPrefixed() : reader.readLengthPrefixed())
        }
    }

    /// Whether a set holds a member with these bytes.
    package func containsMember(_ member: UnsafeRawBufferPointer) -> Bool {
        var reader = StoredReader(bytes, offset: 9)
        let isNumber = type == .numberSet
        for _ in 0..<count {
            let candidate = isNumber ? reader.readShortPrefixed() : reader.readLengthPrefixed()
            let order = compareBytes(candidate, member)
            if order >= 0 { return order == 0 }
        }
        return false
    }

    /// The bytes of a scalar that can be a member of a set or a key: S, N or B; nil for others.
    package var scalarBytes: UnsafeRawBufferPointer? {
        switch type {
        case .string, .binary: lengthPrefixed
        case .number: numberBytes
        default: nil
        }
    }

    // MARK: Size

    /// The AWS size of the value in bytes; see ``ItemSize``.
    package var sizeBytes: Int {
        switch type {
        case .string, .binary: return lengthPrefixed.count
        case .number: return numberBytes.count
        case .bool, .null: return 1
        case .stringSet, .numberSet, .binarySet:
            var size = 0
            forEachMember { size += $0.count }
            return size
        case .list:
            var size = ItemSize.containerOverheadBytes
            for index in 0..<count {
                size += element(at: index).sizeBytes + ItemSize.elementOverheadBytes
            }
            return size
        case .map:
            var size = ItemSize.containerOverheadBytes
            for index in 0..<count {
                let (name, value) = attribute(at: index)
                size += name.count + value.sizeBytes + ItemSize.elementOverheadBytes
            }
            return size
        }
    }

    // MARK: Comparing

    /// Semantic equality: numbers by value, sets and maps without order.
    ///
    /// Stored scalars and sets are canonical, so their bytes decide; a list or map may hold maps
    /// whose entries lie in another order.
    package static func areEqual(_ left: ValueView, _ right: ValueView) -> Bool {
        guard left.bytes[0] == right.bytes[0] else { return false }
        switch left.type {
        case .list:
            guard left.count == right.count else { return false }
            for index in 0..<left.count
            where !areEqual(left.element(at: index), right.element(at: index)) {
                return false
            }
            return true
        case .map:
            guard left.count == right.count else { return false }
            for index in 0..<left.count {
                let (leftName, leftValue) = left.attribute(at: index)
                let (rightName, rightValue) = right.attribute(at: index)
                if compareBytes(leftName, rightName) != 0 { return false }
                if !areEqual(leftValue, rightValue) { return false }
            }
            return true
        default:
            return compareBytes(left.bytes, right.bytes) == 0
        }
    }

    /// The order of two scalars of one type (S, N, B): negative, zero or positive; nil for others.
    package static func compare(_ left: ValueView, _ right: ValueView) -> Int? {
        guard left.bytes[0] == right.bytes[0], let leftBytes = left.scalarBytes,
            let rightBytes = right.scalarBytes
        else { return nil }
        return compareBytes(leftBytes, rightBytes)
    }
}

/// The order of byte strings: unsigned bytes, a prefix first.
@inline(__always)
package func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    var index = 0
    while index + 8 <= common {
        let leftWord = left.loadUnaligned(fromByteOffset: index, as: UInt64.self).bigEndian
        let rightWord = right.loadUnaligned(fromByteOffset: index, as: UInt64.self).bigEndian
        if leftWord != rightWord { return leftWord < rightWord ? -1 : 1 }
        index += 8
    }
    while index < common {
        if left[index] != right[index] { return left[index] < right[index] ? -1 : 1 }
        index += 1
    }
    return left.count - right.count
}
