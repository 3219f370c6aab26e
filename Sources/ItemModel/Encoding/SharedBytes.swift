// Unsafe pointers: bytes are lent to closures within `withUnsafeBytes` alone.

/// A part of an array that others may share. Passing it on counts one reference and copies nothing.
///
/// It keeps the whole array; who hands out parts of one sees to it that the array is small. See
/// ``EncodedItemList``.
struct SharedBytes: Sendable {
    let array: [UInt8]
    private let start: UInt32
    private let end: UInt32

    init(_ array: [UInt8]) {
        self.init(array, 0..<array.count)
    }

    /// - Parameter part: within the array.
    @inline(__always)
    init(_ array: [UInt8], _ part: Range<Int>) {
        precondition(
            part.lowerBound >= 0 && part.upperBound <= array.count, "a part outside of its bytes")
        precondition(part.upperBound <= UInt32.max, "bytes beyond 4 GiB")
        self.array = array
        start = UInt32(truncatingIfNeeded: part.lowerBound)
        end = UInt32(truncatingIfNeeded: part.upperBound)
    }

    /// The array itself where it holds nothing else, or else a copy.
    var bytes: [UInt8] {
        start == 0 && end == array.count ? array : Array(array[Int(start)..<Int(end)])
    }

    /// All but the first bytes.
    func dropFirst(_ count: Int) -> SharedBytes {
        SharedBytes(array, Int(start) + count..<Int(end))
    }

    @inline(__always)
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try array.span.bytes.withUnsafeBytes { whole throws(Failure) in
            try body(StoredLayout.slice(whole, from: Int(start), to: Int(end)))
        }
    }
}
