// Unsafe pointers: bytes are lent by a reader for one call and copied.

/// A key or value as an inspection shows it: the first bytes and how many there are.
package struct InspectedBytes: Equatable, Sendable {
    package let count: Int
    package let prefix: [UInt8]

    init(_ bytes: UnsafeRawBufferPointer, limit: Int = .max) {
        count = bytes.count
        prefix = [UInt8](bytes.prefix(limit))
    }

    package init(_ bytes: [UInt8]) {
        count = bytes.count
        prefix = bytes
    }

    package var isWhole: Bool { prefix.count == count }
}
