// Unsafe pointers: the buffers of `read` and `write` belong to the caller and are touched only
// before the call returns, never beyond their count.

import Glibc
import StorageEngine

/// An open file of a simulated disk.
final class SimulatedFileHandle: FileHandle {
    private let filesystem: SimulatedFilesystem
    private let file: Int
    private let path: String
    private let isWritable: Bool

    init(filesystem: SimulatedFilesystem, file: Int, path: String, isWritable: Bool) {
        self.filesystem = filesystem
        self.file = file
        self.path = path
        self.isWritable = isWritable
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FilesystemError) -> Int {
        try filesystem.perform(.read, path, offset: offset, byteCount: buffer.count) {
            (disk, fate) throws(SimulatedDisk.Failure) in
            disk.read(file, into: buffer, at: offset)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {
        let contents = Array(bytes)
        try filesystem.perform(.write, path, offset: offset, byteCount: bytes.count) {
            (disk, fate) throws(SimulatedDisk.Failure) in
            guard isWritable else { throw SimulatedDisk.Failure(code: EBADF) }
            if fate.verdict == .run {
                disk.write(file, contents, at: offset)
            } else {
                let written = fate.random.int(in: 0...contents.count)
                disk.write(file, Array(contents[..<written]), at: offset)
            }
        }
    }

    /// A store into a mapping is, to a crash, a write like any other.
    var hasWindows: Bool { true }
    func openWindow(_ range: Range<Int>) -> Bool { !range.isEmpty }

    func sync() throws(FilesystemError) {
        try filesystem.perform(.sync, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            switch fate.verdict {
            case .run: disk.sync(file)
            case .fail: disk.failSync(file, &fate.random)
            case .crash: break
            }
        }
    }

    func size() throws(FilesystemError) -> Int {
        try filesystem.perform(.size, path) { (disk, fate) throws(SimulatedDisk.Failure) in
            disk.size(file)
        }
    }
}

/// A held lock of a simulated disk; it ends with the machine, or when it is released.
final class SimulatedLock: FolderLock {
    private let filesystem: SimulatedFilesystem
    private let path: String
    private let identifier: Int

    init(filesystem: SimulatedFilesystem, path: String, identifier: Int) {
        self.filesystem = filesystem
        self.path = path
        self.identifier = identifier
    }

    func release() {
        filesystem.unlock(path, identifier: identifier)
    }

    deinit {
        release()
    }
}
