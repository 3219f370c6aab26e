// Unsafe pointers: bytes are lent to closures within `withBytes` alone.

/// An item as its stored bytes: what requests carry and answers return.
///
/// Two items are equal when they are the same document, whatever the order in which their
/// attributes came.
public struct EncodedItem: Sendable {
    /// The stored form that `StoredLayout` draws.
    let shared: SharedBytes

    /// Encodes and validates.
    ///
    /// Throws: `ItemError` with the service's message for a set that is empty or holds a member
    /// twice, and for lists and maps that nest too deep. The limit of 400 KB is the table's.
    public init(_ item: Item) throws(ItemError) {
        var encoder = ItemEncoder()
        encoder.beginItem()
        for (name, value) in item {
            encoder.beginAttribute(name: name)
            try encoder.encode(value)
        }
        try encoder.endItem()
        self = encoder.take()
    }

    package init(copying view: ItemView) {
        shared = SharedBytes(copying: view.bytes)
    }

    /// Copies bytes that `ItemEncoder` wrote or `validating` accepted.
    package init(stored bytes: [UInt8]) {
        shared = bytes.withUnsafeBytes { SharedBytes(copying: $0) }
    }

    /// Takes one of the items that share memory.
    init(stored shared: SharedBytes) {
        self.shared = shared
    }

    /// A copy of the stored form.
    package var bytes: [UInt8] { withView { [UInt8]($0.bytes) } }

    /// The item as a Swift value. It decodes an attribute when that is asked for, so that what
    /// nobody reads costs nothing. It keeps the memory that this item is in: see ``copied()``.
    public func decoded() -> Item {
        Item(storedBody: shared.dropFirst(StoredLayout.bodyOffset))
    }

    /// The same item in memory of its own size.
    ///
    /// Items of one answer share memory in pieces of at most 32 KiB, and one item keeps its piece. A
    /// program that keeps a few small items of many answers for long keeps copies instead.
    public func copied() -> EncodedItem { withView { EncodedItem(copying: $0) } }

    /// The size by the service's rules, in bytes; the count that limits and capacity units use.
    public var sizeBytes: Int {
        withView { $0.sizeBytes }
    }

    /// The count of attributes.
    public var count: Int {
        withView { $0.count }
    }

    package func withView<Result, Failure: Error>(
        _ body: (ItemView) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try shared.withBytes { raw throws(Failure) in try body(ItemView(raw)) }
    }

    /// Whether these bytes, from wherever, are a stored item: every length, offset, order, number
    /// and the size in the header. Never reads outside, never stops the program. The one thing
    /// left unchecked is that texts are UTF-8; a view does not depend on it.
    package static func validating(_ bytes: UnsafeRawBufferPointer) -> Bool {
        StructuralCheck.isStoredItem(bytes)
    }
}

extension EncodedItem: Hashable, CustomStringConvertible {
    public static func == (left: EncodedItem, right: EncodedItem) -> Bool {
        left.withView { a in right.withView { b in ItemView.areEqual(a, b) } }
    }

    public func hash(into hasher: inout Hasher) {
        withView { $0.hash(into: &hasher) }
    }

    public var description: String { decoded().description }
}
