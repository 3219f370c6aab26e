// Unsafe pointers: names are lent by the caller for one call and copied; `withView` lends the
// encoder's own array for the length of one closure.

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
    var frame = Frame(type: .map, bodyStart: 0, firstOffset: 0, size: 0)
    private var isOpen = false
    var isNameWritten = false
    private var isFinished = false
    var isTooDeep = false
    private var hasRefusedName = false

    private static let initialCapacity = 2048
    /// Source: AWS, "Quotas in Amazon DynamoDB", attribute names: at most 64 KB.
    private static let nameLimitBytes = 65_535

    package init() {
        storage = [UInt8](repeating: 0, count: Self.initialCapacity)
        offsets.reserveCapacity(64)
        frames.reserveCapacity(8)
    }

    /// The level of the values that are written now: 1 in the item itself.
    var level: Int { frames.count + 1 }

    /// Forgets what was built and keeps the memory.
    package mutating func reset() {
        length = 0
        offsets.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        isOpen = false
        isNameWritten = false
        isFinished = false
        isTooDeep = false
        hasRefusedName = false
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
        if name.isEmpty || name.count > Self.nameLimitBytes { hasRefusedName = true }
        pushOffset()
        // An element's overhead is counted in maps, not in the item itself.
        frame.size += name.count + (frames.isEmpty ? 0 : ItemSize.elementOverhead)
        writeCounted(name, tag: nil)
    }

    /// Throws: `ItemError` when something in the item lies deeper than the service nests, or a name is
    /// empty or longer than it takes.
    package mutating func endItem() throws(ItemError) {
        precondition(isOpen && frames.isEmpty, "an item that ends inside a list, map or set")
        if isTooDeep { throw .nestedTooDeep }
        if hasRefusedName { throw .refusedName }
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
}
