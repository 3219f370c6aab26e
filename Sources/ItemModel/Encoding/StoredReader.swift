// Unsafe pointers: reads inside bytes that an encoder of this module wrote, or that were validated.

/// Reads the parts of stored values front to back. The buffer's own bounds checks hold in debug
/// builds; validated bytes never reach them.
struct StoredReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    @inline(__always)
    mutating func readVarint() -> Int {
        var value = 0
        var shift = 0
        while true {
            let byte = bytes[offset]
            offset += 1
            value |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    @inline(__always)
    mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer {
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    @inline(__always)
    mutating func readLengthPrefixed() -> UnsafeRawBufferPointer {
        let count = readVarint()
        return readBytes(count)
    }

    @inline(__always)
    mutating func readShortPrefixed() -> UnsafeRawBufferPointer {
        let count = Int(bytes[offset])
        offset += 1
        return readBytes(count)
    }

    /// Reads a whole value, whatever its type.
    @inline(__always)
    mutating func readValue() -> ValueView {
        let start = offset
        offset += 1
        switch bytes[start] {
        case AttributeType.string.rawValue, AttributeType.binary.rawValue:
            _ = readLengthPrefixed()
        case AttributeType.number.rawValue: _ = readShortPrefixed()
        case AttributeType.bool.rawValue: offset += 1
        case AttributeType.null.rawValue: break
        default:
            let count = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            offset += 4 + Int(UInt32(littleEndian: count))
        }
        return ValueView(UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
    }

    /// Entry `index` of the offset table at the end of a list's or map's body.
    @inline(__always)
    static func tableEntry(_ body: UnsafeRawBufferPointer, _ count: Int, _ index: Int) -> Int {
        precondition(index >= 0 && index < count, "an index past the end of a list or map")
        let place = body.count - 4 * (count - index)
        return Int(UInt32(littleEndian: body.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }
}

/// The body of a map, which an item is as well.
struct MapBody {
    private let body: UnsafeRawBufferPointer
    let count: Int

    @inline(__always)
    init(_ body: UnsafeRawBufferPointer) {
        self.body = body
        count = Int(UInt32(littleEndian: body.loadUnaligned(as: UInt32.self)))
    }

    @inline(__always)
    func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        var reader = StoredReader(body, offset: StoredReader.tableEntry(body, count, index))
        let name = reader.readLengthPrefixed()
        return (name, reader.readValue())
    }

    @inline(__always)
    private func name(at index: Int) -> UnsafeRawBufferPointer {
        var reader = StoredReader(body, offset: StoredReader.tableEntry(body, count, index))
        return reader.readLengthPrefixed()
    }

    func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let order = compareBytes(self.name(at: middle), name)
            if order == 0 { return attribute(at: middle).value }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
