// Unsafe pointers: bytes are lent from the window's own buffer until it moves.

/// What a walk over a table has read beyond the block it asked for.
///
/// Each read is a system call; a walk in either direction makes one for many blocks. The first two
/// reads take what was asked for and no more, since a walk may be short: of one that only crosses
/// from a block into the next, all that was read ahead would be in vain. From the third on the
/// window doubles up to its limit. Not thread-safe.
final class ReadAheadWindow {
    static let limitBytes = 256 << 10
    private static let firstWindowBytes = 32 << 10

    /// The window a walk begins with; 0 until the walk has shown itself to be one.
    private let initialBytes: Int
    /// Made with the first read ahead, which a walk over blocks in the cache never comes to.
    private var buffer: OutputBuffer?
    /// Where the table's data blocks end.
    private var end = 0
    private var windowBytes = 0
    /// How many reads in a row came right after the one before.
    private var followingCount = 0
    private var start = 0
    /// What was asked for last.
    private var last = 0..<0

    /// - Parameter readsAll: Whether the walk is known to be long, as a compaction's is.
    init(readsAll: Bool) { initialBytes = readsAll ? Self.limitBytes : 0 }

    /// Forgets what was read; the next bytes come from another table.
    func begin(dataEnd: Int) {
        end = dataEnd
        windowBytes = initialBytes
        followingCount = 0
        start = 0
        last = 0..<0
        buffer?.removeAll()
    }

    /// The bytes of a block and its trailer, read with what lies ahead; nil where nothing says that
    /// the walk goes on, or the file ends early, and the caller is to read the block alone.
    func bytes(at offset: Int, count: Int, in handle: any FileHandle)
        throws(FilesystemError) -> UnsafeRawBufferPointer?
    {
        let wanted = offset..<offset + count
        let (before, isFirst) = (last, last.isEmpty)
        last = wanted
        if let held = held(wanted) { return held }
        // Blocks in the cache between the two are stepped over.
        let isForward =
            offset >= before.upperBound
            && offset - before.upperBound <= Self.firstWindowBytes
        let isBackward =
            wanted.upperBound <= before.lowerBound
            && before.lowerBound - wanted.upperBound <= Self.firstWindowBytes
        if isFirst {
            guard initialBytes > 0 else { return nil }
        } else if isForward || isBackward {
            followingCount += 1
            guard windowBytes > 0 || followingCount > 1 else { return nil }
            windowBytes = min(max(2 * windowBytes, Self.firstWindowBytes), Self.limitBytes)
        } else {
            followingCount = 0
            windowBytes = initialBytes
            if windowBytes == 0 { return nil }
        }
        let size = max(windowBytes, count)
        let from = isBackward ? max(0, wanted.upperBound - size) : offset
        let to =
            isBackward
            ? wanted.upperBound : max(min(end, offset + size), offset + count)
        try fill(from..<to, in: handle)
        return held(wanted)
    }

    private func held(_ wanted: Range<Int>) -> UnsafeRawBufferPointer? {
        guard let buffer, wanted.lowerBound >= start,
            wanted.upperBound <= start + buffer.count
        else { return nil }
        let place = wanted.lowerBound - start
        return UnsafeRawBufferPointer(rebasing: buffer.bytes[place..<place + wanted.count])
    }

    private func fill(_ range: Range<Int>, in handle: any FileHandle) throws(FilesystemError) {
        let buffer = buffer ?? OutputBuffer(capacity: range.count)
        self.buffer = buffer
        buffer.removeAll()
        buffer.reserve(range.count)
        start = range.lowerBound
        let target = UnsafeMutableRawBufferPointer(start: buffer.base, count: range.count)
        buffer.extend(by: try handle.read(into: target, at: range.lowerBound))
    }
}
