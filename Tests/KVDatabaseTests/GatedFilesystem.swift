import KvdTestSupport
import StorageEngine

/// A memory file system whose syncs can be held, so that a test sees what waits for them.
final class GatedFilesystem: Filesystem {
    private let memory = MemoryFilesystem()
    private let gate = Gate()

    func hold() { gate.shut() }
    /// Syncs that are held now.
    var heldCount: Int { gate.heldCount }
    func letGo() { gate.open() }

    func createFolder(_ path: String) throws(FilesystemError) { try memory.createFolder(path) }
    func list(_ folder: String) throws(FilesystemError) -> [String] { try memory.list(folder) }
    func rename(_ from: String, to: String) throws(FilesystemError) {
        try memory.rename(from, to: to)
    }
    func link(_ from: String, to: String) throws(FilesystemError) {
        try memory.link(from, to: to)
    }
    func remove(_ path: String) throws(FilesystemError) { try memory.remove(path) }
    func syncFolder(_ path: String) throws(FilesystemError) { try memory.syncFolder(path) }
    func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)? {
        try memory.lock(path)
    }
    func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle {
        GatedFile(file: try memory.open(path, mode), gate: gate)
    }

    private final class GatedFile: FileHandle {
        let file: any FileHandle
        let gate: Gate

        init(file: any FileHandle, gate: Gate) {
            self.file = file
            self.gate = gate
        }

        func read(
            into buffer: UnsafeMutableRawBufferPointer, at offset: Int
        ) throws(FilesystemError) -> Int { try file.read(into: buffer, at: offset) }
        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {
            try file.write(bytes, at: offset)
        }
        func sync() throws(FilesystemError) {
            gate.pass()
            try file.sync()
        }
        func size() throws(FilesystemError) -> Int { try file.size() }
    }
}
