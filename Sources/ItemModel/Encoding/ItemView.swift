// Unsafe pointers: a view is bytes that somebody lends, valid only inside the scope that lends them.

/// A stored item, lent.
///
/// ## Form
///     version    u8    1
///     size       u32   the AWS size of the item in bytes
///     map body   as in ``ValueView``
package struct ItemView {
    package static let version: UInt8 = 1
    package static let headerSizeBytes = 5
    /// The smallest item: header, count 0, no table.
    static let emptySizeBytes = headerSizeBytes + 4

    /// The whole stored item.
    package let bytes: UnsafeRawBufferPointer

    @inline(__always)
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The AWS size, from the header.
    package var sizeBytes: Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }

    @inline(__always)
    private var body: MapBody {
        MapBody(UnsafeRawBufferPointer(rebasing: bytes[Self.headerSizeBytes...]))
    }

    /// How many attributes the item has.
    package var count: Int { body.count }

    /// An attribute, in the order of names.
    package func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        body.attribute(at: index)
    }

    /// The value of an attribute.
    package func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        body.value(named: name)
    }

    /// The value of an attribute.
    package func value(named name: String) -> ValueView? {
        var name = name
        return name.withUTF8 { value(named: UnsafeRawBufferPointer($0)) }
    }

    /// Semantic equality of two items.
    package static func areEqual(_ left: ItemView, _ right: ItemView) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count {
            let (leftName, leftValue) = left.attribute(at: index)
            let (rightName, rightValue) = right.attribute(at: index)
            if compareBytes(leftName, rightName) != 0 { return false }
            if !ValueView.areEqual(leftValue, rightValue) { return false }
        }
        return true
    }
}
