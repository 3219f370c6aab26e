// Unsafe pointers: buffers are lent by the caller for the length of one system call; an entry of a
// folder is read before the next is asked for.

internal import CKvdShims
internal import Glibc

/// The operating system's files.
public struct POSIXFilesystem: Filesystem {
    private static let nameOffset: Int = {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else {
            preconditionFailure("a field that is stored has an offset")
        }
        return offset
    }()

    public init() {}

    public func createFolder(_ path: String) throws(FilesystemError) {
        var partial = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            let parent = partial.isEmpty ? "." : partial
            partial += partial.isEmpty || partial == "/" ? String(part) : "/" + part
            if mkdir(partial, 0o755) == 0 {
                try syncFolder(parent)
            } else if errno != EEXIST {
                throw FilesystemError(code: errno, operation: "mkdir", path: partial)
            }
        }
    }

    public func list(_ folder: String) throws(FilesystemError) -> [String] {
        guard let stream = opendir(folder) else {
            throw FilesystemError(code: errno, operation: "opendir", path: folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // Only errno tells an error from the end, and a log that is not listed is lost.
            errno = 0
            guard let entry = readdir(stream) else {
                if errno == 0 { return names }
                throw FilesystemError(code: errno, operation: "readdir", path: folder)
            }
            // A record ends with its name, so the whole of the field may reach past the last one.
            let name = String(
                cString: UnsafeRawPointer(entry).advanced(by: Self.nameOffset)
                    .assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
    }

    public func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .create: O_RDWR | O_CREAT | O_EXCL
            case .update: O_RDWR
            }
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FilesystemError(code: errno, operation: "open", path: path)
        }
        return POSIXFileHandle(descriptor: descriptor, path: path)
    }

    public func rename(_ from: String, to: String) throws(FilesystemError) {
        guard Glibc.rename(from, to) == 0 else {
            throw FilesystemError(code: errno, operation: "rename", path: to)
        }
    }

    public func link(_ from: String, to: String) throws(FilesystemError) {
        guard Glibc.link(from, to) == 0 else {
            throw FilesystemError(code: errno, operation: "link", path: to)
        }
    }

    public func remove(_ path: String) throws(FilesystemError) {
        guard unlink(path) == 0 else {
            throw FilesystemError(code: errno, operation: "unlink", path: path)
        }
    }

    public func syncFolder(_ path: String) throws(FilesystemError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FilesystemError(code: errno, operation: "open", path: path)
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw FilesystemError(code: errno, operation: "fsync", path: path)
        }
    }

    public func availableBytes(in folder: String) -> Int? {
        var disk = statvfs()
        // A filesystem that does not know its size says that it has none.
        guard statvfs(folder, &disk) == 0, disk.f_blocks > 0 else { return nil }
        let (bytes, isTooMany) = disk.f_bavail.multipliedReportingOverflow(by: disk.f_frsize)
        return isTooMany ? nil : Int(clamping: bytes)
    }

    public func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)? {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw FilesystemError(code: errno, operation: "open", path: path)
        }
        let code = kvd_lock_file(descriptor)
        if code == 0 { return POSIXFolderLock(descriptor: descriptor) }
        close(descriptor)
        if code == EAGAIN || code == EACCES { return nil }
        throw FilesystemError(code: code, operation: "fcntl", path: path)
    }
}

/// A file descriptor that closes itself.
private final class POSIXFileHandle: FileHandle {
    private let descriptor: Int32
    private let path: String
    // Only where writes come from one thread at a time, which whoever opens a window promises.
    private nonisolated(unsafe) var window: MappedWindow?
    // As `window`.
    private nonisolated(unsafe) var mayMap: Bool?

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FilesystemError)
        -> Int
    {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, offset + done)
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw FilesystemError(code: errno, operation: "pread", path: path)
            }
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {
        if let window {
            if window.store(bytes, at: offset) { return }
            self.window = nil
        }
        try writeByCall(bytes, at: offset)
    }

    var hasWindows: Bool {
        if let mayMap { return mayMap }
        let mayMap = kvd_may_map_window(descriptor) == 1
        self.mayMap = mayMap
        return mayMap
    }

    func openWindow(_ range: Range<Int>) -> Bool {
        window = nil
        if range.isEmpty || !hasWindows { return false }
        window = MappedWindow(descriptor: descriptor, range: range)
        return window != nil
    }

    private func writeByCall(
        _ bytes: UnsafeRawBufferPointer, at offset: Int
    ) throws(FilesystemError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
            if count > 0 {
                done += count
            } else if count == 0 {
                // Or this would go on for ever.
                throw FilesystemError(code: EIO, operation: "pwrite", path: path)
            } else if errno != EINTR {
                throw FilesystemError(code: errno, operation: "pwrite", path: path)
            }
        }
    }

    func sync() throws(FilesystemError) {
        // EINTR is not retried: after any failed sync the kernel may have dropped the dirty pages,
        // so a second call that succeeds would prove nothing.
        guard fdatasync(descriptor) == 0 else {
            throw FilesystemError(code: errno, operation: "fdatasync", path: path)
        }
    }

    func size() throws(FilesystemError) -> Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            throw FilesystemError(code: errno, operation: "fstat", path: path)
        }
        return Int(information.st_size)
    }
}

/// Holds the descriptor that carries the lock.
private final class POSIXFolderLock: FolderLock {
    private let descriptor: Int32
    private let lock = Lock()
    // Guarded by `lock`; makes `release` safe to call again.
    private nonisolated(unsafe) var isHeld = true

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { release() }

    func release() {
        lock.withLock {
            if isHeld { close(descriptor) }
            isHeld = false
        }
    }
}

extension FilesystemError {
    public var description: String {
        "\(operation) of \(path) failed: \(String(cString: strerror(code))) (errno \(code))"
    }
}
