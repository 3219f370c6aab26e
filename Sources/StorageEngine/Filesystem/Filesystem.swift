// Unsafe pointers: in signatures alone; buffers are lent for the length of one call.

/// Everything the engine asks of a disk.
///
/// The engine reaches files through this protocol alone, so that a test can put a simulated disk in
/// its place that forgets what was not synced, tears the last write, and fails at the n-th call.
///
/// ## What a crash may undo
/// - Bytes written since the last ``FileHandle/sync()`` of that file, in whole or in part.
/// - Names created, linked, renamed or removed since the last ``syncFolder(_:)`` of their folder.
///
/// An implementation calls nothing back and may block.
public protocol Filesystem: Sendable {
    /// Creates the folder and any missing parent, and makes the names it creates durable; a folder
    /// that exists already is not an error.
    func createFolder(_ path: String) throws(FilesystemError)

    /// The names inside a folder, in no order, without `.` and `..`.
    func list(_ folder: String) throws(FilesystemError) -> [String]

    /// Opens a file.
    func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle

    /// Renames a file and replaces what stood under the new name, atomically for readers.
    func rename(_ from: String, to: String) throws(FilesystemError)

    /// Gives a file a second name, under which it stays when the first is removed (link).
    ///
    /// Fails with `EEXIST` where the name is taken, and with `EXDEV`, `EPERM`, `EOPNOTSUPP` or
    /// `EMLINK` where the file can not have that name though a copy could.
    func link(_ from: String, to: String) throws(FilesystemError)

    /// Removes a file's name; open handles stay usable.
    func remove(_ path: String) throws(FilesystemError)

    /// Makes creations, links, renames and removals inside the folder durable (fsync of the directory).
    func syncFolder(_ path: String) throws(FilesystemError)

    /// How many more bytes the files of a folder may take, as far as this process is concerned; nil
    /// where that is not known.
    func availableBytes(in folder: String) -> Int?

    /// Takes the exclusive lock that keeps a second engine out of a folder.
    ///
    /// - Returns: The lock, or nil where another holder has it. The lock ends when it is released
    ///   or when its process dies.
    func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)?
}

extension Filesystem {
    public func availableBytes(in folder: String) -> Int? { nil }

    /// Returns when the folder's own name is on stable storage.
    ///
    /// Not only for a folder that was just created: one that was there before may come from a process
    /// that died before it synced the name.
    func syncName(ofFolder folder: String) throws(FilesystemError) {
        var parts = folder.split(separator: "/")
        _ = parts.popLast()
        let parent = (folder.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        try syncFolder(parent.isEmpty ? "." : parent)
    }
}

/// How a file is opened.
public enum OpenMode: Sendable {
    /// An existing file, for reads only.
    case read
    /// A new empty file, for writes and reads; fails with `EEXIST` where the name is taken.
    case create
    /// An existing file, for writes and reads.
    case update
}

/// An open file. Reads and writes name their offset, so a handle has no position to share.
public protocol FileHandle: AnyObject, Sendable {
    /// Reads up to `buffer.count` bytes from `offset`.
    ///
    /// - Returns: The bytes read; fewer than asked for only where the file ends.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FilesystemError)
        -> Int

    /// Writes all of `bytes` at `offset`, extending the file where needed.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError)

    /// Whether ``openWindow(_:)`` may say yes.
    var hasWindows: Bool { get }

    /// Makes the writes that follow inside a range cheap, by keeping it in memory; a hint that changes
    /// nothing of what they do.
    ///
    /// From then on one thread at a time writes.
    ///
    /// - Parameter range: Bytes of the file that exist. It takes the place of the range before; an
    ///   empty one only ends that.
    /// - Returns: Whether writes inside the range are cheap now.
    func openWindow(_ range: Range<Int>) -> Bool

    /// Returns when every byte written before the call is on stable storage (fdatasync).
    func sync() throws(FilesystemError)

    /// The file's length in bytes.
    func size() throws(FilesystemError) -> Int
}

extension FileHandle {
    // For files whose writes are cheap anyway, or can not be made so.
    public var hasWindows: Bool { false }
    public func openWindow(_ range: Range<Int>) -> Bool { false }
}

/// A held folder lock.
public protocol FolderLock: AnyObject, Sendable {
    /// Gives the lock back; calling it again does nothing.
    func release()
}

/// A file operation that failed.
public struct FilesystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The `errno` of the call.
    public let code: Int32
    /// The call that failed, for example "fdatasync".
    public let operation: String
    /// The file or folder it was asked for.
    public let path: String

    public init(code: Int32, operation: String, path: String) {
        self.code = code
        self.operation = operation
        self.path = path
    }

    /// Whether it is that of a folder's sync that was tried, and not of opening the folder for it or of
    /// its room.
    func isFailedSync(ofFolder folder: String) -> Bool {
        path == folder && operation != "open" && operation != "statvfs"
    }
}
