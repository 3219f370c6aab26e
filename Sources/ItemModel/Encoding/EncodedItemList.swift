// Unsafe pointers: `room` is the memory of `open`, and changes with it. Bytes are lent to closures within
// `withBytes` alone.

/// Items of an answer, one behind the other: a page of a query costs a few allocations, not one an item.
///
/// An item that is taken out shares its memory. There are many small memories and not one large one, so
/// that a program that keeps one item of a page does not keep the page.
///
/// `@unchecked Sendable`: memory is written through the only reference to it.
public struct EncodedItemList: @unchecked Sendable {
    /// Stored items without gaps, no item in two of them.
    private var full: [ItemBytes] = []
    /// The memory after `full`, which takes the next item if there is room.
    private var open: ItemBytes?
    /// The memory of `open`.
    private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// How much of it is used, in bytes.
    private var openCount = 0
    private var places: [Place] = []

    private struct Place {
        /// An index of `full`, or its count for `open`.
        var memory: UInt32
        var start: UInt32
        var end: UInt32
    }

    /// Items go into one memory up to here; a larger item has one to itself.
    static let memorySizeBytes = 32 << 10
    private static let firstMemorySizeBytes = 2 << 10
    private static let firstItemCount = 16

    package init() {}

    public init(_ items: some Sequence<EncodedItem>) {
        var pool = ItemBytesPool()
        for item in items { item.withView { append($0, from: &pool) } }
    }

    /// - Parameter pool: where memory comes from, and is kept for others when it is full.
    package mutating func append(_ view: ItemView, from pool: inout ItemBytesPool) {
        let count = view.bytes.count
        // Behind what copies of this list and their items read, only one list may write.
        if openCount + count > room.count || !isKnownUniquelyReferenced(&open) {
            replaceOpen(count, from: &pool)
        }
        let end = openCount + count
        UnsafeMutableRawBufferPointer(rebasing: room[openCount..<end]).copyMemory(from: view.bytes)
        places.append(
            Place(memory: UInt32(full.count), start: UInt32(openCount), end: UInt32(end)))
        openCount = end
    }

    /// Lets the pool keep what is not full either. No item may be appended after.
    package func finish(_ pool: inout ItemBytesPool) {
        if let open { pool.keep(open) }
    }

    /// Puts memory that has room for as many bytes, and that nobody else refers to, in the place of
    /// `open`.
    @inline(never)
    private mutating func replaceOpen(_ count: Int, from pool: inout ItemBytesPool) {
        let other: ItemBytes
        if let open, openCount + count <= Self.memorySizeBytes {
            let enough = Swift.max(openCount + count, 4 * room.count)
            other = enough < Self.memorySizeBytes ? .make(sizeBytes: enough) : pool.take()
            other.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<openCount]))
            withExtendedLifetime(open) {}
        } else if let open {
            full.append(open)
            pool.keep(open)
            openCount = 0
            other = count > Self.memorySizeBytes ? .make(sizeBytes: count) : pool.take()
        } else {
            places.reserveCapacity(Self.firstItemCount)
            other = .make(sizeBytes: Swift.max(count, Self.firstMemorySizeBytes))
        }
        room = other.memory
        open = other
    }

    /// Lends the item at a place without a copy.
    package func withView<Result, Failure: Error>(
        at index: Int, _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try shared(at: index).withBytes { raw throws(Failure) in try body(ItemView(raw)) }
    }

    private func shared(at index: Int) -> SharedBytes {
        let place = places[index]
        let memory = place.memory < full.count ? full[Int(place.memory)] : open
        guard let memory else { preconditionFailure("a place without memory") }
        return SharedBytes(memory, Int(place.start)..<Int(place.end))
    }
}

extension EncodedItemList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(index: Int) -> EncodedItem { EncodedItem(stored: shared(at: index)) }
}

extension EncodedItemList: Hashable {
    public static func == (left: EncodedItemList, right: EncodedItemList) -> Bool {
        left.elementsEqual(right)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for item in self { hasher.combine(item) }
    }
}
