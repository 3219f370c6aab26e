// Unsafe pointers: buffers are passed on to the file beneath, for the length of one call.

internal import Synchronization

/// What a file of a database folder is, for counting.
enum FileKind: Int, CaseIterable {
    case log
    case table
    /// Manifests and CURRENT.
    case manifest

    /// The kind of the file with a path; what has no name of kvd's is none.
    init?(path: String) {
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        switch FileName(String(name)) {
        case .log: self = .log
        case .table: self = .table
        case .manifest, .current, .temporaryCurrent: self = .manifest
        case .lock, nil: return nil
        }
    }
}

/// What was asked of the files of one kind.
final class FileCounters: Sendable {
    let readCount = Atomic<UInt64>(0)
    let bytesRead = Atomic<Int>(0)
    let writeCount = Atomic<UInt64>(0)
    let bytesWritten = Atomic<Int>(0)
    /// Microseconds.
    let syncLatency = SharedHistogram()
}

/// Counts and times what the engine asks of its disk, and tells where the disk is slow.
///
/// It stands between the engine and the disk that the options name, so no part of the engine counts
/// its own file operations. Reads are counted, not timed: two looks at the clock would be a tenth of
/// a read from the page cache.
///
/// A folder is not synced again once that has failed: any name that was on its way may be lost with
/// it, whoever's it was, and the next sync would report success. So what was written meanwhile, a
/// merge's tables for one, can not be installed on its word.
final class ObservedFilesystem: Filesystem {
    private let disk: any Filesystem
    private let observer: EngineObserver
    private let slowDiskThreshold: Duration
    /// By folder.
    private let failedSyncs = Mutex<[String: FilesystemError]>([:])

    init(disk: any Filesystem, observer: EngineObserver, slowDiskThreshold: Duration) {
        self.disk = disk
        self.observer = observer
        self.slowDiskThreshold = slowDiskThreshold
    }

    func createFolder(_ path: String) throws(FilesystemError) { try disk.createFolder(path) }

    func list(_ folder: String) throws(FilesystemError) -> [String] { try disk.list(folder) }

    func open(_ path: String, _ mode: OpenMode) throws(FilesystemError) -> any FileHandle {
        let file = try disk.open(path, mode)
        guard let kind = FileKind(path: path) else { return file }
        return ObservedFile(
            file, path: path, counters: observer.files(kind), observer: observer,
            slowDiskThreshold: slowDiskThreshold)
    }

    func rename(_ from: String, to: String) throws(FilesystemError) {
        try disk.rename(from, to: to)
    }

    func link(_ from: String, to: String) throws(FilesystemError) { try disk.link(from, to: to) }

    func remove(_ path: String) throws(FilesystemError) { try disk.remove(path) }

    func syncFolder(_ path: String) throws(FilesystemError) {
        if let failure = failedSyncs.withLock({ $0[path] }) { throw failure }
        do {
            try disk.syncFolder(path)
        } catch {
            if error.isFailedSync(ofFolder: path) { failedSyncs.withLock { $0[path] = error } }
            throw error
        }
    }

    func availableBytes(in folder: String) -> Int? { disk.availableBytes(in: folder) }

    func lock(_ path: String) throws(FilesystemError) -> (any FolderLock)? { try disk.lock(path) }
}

/// An open file whose operations are counted.
private final class ObservedFile: FileHandle {
    private let file: any FileHandle
    private let path: String
    private let counters: FileCounters
    private let observer: EngineObserver
    private let slowDiskThreshold: Duration

    init(
        _ file: any FileHandle, path: String, counters: FileCounters, observer: EngineObserver,
        slowDiskThreshold: Duration
    ) {
        self.file = file
        self.path = path
        self.counters = counters
        self.observer = observer
        self.slowDiskThreshold = slowDiskThreshold
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FilesystemError)
        -> Int
    {
        let count = try file.read(into: buffer, at: offset)
        counters.readCount.add(1, ordering: .relaxed)
        counters.bytesRead.add(count, ordering: .relaxed)
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FilesystemError) {
        let began = ContinuousClock.now
        try file.write(bytes, at: offset)
        noteIfSlow(.write, began.duration(to: .now))
        counters.writeCount.add(1, ordering: .relaxed)
        counters.bytesWritten.add(bytes.count, ordering: .relaxed)
    }

    var hasWindows: Bool { file.hasWindows }

    func openWindow(_ range: Range<Int>) -> Bool { file.openWindow(range) }

    func sync() throws(FilesystemError) {
        let began = ContinuousClock.now
        try file.sync()
        let duration = began.duration(to: .now)
        noteIfSlow(.sync, duration)
        counters.syncLatency.record(microsecondsOf: duration)
    }

    func size() throws(FilesystemError) -> Int { try file.size() }

    private func noteIfSlow(_ operation: DiskOperation, _ duration: Duration) {
        guard duration >= slowDiskThreshold else { return }
        observer.report(.diskSlow(file: path, operation: operation, duration: duration))
    }
}
