// Unsafe pointers: `write` lends the encoder's own array for the length of one closure and has made
// the room that the closure fills; sources are lent by the caller for one call and copied.

/// Builds a stored item in one pass, in the order in which the values come.
///
/// The hottest code of the module: the JSON reader, projections and updates drive it. It keeps its
/// memory from one item to the next, so that an item costs one allocation, that of the finished
/// copy, and none where `withView` serves.
///
/// Use: `beginItem`, then for each attribute `beginAttribute` and one value, then `endItem`, then
/// `take` or `withView`. A value is one call, or `begin…` and `end…` with members between: values
/// in a list, attributes in a map, scalars of the member type in a set. Calls out of this order
/// are programming errors and stop the program. After a throw the item is lost; `beginItem`
/// starts the next.
///
/// An attribute name that comes again replaces the value that came before, as in the service's
/// reading of JSON.
package struct ItemEncoder: Sendable {
    /// What is being built, and where it began.
    struct Frame {
        var type: AttributeType
        /// The place of the body's count.
        var bodyStart: Int
        /// The first of this container's entries in `offsets`.
        var firstOffset: Int
        /// The size by the service's rules of what is inside so far.
        var size: Int
    }

    /// The bytes written are the first `length`; the rest is room. An array that is longer than its
    /// content lets a whole value be written under one check for uniqueness, where appending part
    /// by part costs several.
    var storage: [UInt8]
    var length = 0
    /// Offsets of the entries of all open containers, outermost first.
    var offsets: [UInt32] = []
    /// The open containers around `frame`.
    private var frames: [Frame] = []
    private var frame = Frame(type: .map, bodyStart: 0, firstOffset: 0, size: 0)
    private var isOpen = false
    private var isNameWritten = false
    private var isFinished = false
    private var isTooDeep = false

    private static let initialCapacity = 2048

    package init() {
        storage = [UInt8](repeating: 0, count: Self.initialCapacity)
        offsets.reserveCapacity(64)
        frames.reserveCapacity(8)
    }

    /// The level of the values that are written now: 1 in the item itself.
    private var level: Int { frames.count + 1 }

    /// Forgets what was built and keeps the memory.
    package mutating func reset() {
        length = 0
        offsets.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        isOpen = false
        isNameWritten = false
        isFinished = false
        isTooDeep = false
    }

    // MARK: Items and attributes

    package mutating func beginItem() {
        reset()
        frame = Frame(type: .map, bodyStart: StoredLayout.bodyOffset, firstOffset: 0, size: 0)
        isOpen = true
        storage[0] = StoredLayout.version
        // The size and the count follow when the item ends.
        length = StoredLayout.bodyOffset + StoredLayout.countBytes
    }

    /// Starts an attribute of the item or of the map that is open; one value must follow.
    package mutating func beginAttribute(name: UnsafeRawBufferPointer) {
        precondition(
            isOpen && frame.type == .map && !isNameWritten, "an attribute where none can be")
        isNameWritten = true
        pushOffset()
        // An element's overhead is counted in maps, not in the item itself.
        frame.size += name.count + (frames.isEmpty ? 0 : ItemSize.elementOverhead)
        writeCounted(name, tag: nil)
    }

    /// Throws: `ItemError` when something in the item lies deeper than the service nests.
    package mutating func endItem() throws(ItemError) {
        precondition(isOpen && frames.isEmpty, "an item that ends inside a list, map or set")
        if isTooDeep { throw .nestedTooDeep }
        finishBody()
        store(UInt32(frame.size), at: StoredLayout.sizeOffset)
        isOpen = false
        isFinished = true
    }

    /// The finished item, in one allocation of just its size.
    package func take() -> EncodedItem {
        withView { EncodedItem(copying: $0) }
    }

    /// Lends the finished item.
    package func withView<Result, Failure: Error>(
        _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(isFinished, "an item that has not ended")
        return try storage.span.bytes.withUnsafeBytes { bytes throws(Failure) in
            try body(ItemView(StoredLayout.slice(bytes, from: 0, to: length)))
        }
    }

    // MARK: Scalars

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

    // MARK: Lists, maps and sets

    package mutating func beginList() throws(ItemError) {
        try beginContainer(.list)
    }

    package mutating func endList() {
        endContainer(.list)
    }

    package mutating func beginMap() throws(ItemError) {
        try beginContainer(.map)
    }

    package mutating func endMap() {
        endContainer(.map)
    }

    /// - Parameter type: `.stringSet`, `.numberSet` or `.binarySet`.
    package mutating func beginSet(_ type: AttributeType) {
        precondition(type.isSet, "a set of a type that is none")
        openFrame(type)
    }

    /// Throws: `ItemError` when the set is empty or holds a member twice.
    package mutating func endSet() throws(ItemError) {
        precondition(frame.type.isSet, "the end of a set that is not open")
        if offsets.count == frame.firstOffset { throw .emptySet(frame.type) }
        if sortEntries(frame) { throw duplicateMembers(frame) }
        endContainer(frame.type)
    }

    private mutating func beginContainer(_ type: AttributeType) throws(ItemError) {
        precondition(!frame.type.isSet, "a list or map in a set")
        if level > StoredLayout.maximumLevel { throw .nestedTooDeep }
        openFrame(type)
    }

    private mutating func openFrame(_ type: AttributeType) {
        beginValue()
        // The length and the count follow when the container ends.
        write(reserving: 9) { target in
            target.storeBytes(of: type.rawValue, as: UInt8.self)
            return 9
        }
        frames.append(frame)
        frame = Frame(type: type, bodyStart: length - 4, firstOffset: offsets.count, size: 0)
    }

    private mutating func endContainer(_ type: AttributeType) {
        guard frame.type == type, let outer = frames.popLast() else {
            preconditionFailure("the end of a container that is not open")
        }
        // A list or map on the last level may stand there, but nothing in it.
        if frames.count >= StoredLayout.maximumLevel - 1, !type.isSet,
            offsets.count > frame.firstOffset
        {
            isTooDeep = true
        }
        finishBody()
        store(UInt32(length - frame.bodyStart), at: frame.bodyStart - 4)
        let size = frame.size + (type.isSet ? 0 : ItemSize.containerOverhead)
        frame = outer
        frame.size += size
    }

    /// Sorts a map's table; writes the table and the count.
    private mutating func finishBody() {
        precondition(!isNameWritten, "an attribute without a value")
        if frame.type == .map, sortEntries(frame) {
            frame.size -= removeReplacedEntries(frame)
        }
        let first = frame.firstOffset
        let count = offsets.count - first
        let tableBytes = count * StoredLayout.offsetBytes
        precondition(length + tableBytes <= UInt32.max, "an item of more than 4 GiB")
        if storage.count - length < tableBytes { grow(by: tableBytes) }
        Self.storeTable(offsets[first...], in: &storage, at: length, bodyStart: frame.bodyStart)
        length += tableBytes
        offsets.removeLast(count)
    }

    private static func storeTable(
        _ table: ArraySlice<UInt32>, in storage: inout [UInt8], at tableStart: Int, bodyStart: Int
    ) {
        storage.withUnsafeMutableBytes { bytes in
            precondition(
                bytes.count - tableStart >= table.count * StoredLayout.offsetBytes,
                "a table without room")
            bytes.storeBytes(
                of: UInt32(table.count).littleEndian, toByteOffset: bodyStart, as: UInt32.self)
            var place = tableStart
            for offset in table {
                bytes.storeBytes(of: offset.littleEndian, toByteOffset: place, as: UInt32.self)
                place += StoredLayout.offsetBytes
            }
        }
    }

    // MARK: Writing

    /// A scalar's place in its container. Returns its tag, or nil for a member of a set.
    @inline(__always)
    private mutating func beginScalar(_ type: AttributeType) -> AttributeType? {
        if frame.type == .map || frame.type == .list {
            beginValue()
            return type
        }
        precondition(frame.type.memberType == type, "a member of another type than the set's")
        pushOffset()
        return nil
    }

    @inline(__always)
    private mutating func beginValue() {
        if frame.type == .map {
            precondition(isNameWritten, "a value without a name")
            isNameWritten = false
        } else {
            precondition(frame.type == .list, "a value in a set that holds scalars")
            pushOffset()
            frame.size += ItemSize.elementOverhead
        }
    }

    @inline(__always)
    private mutating func pushOffset() {
        offsets.append(UInt32(length - frame.bodyStart))
    }

    @inline(__always)
    private mutating func writeCounted(_ bytes: UnsafeRawBufferPointer, tag: AttributeType?) {
        write(reserving: bytes.count + StoredLayout.maximumVarintBytes + 1) { target in
            var place = target
            if let tag { Self.put(tag.rawValue, &place) }
            var rest = bytes.count
            while rest >= 0x80 {
                Self.put(UInt8(truncatingIfNeeded: rest) | 0x80, &place)
                rest >>= 7
            }
            Self.put(UInt8(truncatingIfNeeded: rest), &place)
            if let source = bytes.baseAddress {
                place.copyMemory(from: source, byteCount: bytes.count)
            }
            return place + bytes.count - target
        }
    }

    private mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        write(reserving: bytes.count) { target in
            if let source = bytes.baseAddress {
                target.copyMemory(from: source, byteCount: bytes.count)
            }
            return bytes.count
        }
    }

    @inline(__always)
    private static func put(_ byte: UInt8, _ place: inout UnsafeMutableRawPointer) {
        place.storeBytes(of: byte, as: UInt8.self)
        place += 1
    }

    /// Lends `count` bytes of room behind what is written; `fill` returns how many it took.
    @inline(__always)
    private mutating func write(
        reserving count: Int, _ fill: (UnsafeMutableRawPointer) -> Int
    ) {
        if storage.count - length < count { grow(by: count) }
        let start = length
        let taken = storage.withUnsafeMutableBytes { bytes in
            // The array is never empty, so it has an address.
            bytes.baseAddress.map { fill($0 + start) } ?? 0
        }
        length = start + taken
    }

    @inline(__always)
    private mutating func store(_ word: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= storage.count, "a word outside of its bytes")
        storage.withUnsafeMutableBytes {
            $0.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
    }

    @inline(never)
    private mutating func grow(by count: Int) {
        let larger = max(storage.count * 2, length + count)
        storage.append(contentsOf: repeatElement(0, count: larger - storage.count))
    }
}
