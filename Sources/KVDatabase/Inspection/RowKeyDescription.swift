internal import StorageEngine

/// What a stored key says, where it is the key of a row of kvd's tables; see ``KeySpace``.
struct RowKeyDescription {
    private typealias Field = InspectionLine.Field

    private let key: [UInt8]
    private var offset = 1

    private init(_ key: [UInt8]) { self.key = key }

    /// The key's parts; none for a key of another engine user's.
    static func fields(of key: [UInt8]) -> [InspectionLine.Field] {
        guard let space = key.first else { return [] }
        var description = RowKeyDescription(key)
        switch space {
        case KeySpace.catalog: return description.catalog() ?? []
        case KeySpace.items: return description.item() ?? []
        case KeySpace.indexRows: return description.indexRow() ?? []
        case KeySpace.streams: return description.streamRecord() ?? []
        default: return []
        }
    }

    private mutating func catalog() -> [Field]? {
        guard key.count > 1 else { return nil }
        switch key[1] {
        case 0 where key.count == 2: return [Field("row", "catalog header")]
        case 1:
            return [
                Field("row", "table description"),
                Field("name", String(decoding: key[2...], as: UTF8.self)),
            ]
        case 2 where key.count == 6:
            offset = 2
            guard let table = read(UInt32.self) else { return nil }
            return [Field("row", "table to be removed"), Field("table", table)]
        default: return nil
        }
    }

    private mutating func item() -> [Field]? {
        guard let table = read(UInt32.self), let partition = partition() else { return nil }
        var fields = [
            Field("row", "item"), Field("table", table), Self.bytes("partition", partition),
        ]
        if offset < key.count { fields.append(Self.bytes("sort", key[offset...])) }
        return fields
    }

    private mutating func indexRow() -> [Field]? {
        guard let table = read(UInt32.self), let index = read(UInt16.self),
            let partition = partition()
        else { return nil }
        return [
            Field("row", "index row"), Field("table", table), Field("index", index),
            Self.bytes("partition", partition), Self.bytes("rest", key[offset...]),
        ]
    }

    private mutating func streamRecord() -> [Field]? {
        guard key.count == 21, let table = read(UInt32.self), let stream = read(UInt32.self),
            let shard = read(UInt32.self), let sequence = read(UInt64.self)
        else { return nil }
        return [
            Field("row", "stream record"), Field("table", table), Field("stream", stream),
            Field("shard", shard), Field("commitSequence", sequence),
        ]
    }

    /// A hash, a length and a partition key; the hash proves that the key is a row's.
    private mutating func partition() -> ArraySlice<UInt8>? {
        guard let hash = read(UInt64.self), let count = read(UInt16.self),
            key.count - offset >= Int(count)
        else { return nil }
        let partition = key[offset..<offset + Int(count)]
        offset += Int(count)
        return partition.withUnsafeBytes({ XXHash64.hash($0) }) == hash ? partition : nil
    }

    private mutating func read<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard key.count - offset >= size else { return nil }
        defer { offset += size }
        return key[offset..<offset + size].reduce(0) { $0 << 8 | Number($1) }
    }

    private static func bytes(_ name: String, _ bytes: ArraySlice<UInt8>) -> Field {
        Field(name, .bytes(Array(bytes), count: bytes.count))
    }
}
