// Unsafe pointers: a view borrows its bytes. Invariant: it is used only within the scope that
// lends them, and they hold what `ItemEncoder` wrote or `EncodedItem.validating` accepted.

/// The lent bytes of a stored item. Nothing is decoded before it is asked for.
package struct ItemView {
    package let bytes: UnsafeRawBufferPointer
    private let body: ContainerBody

    package init(_ bytes: UnsafeRawBufferPointer) {
        precondition(
            bytes.count >= StoredLayout.bodyOffset && bytes[0] == StoredLayout.version,
            "bytes that are no stored item")
        self.bytes = bytes
        body = ContainerBody(
            StoredLayout.slice(bytes, from: StoredLayout.bodyOffset, to: bytes.count))
    }

    /// The size by the service's rules, in bytes, from the header.
    package var sizeBytes: Int { StoredLayout.loadWord(bytes, at: StoredLayout.sizeOffset) }

    /// The count of attributes.
    package var count: Int { body.count }

    /// The attribute at a place in the order of the names' bytes.
    package func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        body.attribute(at: index)
    }

    package func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        body.value(named: name)
    }

    package func value(named name: String) -> ValueView? {
        body.value(named: name)
    }
}
