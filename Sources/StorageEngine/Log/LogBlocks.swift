// Unsafe pointers: blocks lie in this class's window and are lent until another window is read.

/// The blocks of a log or manifest file, read a window at a time: a file of any size takes the same
/// memory.
final class LogBlocks {
    private static let windowBytes = 16 * LogFormat.blockSizeBytes

    private let handle: any FileHandle
    private let window = OutputBuffer(capacity: windowBytes)
    private var windowStart = 0
    /// The file's size when it was opened, or less where it turned out to end earlier.
    private(set) var sizeBytes: Int

    init(_ handle: any FileHandle) throws(EngineError) {
        self.handle = handle
        sizeBytes = try onDisk { () throws(FilesystemError) in try handle.size() }
    }

    /// One block, or the part of it that the file has.
    struct Block {
        /// Where it lies in the file.
        let start: Int
        let bytes: UnsafeRawBufferPointer

        var end: Int { start + bytes.count }
    }

    /// The block that holds the byte at `offset`; empty where the file ends before.
    func block(holding offset: Int) throws(EngineError) -> Block {
        if offset < windowStart || offset >= windowStart + window.count {
            try readWindow(from: offset / Self.windowBytes * Self.windowBytes)
        }
        let start = offset / LogFormat.blockSizeBytes * LogFormat.blockSizeBytes
        let end = min(start + LogFormat.blockSizeBytes, windowStart + window.count)
        guard start < end else {
            return Block(start: start, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let range = start - windowStart..<end - windowStart
        return Block(start: start, bytes: UnsafeRawBufferPointer(rebasing: window.bytes[range]))
    }

    private func readWindow(from start: Int) throws(EngineError) {
        windowStart = start
        window.removeAll()
        let wanted = max(0, min(Self.windowBytes, sizeBytes - start))
        window.append(zeros: wanted)
        let (handle, target) = (
            handle, UnsafeMutableRawBufferPointer(start: window.base, count: wanted)
        )
        let count = try onDisk { () throws(FilesystemError) in
            try handle.read(into: target, at: start)
        }
        if count < wanted {
            window.truncate(to: count)
            sizeBytes = start + count
        }
    }
}
