// Unsafe pointers: every read is checked against the bytes that are left before it is made.

extension EncodedItem {
    /// Whether bytes are a stored item in every part: then every accessor of a view stays inside
    /// them. For bytes whose origin is not an encoder of this module.
    package static func validating(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= ItemView.emptySizeBytes, bytes[0] == ItemView.version else {
            return false
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[ItemView.headerSizeBytes...])
        return StoredItemValidator.isMapBody(body, depth: 0)
    }
}

private struct StoredItemValidator {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    static func isMapBody(_ body: UnsafeRawBufferPointer, depth: Int) -> Bool {
        guard let table = offsetTable(body) else { return false }
        var previous: UnsafeRawBufferPointer?
        for index in 0..<table.count {
            guard let start = table.offset(index) else { return false }
            var validator = StoredItemValidator(table.entries, offset: start)
            guard let name = validator.takeLengthPrefixed(),
                validator.takeValue(depth: depth + 1)
            else { return false }
            if let previous, compareBytes(previous, name) >= 0 { return false }
            previous = name
        }
        return true
    }

    private static func isListBody(_ body: UnsafeRawBufferPointer, depth: Int) -> Bool {
        guard let table = offsetTable(body) else { return false }
        for index in 0..<table.count {
            guard let start = table.offset(index) else { return false }
            var validator = StoredItemValidator(table.entries, offset: start)
            guard validator.takeValue(depth: depth + 1) else { return false }
        }
        return true
    }

    private struct OffsetTable {
        /// The body up to the table.
        let entries: UnsafeRawBufferPointer
        let table: UnsafeRawBufferPointer
        let count: Int

        func offset(_ index: Int) -> Int? {
            let word = table.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            let offset = Int(UInt32(littleEndian: word))
            return offset >= 4 && offset < entries.count ? offset : nil
        }
    }

    private static func offsetTable(_ body: UnsafeRawBufferPointer) -> OffsetTable? {
        guard body.count >= 4 else { return nil }
        let count = Int(UInt32(littleEndian: body.loadUnaligned(as: UInt32.self)))
        guard count <= (body.count - 4) / 4 else { return nil }
        let tableStart = body.count - 4 * count
        return OffsetTable(
            entries: UnsafeRawBufferPointer(rebasing: body[..<tableStart]),
            table: UnsafeRawBufferPointer(rebasing: body[tableStart...]), count: count)
    }

    private mutating func takeByte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    private mutating func takeLengthPrefixed() -> UnsafeRawBufferPointer? {
        var count = 0
        var shift = 0
        while let byte = takeByte(), shift < 35 {
            count |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return take(count) }
            shift += 7
        }
        return nil
    }

    private mutating func takeNumber() -> UnsafeRawBufferPointer? {
        guard let count = takeByte(), let stored = take(Int(count)), NumberEncoding.isValid(stored)
        else { return nil }
        return stored
    }

    private mutating func takeBody() -> UnsafeRawBufferPointer? {
        guard let length = take(4) else { return nil }
        return take(Int(UInt32(littleEndian: length.loadUnaligned(as: UInt32.self))))
    }

    private mutating func takeValue(depth: Int) -> Bool {
        guard let tag = takeByte(), let type = AttributeType(rawValue: tag),
            depth <= ItemEncoder.nestingLimit + 1
        else { return false }
        switch type {
        case .string, .binary: return takeLengthPrefixed() != nil
        case .number: return takeNumber() != nil
        case .bool: return takeByte().map { $0 <= 1 } ?? false
        case .null: return true
        case .stringSet, .numberSet, .binarySet:
            return takeBody().map { Self.isSetBody($0, isNumber: type == .numberSet) } ?? false
        case .list: return takeBody().map { Self.isListBody($0, depth: depth) } ?? false
        case .map: return takeBody().map { Self.isMapBody($0, depth: depth) } ?? false
        }
    }

    private static func isSetBody(_ body: UnsafeRawBufferPointer, isNumber: Bool) -> Bool {
        guard body.count >= 4 else { return false }
        let count = Int(UInt32(littleEndian: body.loadUnaligned(as: UInt32.self)))
        guard count >= 1, count <= body.count else { return false }
        var validator = StoredItemValidator(body, offset: 4)
        var previous: UnsafeRawBufferPointer?
        for _ in 0..<count {
            let taken = isNumber ? validator.takeNumber() : validator.takeLengthPrefixed()
            guard let member = taken else { return false }
            if let previous, compareBytes(previous, member) >= 0 { return false }
            previous = member
        }
        return validator.offset == body.count
    }
}
