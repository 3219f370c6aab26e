// Unsafe pointers: bytes are lent to closures within `withUnsafeBytes` alone.

/// Items of an answer, one behind the other in one buffer: a page of a query costs a few growths
/// of one array, not an array an item.
public struct EncodedItemList: Sendable {
    /// The stored items without gaps.
    private var bytes: [UInt8] = []
    /// Where each item ends in `bytes`.
    private var ends: [Int] = []

    package init() {}

    public init(_ items: some Sequence<EncodedItem>) {
        for item in items { item.withView { append($0) } }
    }

    package mutating func append(_ view: ItemView) {
        bytes.append(contentsOf: view.bytes)
        ends.append(bytes.count)
    }

    package mutating func reserveCapacity(bytes byteCount: Int, items: Int) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(items)
    }

    package mutating func removeAll(keepingCapacity: Bool = false) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        ends.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Lends the item at a place without a copy.
    package func withView<Result, Failure: Error>(
        at index: Int, _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = range(of: index)
        return try bytes.span.bytes.withUnsafeBytes { raw throws(Failure) in
            try body(
                ItemView(
                    StoredLayout.slice(raw, from: range.lowerBound, to: range.upperBound)))
        }
    }

    private func range(of index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}

extension EncodedItemList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { ends.count }

    public subscript(index: Int) -> EncodedItem {
        EncodedItem(stored: [UInt8](bytes[range(of: index)]))
    }
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
