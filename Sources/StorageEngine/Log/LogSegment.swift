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
    private var spare = OutputBuffer(capacity: 1 << 16)
    /// How much of the file a sync is known to have reached.
    private(set) var syncedOffset = 0
    /// Whether a later segment took over, so that this one is finished once it is synced.
    private(set) var isSealed = false
    /// The last sequence this log holds.
    private(set) var lastSequence: UInt64 = 0

    // The group leader's.
    private var handle: (any FileHandle)?
    private var writtenBytes = 0
    private var hasUnsyncedBytes = false

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

    /// Takes the framed bytes to write; the buffer is the leader's until it leads no more.
    func takePending() -> OutputBuffer {
        let taken = pending
        pending = spare
        // Never used while `taken` is out: one leader at a time, and it returns what it took.
        spare = taken
        pending.removeAll()
        return taken
    }

    /// Notes, under the lock, how far the leader's sync reached.
    func noteSynced(_ bytes: Int) { syncedOffset = max(syncedOffset, bytes) }

    // MARK: The leader's part

    /// Writes taken bytes; creates the file first where this is its beginning.
    func write(_ buffer: OutputBuffer) throws(EngineError) {
        if buffer.count == 0 { return }
        let handle = try openedHandle()
        let offset = writtenBytes
        try onDisk { () throws(FilesystemError) in try handle.write(buffer.bytes, at: offset) }
        writtenBytes += buffer.count
        hasUnsyncedBytes = true
    }

    /// Syncs what was written.
    ///
    /// - Returns: The synced length of the file.
    func sync() throws(EngineError) -> Int {
        if hasUnsyncedBytes, let handle {
            try onDisk { () throws(FilesystemError) in try handle.sync() }
            hasUnsyncedBytes = false
        }
        return writtenBytes
    }

    /// Closes the file; a finished log is only ever read again by a recovery.
    func finish() { handle = nil }

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
