// Unsafe pointers: `start` and the `count` bytes from it are within the memory of `owner`, which stays
// where it is; they were written before this value was made and are not written again while it lives.

/// A part of the memory of items, which others may share. Passing it on counts one reference and
/// copies nothing, and reading it does not even count.
///
/// It keeps all of the memory; who hands out parts sees to it that there is little: see
/// ``EncodedItemList``. `@unchecked Sendable`: see above, nobody writes.
struct SharedBytes: @unchecked Sendable {
    let owner: ItemBytes?
    private let start: UnsafeRawPointer?
    private let count: UInt32

    static let none = SharedBytes()

    private init() {
        owner = nil
        start = nil
        count = 0
    }

    init(copying bytes: UnsafeRawBufferPointer) {
        let owner = ItemBytes.make(sizeBytes: bytes.count)
        owner.memory.copyMemory(from: bytes)
        self.init(owner, 0..<bytes.count)
    }

    /// - Parameter part: what was written and will not be again.
    @inline(__always)
    init(_ owner: ItemBytes, _ part: Range<Int>) {
        self.init(
            owner,
            StoredLayout.slice(
                UnsafeRawBufferPointer(owner.memory), from: part.lowerBound, to: part.upperBound))
    }

    @inline(__always)
    private init(_ owner: ItemBytes?, _ bytes: UnsafeRawBufferPointer) {
        self.owner = owner
        start = bytes.baseAddress
        count = UInt32(bytes.count)
    }

    var isEmpty: Bool { count == 0 }

    /// All but the first bytes.
    func dropFirst(_ dropped: Int) -> SharedBytes {
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(count))
        return SharedBytes(owner, StoredLayout.slice(bytes, from: dropped, to: bytes.count))
    }

    @inline(__always)
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(UnsafeRawBufferPointer(start: start, count: Int(count)))
    }
}
