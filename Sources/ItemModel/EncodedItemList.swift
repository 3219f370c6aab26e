// Unsafe pointers: views are lent from this value's own array for the length of a closure.

/// Items in their stored form, one behind the other in one buffer: the page of a query.
public struct EncodedItemList: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    public init(_ items: [EncodedItem]) {
        for item in items { item.withView { append($0) } }
    }

    package mutating func append(_ view: ItemView) {
        bytes.append(contentsOf: view.bytes)
        ends.append(bytes.count)
    }

    package func withView<Result, Failure: Error>(
        at index: Int, _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
        return try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
            let item = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[range]))
            return try body(ItemView(item))
        }
    }
}

extension EncodedItemList: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { ends.count }
    public subscript(position: Int) -> EncodedItem {
        withView(at: position) { EncodedItem(copying: $0) }
    }
}

extension EncodedItemList: Hashable {
    public static func == (left: EncodedItemList, right: EncodedItemList) -> Bool {
        left.elementsEqual(right)
    }

    public func hash(into hasher: inout Hasher) {
        for item in self { hasher.combine(item) }
    }
}
