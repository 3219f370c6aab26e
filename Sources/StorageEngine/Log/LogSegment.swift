// Unsafe pointers: records are lent by the caller for one call and copied into a buffer.

/// One log file on its way to the disk: what is framed but not yet written, and what is synced.
///
/// ## Thread safety
/// Appending, sealing and taking the pending bytes happen under the commit pipeline's lock; the
/// file operations are made by the one thread that leads a commit group. `@unchecked Sendable` for
/// these two reasons.
final class LogSegment: @unchecked Sendable {
    let number: UInt64
    let path: String
    private let filesystem: any Filesystem
    private let folder: String

    // Under the pipeline's lock.
    private var framer: LogFramer
    private var pending = OutputBuffer(capacity: 1 << 16)
    private var syncedOffset = 0
    /// Whether a later segment took over, so that this one is finished once it is synced.
    private(set) var isSealed = false
    /// The last sequence this log holds.
    private(set) var lastSequence: UInt64 = 0

    // The group leader's.
    private var handle: (any FileHandle)?
    private var taken = OutputBuffer(capacity: 1 << 16)
    /// Whether what was taken is the last there will be.
    private var isComplete = false
    private var writtenBytes = 0
    private var syncedBytes = 0

    init(folder: String, header: LogHeader, filesystem: any Filesystem) {
        number = header.logNumber
        self.folder = folder
        path = FileName.log(number).path(in: folder)
        self.filesystem = filesystem
        framer = LogFramer(fileNumber: header.logNumber)
        let payload = OutputBuffer()
        header.append(to: payload)
        framer.appendWhole(payload.bytes, type: .header, syncedOffset: 0, to: pending)
    }

    /// Bytes framed, written or not.
    var sizeBytes: Int { framer.sizeBytes }
    var pendingBytes: Int { pending.count }

    func append(_ record: UnsafeRawBufferPointer, lastSequence: UInt64) {
        framer.appendRecord(record, syncedOffset: syncedOffset, to: pending)
        self.lastSequence = lastSequence
    }

    func seal() { isSealed = true }

    /// Frames the mark of a clean close, which says that all before it is synced.
    func appendCleanEnd() {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        framer.appendWhole(empty, type: .cleanEnd, syncedOffset: framer.sizeBytes, to: pending)
    }

    /// Takes the framed bytes over to be written by the leader.
    func takePending() {
        swap(&pending, &taken)
        isComplete = isSealed
    }

    /// Notes, under the lock, how far the leader's syncs reached.
    ///
    /// - Returns: Whether the log is complete and on stable storage.
    func settle() -> Bool {
        syncedOffset = syncedBytes
        return isComplete
    }

    // MARK: The leader's part

    /// Writes what was taken, and syncs it where asked to or where it completes the log.
    func writeTaken(syncs: Bool) throws(EngineError) {
        if taken.count > 0 {
            let handle = try openedHandle()
            let (bytes, offset) = (taken.bytes, writtenBytes)
            try onDisk { () throws(FilesystemError) in try handle.write(bytes, at: offset) }
            writtenBytes += taken.count
            taken.removeAll()
        }
        guard syncs || isComplete else { return }
        if syncedBytes < writtenBytes, let handle {
            try onDisk { () throws(FilesystemError) in try handle.sync() }
            syncedBytes = writtenBytes
        }
        // A finished log is only ever read again by a recovery.
        if isComplete { handle = nil }
    }

    private func openedHandle() throws(EngineError) -> any FileHandle {
        if let handle { return handle }
        let (filesystem, path, folder) = (filesystem, path, folder)
        let opened = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .create) }
        // A log that can be acknowledged from must be found after a crash.
        try onDisk { () throws(FilesystemError) in try filesystem.syncFolder(folder) }
        handle = opened
        return opened
    }
}
