// Unsafe pointers: bytes are lent to closures within `withBytes` alone.

/// Items of an answer, one behind the other: a page of a query costs a few arrays, not an array an
/// item.
///
/// An item that is taken out shares its array. The arrays are small, so that a program that keeps
/// one item of a page does not keep the page.
public struct EncodedItemList: Sendable {
    /// Stored items without gaps, no item in two arrays.
    private var full: [[UInt8]] = []
    /// The array after `full`, which takes the next item if there is room.
    private var open: [UInt8] = []
    private var places: [Place] = []

    private struct Place {
        /// An index of `full`, or its count for `open`.
        var array: UInt32
        var start: UInt32
        var end: UInt32
    }

    /// Items go into one array up to here; a larger item has an array to itself.
    static let arraySizeBytes = 32 << 10
    private static let firstArraySizeBytes = 2 << 10
    private static let firstItemCount = 16

    package init() {}

    public init(_ items: some Sequence<EncodedItem>) {
        for item in items { item.withView { append($0) } }
    }

    package mutating func append(_ view: ItemView) {
        makeRoom(view.bytes.count)
        let start = open.count
        open.append(contentsOf: view.bytes)
        places.append(
            Place(array: UInt32(full.count), start: UInt32(start), end: UInt32(open.count)))
    }

    /// Leaves `open` with room for as many bytes.
    private mutating func makeRoom(_ count: Int) {
        var needed = open.count + count
        if needed > Self.arraySizeBytes, !open.isEmpty {
            full.append(open)
            open = []
            needed = count
        }
        if needed <= open.capacity { return }
        if places.isEmpty { places.reserveCapacity(Self.firstItemCount) }
        // A list that has filled an array is likely to fill another.
        let usual =
            full.isEmpty
            ? Swift.max(Self.firstArraySizeBytes, 4 * open.capacity) : Self.arraySizeBytes
        open.reserveCapacity(Swift.max(needed, Swift.min(usual, Self.arraySizeBytes)))
    }

    /// Lends the item at a place without a copy.
    package func withView<Result, Failure: Error>(
        at index: Int, _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try shared(at: index).withBytes { raw throws(Failure) in try body(ItemView(raw)) }
    }

    private func shared(at index: Int) -> SharedBytes {
        let place = places[index]
        let array = place.array < full.count ? full[Int(place.array)] : open
        return SharedBytes(array, Int(place.start)..<Int(place.end))
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
