// Unsafe pointers: the memory lies behind the object's header, does not move, and lives as long as the
// object. Who asks for it keeps the object; see SharedBytes.swift and EncodedItemList.swift for who
// reads and writes which part.

/// The memory of one or more stored items.
///
/// An object and its bytes in one allocation, as an array is, but one that tells whether anybody else
/// refers to it, and whose bytes are read without counting references. The header is their count.
final class ItemBytes: ManagedBuffer<Int, UInt8> {
    static func make(sizeBytes: Int) -> ItemBytes {
        unsafeDowncast(
            ItemBytes.create(minimumCapacity: sizeBytes) { _ in sizeBytes }, to: ItemBytes.self)
    }

    var memory: UnsafeMutableRawBufferPointer {
        withUnsafeMutablePointers { UnsafeMutableRawBufferPointer(start: $1, count: $0.pointee) }
    }
}

/// Memory of answers, for the answers to come once nobody reads them any more.
///
/// Memory that is freed and allocated again page by page goes back to the system in between, and the
/// kernel's first touch of it then costs more than the copy of the items. The pool holds on to what it
/// was given while that is still read, and lends it again when it has the only reference.
package struct ItemBytesPool {
    /// What two pages of items of some 400 B fill, since a program that goes through pages often holds
    /// the last one while the next is made: each is 1 MB by the service's count, which leaves out the
    /// tables of offsets.
    static let limit = (3 << 20) / EncodedItemList.memorySizeBytes
    /// How many are looked at for one that nobody reads, before memory is allocated.
    private static let tryLimit = 4

    /// Those that were not looked at for longest first.
    private var members: [ItemBytes] = []

    package init() {}

    /// Memory of the usual size.
    mutating func take() -> ItemBytes {
        for _ in 0..<min(members.count, Self.tryLimit) {
            if isKnownUniquelyReferenced(&members[0]) { return members.removeFirst() }
            members.append(members.removeFirst())
        }
        return .make(sizeBytes: EncodedItemList.memorySizeBytes)
    }

    /// Holds on to memory that is no longer written, if it is of the usual size.
    mutating func keep(_ bytes: ItemBytes) {
        if bytes.memory.count != EncodedItemList.memorySizeBytes { return }
        // What is still read after so many others may be read for long.
        if members.count == Self.limit { members.removeFirst() }
        members.append(bytes)
    }
}
