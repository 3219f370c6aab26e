// Unsafe pointers: bytes are copied between the caller's lent buffer and pages this file owns.

internal import Glibc

/// Files that live in memory and end with the process: what `--in-memory` runs on.
///
/// The engine on top of it is the same engine; only durability is gone. All calls are safe from any
/// thread.
public final class MemoryFilesystem: Filesystem {
    private let lock = Lock()
    // All guarded by `lock`.
    private nonisolated(unsafe) var files: [String: MemoryFile] = [:]
    private nonisolated(unsafe) var folders: Set<String> = []
    private nonisolated(unsafe) var heldLocks: Set<String> = []

    public init() {}

    public func createFolder(_ path: String) throws(FilesystemError) {
        _ = lock.withLock { folders.insert(path) }
    }

    public func list(_ folder: String) throws(FilesystemError) -> [String] {
        let names: [String]? = lock.withLock {
            guard folders.contains(folder) else { return nil }
            let prefix = folder + "/"
            return files.keys.filter { $0.hasPrefix(prefix) }.map {
                String($0.dropFirst(prefix.count))
            }
        }
        guard let names else {
            throw FilesystemError(code: ENOENT, operation: "opendir", path: folder)
        }
        return names
    }

    public func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle {
        let (file, code): (MemoryFile?, Int32) = lock.withLock {
            let existing = files[path]
            guard case .create = mode else { return (existing, ENOENT) }
            guard existing == nil else { return (nil, EEXIST) }
            let created = MemoryFile()
            files[path] = created
            return (created, 0)
        }
        guard let file else { throw FilesystemError(code: code, operation: "open", path: path) }
        return file
    }

    public func rename(_ from: String, to: String) throws(FilesystemError) {
        let found = lock.withLock {
            guard let file = files.removeValue(forKey: from) else { return false }
            files[to] = file
            return true
        }
        guard found else { throw FilesystemError(code: ENOENT, operation: "rename", path: from) }
    }

    public func link(_ from: String, to: String) throws(FilesystemError) {
        let code: Int32 = lock.withLock {
            guard let file = files[from] else { return ENOENT }
            guard files[to] == nil else { return EEXIST }
            files[to] = file
            return 0
        }
        if code != 0 { throw FilesystemError(code: code, operation: "link", path: to) }
    }

    public func remove(_ path: String) throws(FilesystemError) {
        guard lock.withLock({ files.removeValue(forKey: path) }) != nil else {
            throw FilesystemError(code: ENOENT, operation: "unlink", path: path)
        }
    }

    public func syncFolder(_ path: String) throws(FilesystemError) {}

    public func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)? {
        guard lock.withLock({ heldLocks.insert(path).inserted }) else { return nil }
        return MemoryFolderLock(filesystem: self, path: path)
    }

    fileprivate func unlock(_ held: MemoryFolderLock) {
        lock.withLock {
            if held.isHeld { heldLocks.remove(held.path) }
            held.isHeld = false
        }
    }
}

/// One file: a list of equally large pages, so that growth never copies what is there.
private final class MemoryFile: FileHandle {
    private static let pageSizeBytes = 1 << 16

    private let lock = Lock()
    // Both guarded by `lock`; the pages are freed in `deinit`.
    private nonisolated(unsafe) var pages: [UnsafeMutableRawPointer] = []
    private nonisolated(unsafe) var length = 0

    deinit {
        for page in pages { page.deallocate() }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FilesystemError)
        -> Int
    {
        lock.withLock {
            let count = max(0, min(buffer.count, length - offset))
            forEachPiece(at: offset, count: count) { page, pageOffset, done, pieceCount in
                buffer.baseAddress?.advanced(by: done).copyMemory(
                    from: page + pageOffset, byteCount: pieceCount)
            }
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {
        lock.withLock {
            while pages.count * Self.pageSizeBytes < offset + bytes.count {
                let page = UnsafeMutableRawPointer.allocate(
                    byteCount: Self.pageSizeBytes, alignment: 4096)
                page.initializeMemory(as: UInt8.self, repeating: 0, count: Self.pageSizeBytes)
                pages.append(page)
            }
            forEachPiece(at: offset, count: bytes.count) { page, pageOffset, done, pieceCount in
                guard let source = bytes.baseAddress else { return }
                (page + pageOffset).copyMemory(from: source + done, byteCount: pieceCount)
            }
            length = max(length, offset + bytes.count)
        }
    }

    func sync() throws(FilesystemError) {}

    func size() throws(FilesystemError) -> Int { lock.withLock { length } }

    private func forEachPiece(
        at offset: Int, count: Int,
        _ body: (_ page: UnsafeMutableRawPointer, _ pageOffset: Int, _ done: Int, _ count: Int) ->
            Void
    ) {
        var done = 0
        while done < count {
            let position = offset + done
            let pageOffset = position % Self.pageSizeBytes
            let pieceCount = min(count - done, Self.pageSizeBytes - pageOffset)
            body(pages[position / Self.pageSizeBytes], pageOffset, done, pieceCount)
            done += pieceCount
        }
    }
}

private final class MemoryFolderLock: FolderLock {
    private let filesystem: MemoryFilesystem
    fileprivate let path: String
    // Guarded by the filesystem's lock; a second release must not free what another holds by then.
    fileprivate nonisolated(unsafe) var isHeld = true

    init(filesystem: MemoryFilesystem, path: String) {
        self.filesystem = filesystem
        self.path = path
    }

    deinit { release() }

    func release() { filesystem.unlock(self) }
}
