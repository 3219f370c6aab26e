// Unsafe pointers: names and values are lent by the caller for one call and copied.

/// Builds a stored item in one pass: values are written as they come, and a map's or list's offset
/// table when it ends.
///
/// The JSON reader and projections drive it. Calls nest as the document does; inside a map each
/// value is preceded by ``beginAttribute(name:)``. A reused encoder allocates nothing but the item
/// it gives out.
package struct ItemEncoder {
    /// The deepest a document may nest.
    /// Source: AWS, "Service, account, and table quotas in Amazon DynamoDB".
    package static let nestingLimit = 32

    private enum Container { case item, map, list, set(AttributeType) }

    private struct Frame {
        let container: Container
        /// Where the body's length stands; the body begins four bytes later.
        let lengthOffset: Int
        /// Where this frame's offsets begin in `offsets`.
        let firstOffset: Int
        /// The AWS size of what is inside.
        var sizeBytes = 0
    }

    private var bytes: [UInt8] = []
    private var frames: [Frame] = []
    /// Offsets of the entries of all open frames, the innermost last, from `bytes`' start.
    private var offsets: [Int] = []

    package init() { bytes.reserveCapacity(1024) }

    /// Forgets what was built and keeps the memory.
    package mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
    }

    // MARK: Items

    package mutating func beginItem() {
        reset()
        bytes.append(ItemView.version)
        // The size stands where a map has its length, so both are patched alike.
        begin(.item)
    }

    package mutating func beginAttribute(name: UnsafeRawBufferPointer) {
        offsets.append(bytes.count)
        append(varint: name.count)
        bytes.append(contentsOf: name)
    }

    package mutating func beginAttribute(name: String) {
        var name = name
        name.withUTF8 { beginAttribute(name: UnsafeRawBufferPointer($0)) }
    }

    /// Ends the item; ``withView(_:)`` and ``take()`` give it out.
    package mutating func endItem() throws(ItemError) {
        let frame = endFrame()
        let size = writeMapTable(frame)
        patch(UInt32(size), at: frame.lengthOffset)
    }

    /// The finished item, lent.
    package func withView<Result, Failure: Error>(
        _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            try body(ItemView(UnsafeRawBufferPointer(bytes)))
        }
    }

    /// The finished item, copied.
    package func take() -> EncodedItem { withView { EncodedItem(copying: $0) } }

    // MARK: Scalars

    package mutating func string(_ utf8: UnsafeRawBufferPointer) {
        scalar(.string, utf8)
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    package mutating func binary(_ value: UnsafeRawBufferPointer) {
        scalar(.binary, value)
    }

    /// A number, from its decimal text.
    package mutating func number(text: UnsafeRawBufferPointer) throws(ItemError) {
        if case .set = frames.last?.container {
            try appendNumber(text)
            return
        }
        noteElement()
        bytes.append(AttributeType.number.rawValue)
        try appendNumber(text)
    }

    /// A number, from its stored form.
    package mutating func number(ordered: UnsafeRawBufferPointer) {
        if case .set = frames.last?.container {
            offsets.append(bytes.count)
        } else {
            noteElement()
            bytes.append(AttributeType.number.rawValue)
        }
        bytes.append(UInt8(ordered.count))
        bytes.append(contentsOf: ordered)
        addSize(ordered.count)
    }

    package mutating func number(_ number: DecimalNumber) {
        number.orderedBytes.withUnsafeBytes { self.number(ordered: $0) }
    }

    package mutating func bool(_ value: Bool) {
        noteElement()
        bytes.append(AttributeType.bool.rawValue)
        bytes.append(value ? 1 : 0)
        addSize(1)
    }

    package mutating func null() {
        noteElement()
        bytes.append(AttributeType.null.rawValue)
        addSize(1)
    }

    /// A value that is stored already, byte for byte.
    package mutating func copy(_ value: ValueView) {
        noteElement()
        bytes.append(contentsOf: value.bytes)
        addSize(value.sizeBytes)
    }

    private mutating func scalar(_ type: AttributeType, _ value: UnsafeRawBufferPointer) {
        if case .set = frames.last?.container {
            offsets.append(bytes.count)
        } else {
            noteElement()
            bytes.append(type.rawValue)
        }
        append(varint: value.count)
        bytes.append(contentsOf: value)
        addSize(value.count)
    }

    private mutating func appendNumber(_ text: UnsafeRawBufferPointer) throws(ItemError) {
        if case .set = frames.last?.container { offsets.append(bytes.count) }
        let count = try withUnsafeTemporaryAllocation(
            byteCount: NumberEncoding.sizeLimitBytes + 2, alignment: 8
        ) { (stored) throws(ItemError) -> Int in
            let count = try NumberEncoding.encode(text: text, into: stored)
            bytes.append(UInt8(count))
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: stored[..<count]))
            return count
        }
        addSize(count)
    }

    // MARK: Containers

    package mutating func beginMap() throws(ItemError) { try beginContainer(.map, tag: .map) }

    package mutating func endMap() {
        let frame = endFrame()
        let size = writeMapTable(frame)
        patchLength(frame)
        addSize(size + ItemSize.containerOverheadBytes)
    }

    package mutating func beginList() throws(ItemError) { try beginContainer(.list, tag: .list) }

    package mutating func endList() {
        let frame = endFrame()
        let bodyStart = frame.lengthOffset + 4
        let count = offsets.count - frame.firstOffset
        for offset in offsets[frame.firstOffset...] {
            append(littleEndian: UInt32(offset - bodyStart))
        }
        offsets.removeLast(count)
        patch(UInt32(count), at: bodyStart)
        patchLength(frame)
        addSize(
            frame.sizeBytes + count * ItemSize.elementOverheadBytes
                + ItemSize.containerOverheadBytes)
    }

    /// Begins a set; its members are written with the scalar calls of their type.
    package mutating func beginSet(_ type: AttributeType) {
        precondition(type.isSet, "beginSet takes the type of a set")
        noteElement()
        bytes.append(type.rawValue)
        begin(.set(type))
    }

    /// Ends a set.
    ///
    /// - Throws: ``ItemError`` where it is empty or holds a member twice.
    package mutating func endSet() throws(ItemError) {
        let frame = endFrame()
        guard case .set(let type) = frame.container else {
            preconditionFailure("endSet ends a set")
        }
        let members = offsets[frame.firstOffset...].map { $0 }
        offsets.removeLast(members.count)
        if members.isEmpty { throw Self.emptySet(type) }
        try sortMembers(members, type, frame)
        patch(UInt32(members.count), at: frame.lengthOffset + 4)
        patchLength(frame)
        addSize(frame.sizeBytes)
    }

    private static func emptySet(_ type: AttributeType) -> ItemError {
        let kind =
            switch type {
            case .stringSet: "string"
            case .numberSet: "number"
            default: "binary"
            }
        return ItemError(
            "One or more parameter values were invalid: An \(kind) set  may not be empty")
    }

    /// Puts a set's members in rising order, so that equal sets are equal bytes.
    private mutating func sortMembers(_ members: [Int], _ type: AttributeType, _ frame: Frame)
        throws(ItemError)
    {
        let isNumber = type == .numberSet
        var sorted: [(member: [UInt8], stored: Range<Int>)] = []
        sorted.reserveCapacity(members.count)
        bytes.withUnsafeBytes { bytes in
            for start in members {
                var reader = StoredReader(bytes, offset: start)
                let member = isNumber ? reader.readShortPrefixed() : reader.readLengthPrefixed()
                sorted.append(([UInt8](member), start..<reader.offset))
            }
        }
        sorted.sort { $0.member.lexicographicallyPrecedes($1.member) }
        for index in 1..<max(sorted.count, 1) where sorted[index].member == sorted[index - 1].member
        {
            throw ItemError(
                "One or more parameter values were invalid: "
                    + "Input collection \(listing(members, type)) contains duplicates.")
        }
        let rewritten = sorted.flatMap { bytes[$0.stored] }
        bytes.replaceSubrange((frame.lengthOffset + 8)..., with: rewritten)
    }

    /// The members in the order given, as DynamoDB lists them in its message.
    private func listing(_ members: [Int], _ type: AttributeType) -> String {
        let texts = bytes.withUnsafeBytes { bytes in
            members.map { start -> String in
                var reader = StoredReader(bytes, offset: start)
                switch type {
                case .numberSet:
                    return DecimalNumber(orderedBytes: reader.readShortPrefixed()).description
                default:
                    return String(decoding: reader.readLengthPrefixed(), as: UTF8.self)
                }
            }
        }
        return "[" + texts.joined(separator: ", ") + "]"
    }

    private mutating func beginContainer(_ container: Container, tag: AttributeType)
        throws(ItemError)
    {
        // The item itself is the first frame and does not count.
        guard frames.count <= Self.nestingLimit else {
            throw ItemError("Nesting Levels have exceeded supported limits")
        }
        noteElement()
        bytes.append(tag.rawValue)
        begin(container)
    }

    private mutating func begin(_ container: Container) {
        frames.append(
            Frame(container: container, lengthOffset: bytes.count, firstOffset: offsets.count))
        append(littleEndian: UInt32(0))
        append(littleEndian: UInt32(0))
    }

    private mutating func endFrame() -> Frame {
        guard let frame = frames.popLast() else { preconditionFailure("nothing is open") }
        return frame
    }

    /// Writes a map's count and table, names rising; of several entries with one name the last
    /// stays.
    ///
    /// - Returns: The AWS size of the attributes, without the map's own overhead.
    private mutating func writeMapTable(_ frame: Frame) -> Int {
        let bodyStart = frame.lengthOffset + 4
        var size = frame.sizeBytes
        var kept = frame.firstOffset
        sortEntries(from: frame.firstOffset)
        for index in frame.firstOffset..<offsets.count {
            let isReplaced =
                index + 1 < offsets.count && compareNames(offsets[index], offsets[index + 1]) == 0
            if isReplaced {
                size -= valueSize(ofEntryAt: offsets[index])
                continue
            }
            size += nameCount(ofEntryAt: offsets[index])
            offsets[kept] = offsets[index]
            kept += 1
        }
        let count = kept - frame.firstOffset
        for offset in offsets[frame.firstOffset..<kept] {
            append(littleEndian: UInt32(offset - bodyStart))
        }
        offsets.removeLast(offsets.count - frame.firstOffset)
        patch(UInt32(count), at: bodyStart)
        if case .map = frame.container { size += count * ItemSize.elementOverheadBytes }
        return size
    }

    /// Sorts by name, then by arrival. Insertion, because objects are small and often sorted.
    private mutating func sortEntries(from first: Int) {
        let count = offsets.count - first
        if count > 24 {
            let sorted = offsets[first...].sorted {
                let order = compareNames($0, $1)
                return order != 0 ? order < 0 : $0 < $1
            }
            offsets.replaceSubrange(first..., with: sorted)
            return
        }
        guard count > 1 else { return }
        for index in (first + 1)..<offsets.count {
            let entry = offsets[index]
            var place = index
            while place > first, compareNames(offsets[place - 1], entry) > 0 {
                offsets[place] = offsets[place - 1]
                place -= 1
            }
            offsets[place] = entry
        }
    }

    private func compareNames(_ left: Int, _ right: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            var leftReader = StoredReader(bytes, offset: left)
            var rightReader = StoredReader(bytes, offset: right)
            return compareBytes(leftReader.readLengthPrefixed(), rightReader.readLengthPrefixed())
        }
    }

    private func nameCount(ofEntryAt offset: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            var reader = StoredReader(bytes, offset: offset)
            return reader.readVarint()
        }
    }

    private func valueSize(ofEntryAt offset: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            var reader = StoredReader(bytes, offset: offset)
            _ = reader.readLengthPrefixed()
            return reader.readValue().sizeBytes
        }
    }

    // MARK: Bytes

    /// Notes where a list's next element begins; other containers have noted it themselves.
    private mutating func noteElement() {
        if case .list = frames.last?.container { offsets.append(bytes.count) }
    }

    private mutating func addSize(_ size: Int) {
        if !frames.isEmpty { frames[frames.count - 1].sizeBytes += size }
    }

    private mutating func append(varint value: Int) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(littleEndian word: UInt32) {
        withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func patch(_ word: UInt32, at offset: Int) {
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
    }

    private mutating func patchLength(_ frame: Frame) {
        patch(UInt32(bytes.count - frame.lengthOffset - 4), at: frame.lengthOffset)
    }
}
