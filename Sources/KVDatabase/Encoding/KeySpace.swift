// Unsafe pointers: key parts are lent by the caller for one call and copied.

internal import ItemModel
internal import StorageEngine

/// The first byte of every stored key, which keeps the kinds of rows apart.
///
/// ## Format
/// All integers are big-endian, so that byte order is numeric order.
///
///     catalog     00 · kind u8 · …                       see CatalogRow
///     item        01 · table u32 · hash u64 · length u16 · partition key · sort key
///     index row   02 · table u32 · index u16 · hash u64 · length u16 · index partition key
///                    · index sort key, escaped (only if the index has one)
///                    · length u16 · partition key · sort key
///     stream      03 · table u32 · stream u32 · shard u32 · commit sequence u64
///
/// `hash` is ``XXHash64`` of the partition key that follows it, seed 0: it spreads partitions evenly,
/// so that parallel scans split the hashes into equal ranges. A sort key that ends the key is
/// stored raw; one in the middle is escaped (00 becomes 00 FF, the end is 00 00), so that no key
/// is a prefix of another's part and byte order stays sort key order.
enum KeySpace {
    static let catalog: UInt8 = 0
    static let items: UInt8 = 1
    static let indexRows: UInt8 = 2
    static let streams: UInt8 = 3

    /// What the rows of a table, or of one of its indexes, begin with.
    static func prefix(table: UInt32, index: UInt16?) -> [UInt8] {
        var key: [UInt8] = [index == nil ? items : indexRows]
        key.append(bigEndian: table)
        if let index { key.append(bigEndian: index) }
        return key
    }

    /// What every row of a table in one space begins with.
    static func prefix(space: UInt8, table: UInt32) -> [UInt8] {
        var key: [UInt8] = [space]
        key.append(bigEndian: table)
        return key
    }

    /// What the rows of one partition begin with.
    static func prefix(table: UInt32, index: UInt16?, partition: UnsafeRawBufferPointer) -> [UInt8]
    {
        var key: [UInt8] = []
        append(table: table, index: index, partition: partition, to: &key)
        return key
    }

    static func append(
        table: UInt32, index: UInt16?, partition: UnsafeRawBufferPointer, to key: inout [UInt8]
    ) {
        key.append(index == nil ? items : indexRows)
        key.append(bigEndian: table)
        if let index { key.append(bigEndian: index) }
        key.append(bigEndian: XXHash64.hash(partition))
        key.append(bigEndian: UInt16(partition.count))
        key.append(contentsOf: partition)
    }
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// The first key after every key that begins with these bytes; nil if there is none.
    var prefixEnd: [UInt8]? {
        var end = self
        while let last = end.last {
            if last < 0xFF {
                end[end.count - 1] = last + 1
                return end
            }
            end.removeLast()
        }
        return nil
    }

    /// The first key after this one.
    var successor: [UInt8] { self + [0] }
}

extension [UInt8] {
    mutating func appendEscaped(_ part: [UInt8]) {
        part.withUnsafeBytes { KeyEncoding.appendEscaped($0, to: &self) }
    }
}
