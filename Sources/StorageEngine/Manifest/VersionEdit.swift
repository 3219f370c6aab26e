// Unsafe pointers: records are lent by the manifest reader for one call.

/// One durable change of the set of files: a record of the manifest.
///
/// ## Record: fields in any order, each a tag byte and its payload
///     1  log number          varint   logs below it hold nothing that is not in tables
///     2  last sequence       varint   of all entries in tables
///     3  table removed       varint number
///     4  table added         varint level · varint number · varint size · u32 checksum ·
///                            smallest key · largest key (varint length, bytes) ·
///                            varint smallest sequence · varint largest sequence ·
///                            varint entries · varint deletions
///     5  counter changed     u64 counter · i64 delta
///     6  hidden puts         varint number · varint count, of a table added before; absent for 0
///     7  range deletions     varint number · varint count, of a table added before; absent for 0
///     8  dense garbage       varint number · varint count, of a table added before; absent for 0
struct VersionEdit {
    var logNumber: UInt64?
    var lastSequence: UInt64?
    var removedTables: [UInt64] = []
    var addedTables: [(level: Int, metadata: SSTableMetadata)] = []
    var counterDeltas: [UInt64: Int64] = [:]

    private enum Field: UInt8 {
        case logNumber = 1
        case lastSequence = 2
        case removedTable = 3
        case addedTable = 4
        case counter = 5
        case hiddenPuts = 6
        case rangeDeletions = 7
        case denseGarbage = 8
    }

    func append(to buffer: OutputBuffer) {
        if let logNumber {
            buffer.append(Field.logNumber.rawValue)
            buffer.append(varint: logNumber)
        }
        if let lastSequence {
            buffer.append(Field.lastSequence.rawValue)
            buffer.append(varint: lastSequence)
        }
        for number in removedTables {
            buffer.append(Field.removedTable.rawValue)
            buffer.append(varint: number)
        }
        for (level, metadata) in addedTables {
            buffer.append(Field.addedTable.rawValue)
            Self.append(metadata, level: level, to: buffer)
            append(.hiddenPuts, metadata.hiddenCount, of: metadata, to: buffer)
            append(.rangeDeletions, metadata.rangeDeletionCount, of: metadata, to: buffer)
            append(.denseGarbage, metadata.denseGarbageCount, of: metadata, to: buffer)
        }
        // Sorted, so that the same edit is always the same bytes.
        for (counter, delta) in counterDeltas.sorted(by: { $0.key < $1.key }) where delta != 0 {
            buffer.append(Field.counter.rawValue)
            buffer.append(littleEndian: counter)
            buffer.append(littleEndian: delta)
        }
    }

    private func append(
        _ field: Field, _ count: Int, of table: SSTableMetadata, to buffer: OutputBuffer
    ) {
        if count == 0 { return }
        buffer.append(field.rawValue)
        buffer.append(varint: table.number)
        buffer.append(varint: UInt64(count))
    }

    private static func append(_ metadata: SSTableMetadata, level: Int, to buffer: OutputBuffer) {
        buffer.append(varint: UInt64(level))
        buffer.append(varint: metadata.number)
        buffer.append(varint: UInt64(metadata.sizeBytes))
        buffer.append(littleEndian: metadata.checksum)
        metadata.smallestKey.withUnsafeBytes { buffer.append(lengthPrefixed: $0) }
        metadata.largestKey.withUnsafeBytes { buffer.append(lengthPrefixed: $0) }
        buffer.append(varint: metadata.smallestSequence)
        buffer.append(varint: metadata.largestSequence)
        buffer.append(varint: UInt64(metadata.entryCount))
        buffer.append(varint: UInt64(metadata.deletionCount))
    }

    /// Nil for bytes that are not an edit.
    static func read(_ record: UnsafeRawBufferPointer) -> VersionEdit? {
        var edit = VersionEdit()
        var input = InputCursor(record)
        while let tag = input.readByte() {
            guard let field = Field(rawValue: tag), read(field, &input, into: &edit) else {
                return nil
            }
        }
        return edit
    }

    private static func read(
        _ field: Field, _ input: inout InputCursor, into edit: inout VersionEdit
    )
        -> Bool
    {
        switch field {
        case .logNumber:
            guard let number = readFileNumber(&input) else { return false }
            edit.logNumber = number
        case .lastSequence:
            guard let sequence = readSequence(&input) else { return false }
            edit.lastSequence = sequence
        case .removedTable:
            guard let number = readFileNumber(&input) else { return false }
            edit.removedTables.append(number)
        case .addedTable:
            guard let level = input.readLength(), level < Version.levelCount,
                let metadata = readMetadata(&input)
            else { return false }
            edit.addedTables.append((level, metadata))
        case .hiddenPuts:
            return read(&input, into: &edit, \.hiddenCount) { $0 <= $1.entryCount }
        case .rangeDeletions:
            return read(&input, into: &edit, \.rangeDeletionCount) {
                $0 / entriesPerByteLimit <= $1.sizeBytes
            }
        case .denseGarbage:
            return read(&input, into: &edit, \.denseGarbageCount) { $0 <= $1.entryCount }
        case .counter:
            guard let counter = input.read(littleEndian: UInt64.self),
                let delta = input.read(littleEndian: Int64.self)
            else { return false }
            edit.counterDeltas[counter, default: 0] &+= delta
        }
        return true
    }

    /// Reads a count of a table added before; false where it is not possible.
    private static func read(
        _ input: inout InputCursor, into edit: inout VersionEdit,
        _ count: WritableKeyPath<SSTableMetadata, Int>,
        isPossible: (UInt64, SSTableMetadata) -> Bool
    ) -> Bool {
        guard let number = input.readVarint(), let value = input.readVarint(),
            let index = edit.addedTables.lastIndex(where: { $0.metadata.number == number }),
            isPossible(value, edit.addedTables[index].metadata)
        else { return false }
        edit.addedTables[index].metadata[keyPath: count] = Int(value)
        return true
    }

    private static func readFileNumber(_ input: inout InputCursor) -> UInt64? {
        input.readVarint().flatMap { $0 < FileName.numberLimit ? $0 : nil }
    }

    private static func readSequence(_ input: inout InputCursor) -> UInt64? {
        input.readVarint().flatMap { $0 <= EntryTag.maximumSequence ? $0 : nil }
    }

    /// An entry takes four bytes at least, which LZ4 can pack into a sixtieth. Counts are trusted where
    /// memory is set aside, so one that can not be is refused.
    private static let entriesPerByteLimit: UInt64 = 64
    /// 64 TiB, more than any table: sizes and counts up to it may be added and multiplied.
    private static let sizeLimitBytes: UInt64 = 1 << 46

    private static func readMetadata(_ input: inout InputCursor) -> SSTableMetadata? {
        guard let number = readFileNumber(&input), let size = input.readVarint(),
            size <= sizeLimitBytes, let checksum = input.read(littleEndian: UInt32.self),
            let smallestKey = input.readLengthPrefixed(),
            let largestKey = input.readLengthPrefixed(),
            let smallestSequence = readSequence(&input),
            let largestSequence = readSequence(&input),
            let entryCount = input.readVarint(), entryCount / entriesPerByteLimit <= size,
            let deletionCount = input.readVarint(), deletionCount <= entryCount
        else { return nil }
        return SSTableMetadata(
            number: number, sizeBytes: Int(size), checksum: checksum,
            smallestKey: [UInt8](smallestKey), largestKey: [UInt8](largestKey),
            smallestSequence: smallestSequence, largestSequence: largestSequence,
            entryCount: Int(entryCount), deletionCount: Int(deletionCount))
    }
}
