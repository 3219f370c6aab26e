// Unsafe pointers: the bytes are untrusted. Every read goes through `ByteReader`, which compares
// the place with the count first and answers nil beyond it.

/// Decides whether bytes from outside are a stored item, so that the views, whose checks stop the
/// program, may read them.
///
/// Accepts only what the encoder writes: entries lie without gaps from the count to the table, the
/// table names each of them once and in the order that its container wants, lengths take their
/// shortest form, sets are neither empty nor hold a member twice, numbers are in their one form,
/// nesting keeps the limit, and the size in the header is the size of the attributes.
enum StructuralCheck {
    static func isStoredItem(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = ByteReader(bytes)
        guard reader.byte() == StoredLayout.version, let size = reader.word(),
            let sum = body(reader.rest(), of: .map, level: 0)
        else { return false }
        return sum == size
    }

    /// The size by the service's rules of what a body holds, without overhead for the container
    /// itself but with that for its elements; nil when the body is not well formed.
    ///
    /// - Parameter level: of the container; 0 for the item.
    private static func body(
        _ bytes: UnsafeRawBufferPointer, of type: AttributeType, level: Int
    ) -> Int? {
        var reader = ByteReader(bytes)
        guard let count = reader.word(),
            count <= (bytes.count - StoredLayout.countBytes) / StoredLayout.offsetBytes
        else { return nil }
        if count == 0 {
            return type.isSet || bytes.count != StoredLayout.countBytes ? nil : 0
        }
        if !type.isSet, level >= StoredLayout.maximumLevel { return nil }
        let tableStart = bytes.count - count * StoredLayout.offsetBytes
        reader.end = tableStart

        var size = 0
        var starts: [Int] = []
        starts.reserveCapacity(count)
        for _ in 0..<count {
            starts.append(reader.place)
            guard let entry = entry(&reader, of: type, level: level) else { return nil }
            size += entry
        }
        guard reader.place == tableStart else { return nil }
        reader.end = bytes.count
        return isTable(&reader, bytes, of: type, starts: starts) ? size : nil
    }

    private static func entry(
        _ reader: inout ByteReader, of type: AttributeType, level: Int
    ) -> Int? {
        if let member = type.memberType { return scalar(&reader, of: member) }
        var size = level == 0 ? 0 : ItemSize.elementOverhead
        if type == .map {
            guard let name = reader.counted() else { return nil }
            size += name.count
        }
        guard let value = value(&reader, level: level + 1) else { return nil }
        return size + value
    }

    private static func value(_ reader: inout ByteReader, level: Int) -> Int? {
        guard let tag = reader.byte(), let type = AttributeType(rawValue: tag) else { return nil }
        switch type {
        case .string, .number, .binary: return scalar(&reader, of: type)
        case .bool:
            guard let byte = reader.byte(), byte <= 1 else { return nil }
            return 1
        case .null: return 1
        case .stringSet, .numberSet, .binarySet, .list, .map:
            guard let length = reader.word(), let bytes = reader.take(length),
                let size = body(bytes, of: type, level: level)
            else { return nil }
            return size + (type.isSet ? 0 : ItemSize.containerOverhead)
        }
    }

    private static func scalar(_ reader: inout ByteReader, of type: AttributeType) -> Int? {
        guard let payload = reader.counted() else { return nil }
        if type == .number, !DecimalNumber.isOrderedBytes(payload) { return nil }
        return payload.count
    }

    /// Whether the table holds each of `starts` once, a list's in their order, a map's or set's in
    /// strictly ascending order of names or members. Strict order rules out a repeated offset, and
    /// as many offsets as entries, each the start of one, are all of them.
    private static func isTable(
        _ reader: inout ByteReader, _ bytes: UnsafeRawBufferPointer, of type: AttributeType,
        starts: [Int]
    ) -> Bool {
        var previous: UnsafeRawBufferPointer?
        for index in starts.indices {
            guard let offset = reader.word() else { return false }
            if type == .list {
                guard offset == starts[index] else { return false }
                continue
            }
            guard contains(starts, offset) else { return false }
            var entry = ByteReader(bytes)
            entry.place = offset
            guard let key = entry.counted() else { return false }
            if let previous, compareBytes(previous, key) >= 0 { return false }
            previous = key
        }
        return true
    }

    private static func contains(_ ascending: [Int], _ offset: Int) -> Bool {
        var low = 0
        var high = ascending.count
        while low < high {
            let middle = (low + high) / 2
            if ascending[middle] == offset { return true }
            if ascending[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return false
    }
}

/// Reads from untrusted bytes; nil is the end, or a length that is not in its shortest form.
private struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    var place = 0
    /// Nothing at or beyond this place is read; at most the count.
    var end: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        end = bytes.count
    }

    mutating func byte() -> UInt8? {
        guard place < end else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func word() -> Int? {
        guard end - place >= 4 else { return nil }
        defer { place += 4 }
        return StoredLayout.loadWord(bytes, at: place)
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= end - place else { return nil }
        defer { place += count }
        return StoredLayout.slice(bytes, from: place, to: place + count)
    }

    mutating func rest() -> UnsafeRawBufferPointer {
        StoredLayout.slice(bytes, from: place, to: end)
    }

    /// A length and as many bytes.
    mutating func counted() -> UnsafeRawBufferPointer? {
        var length = 0
        for index in 0..<StoredLayout.maximumVarintBytes {
            guard let byte = byte() else { return nil }
            length |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 {
                return byte == 0 && index > 0 ? nil : take(length)
            }
        }
        return nil
    }
}
