// Unsafe pointers: views of lent item bytes, read within the call.

internal import ItemModel
internal import StorageEngine

/// One change of an item, as the Streams API will tell it.
///
/// ## Format
/// Key: see ``KeySpace``; the commit sequence is put in by the engine. Value: a stored item with
///
///     ApproximateCreationDateTime  N  whole seconds since 1970
///     EventName                    S  INSERT, MODIFY or REMOVE
///     Keys                         M  the key attributes
///     NewImage, OldImage           B  the item after and before as stored, if the view has it
///     SizeBytes                    N  the sizes of keys and images by AWS's rules
///
/// The images are stored items inside a binary value, not maps: they are copied whole, and nest no
/// deeper than an item may.
struct StreamRecord {
    let table: TableDescriptor
    let stream: StreamDescriptor
    let old: ItemView?
    let new: ItemView?
    let epochMilliseconds: Int

    /// Bytes before the commit sequence in the key.
    static let stampOffset = 13

    static func keyPrefix(table: UInt32, stream: UInt32) -> [UInt8] {
        var key = KeySpace.prefix(space: KeySpace.streams, table: table)
        key.append(bigEndian: stream)
        return key
    }

    /// The shard in the key of a record.
    static func shard(inKey key: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 9, as: UInt32.self))
    }

    /// Adds the record to a batch.
    func stage(in workspace: Workspace) throws(OperationFault) {
        var key = Self.keyPrefix(table: table.number, stream: stream.number)
        key.append(bigEndian: stream.shard(at: epochMilliseconds))
        key.append(bigEndian: UInt64(0))
        do {
            try encode(into: &workspace.encoder)
        } catch {
            throw OperationFault(error)
        }
        workspace.encoder.withView { record in
            key.withUnsafeBytes {
                workspace.batch.putStamped(
                    key: $0, stampOffset: Self.stampOffset, value: record.bytes)
            }
        }
    }

    private func encode(into encoder: inout ItemEncoder) throws(ItemError) {
        guard let item = new ?? old else { preconditionFailure("a change of nothing to nothing") }
        let view = stream.viewType
        let newImage = view == .newImage || view == .newAndOldImages ? new : nil
        let oldImage = view == .oldImage || view == .newAndOldImages ? old : nil
        var sizeBytes = (newImage?.sizeBytes ?? 0) + (oldImage?.sizeBytes ?? 0)

        encoder.beginItem()
        encoder.beginAttribute("Keys")
        try encoder.beginMap()
        for attribute in table.key.attributes {
            guard let value = attribute.value(in: item) else { continue }
            sizeBytes += attribute.nameBytes.count + value.sizeBytes
            attribute.nameBytes.withUnsafeBytes { encoder.beginAttribute(name: $0) }
            encoder.copy(value)
        }
        encoder.endMap()
        encoder.beginAttribute("EventName")
        encoder.string(old == nil ? "INSERT" : new == nil ? "REMOVE" : "MODIFY")
        if let newImage {
            encoder.beginAttribute("NewImage")
            encoder.binary(newImage.bytes)
        }
        if let oldImage {
            encoder.beginAttribute("OldImage")
            encoder.binary(oldImage.bytes)
        }
        encoder.beginAttribute("ApproximateCreationDateTime")
        encoder.number(DecimalNumber(epochMilliseconds / 1000))
        encoder.beginAttribute("SizeBytes")
        encoder.number(DecimalNumber(sizeBytes))
        try encoder.endItem()
    }
}

extension ItemEncoder {
    mutating func beginAttribute(_ name: StaticString) {
        name.withUTF8Buffer { beginAttribute(name: UnsafeRawBufferPointer($0)) }
    }
}
