// Unsafe pointers: records are lent by the caller for one call and copied into a buffer.

internal import Glibc

/// One log file on its way to the disk: what is framed but not yet written, and what is synced.
///
/// ## Zeros ahead
/// A sync of a file that has grown must also write the file's new size, which costs half as much
/// again. So where each group is synced, the group that outgrows the file writes zeros behind itself,
/// and the syncs of those that follow find their place there and write their bytes alone. A large
/// group goes without, since what it saves is less than what the zeros cost.
///
/// Where no group is synced, a group that outgrows the file opens a window instead: zeros that are
/// mapped, into which the next groups are copied without a system call each.
///
/// What a crash leaves of them is zeros, or a file that is shorter: both read as the log's end. They
/// stay when the log is complete, because to cut them off would be one more change of the size, and
/// its successor's header tells the size of the records alone.
///
/// ## Sync marks
/// A group's bytes are written only once the group before it is synced, where it was to be: after
/// a failure nothing is written any more. So the mark at a group's end says what is synced before
/// the group is written, be it still on its way when the mark is framed.
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
    private let syncsEachGroup: Bool
    /// Whether the log is synced before the next one is written to.
    private let syncsWhenComplete: Bool
    /// 0 where none are to be written, or the disk had no room for them.
    private var zerosAheadSizeBytes: Int
    /// A larger group writes no zeros: they would take as long as the change of size they save.
    private static let largestGroupAheadBytes = 16 << 10
    private static let pageSizeBytes = 4 << 10
    private static let unsyncedPieceBytes = 64 << 10

    // Under the pipeline's lock.
    private var framer: LogFramer
    private var pending = OutputBuffer(capacity: 1 << 16)
    /// How much of the file, in bytes of records, a sync is known to have reached.
    private(set) var syncedOffset = 0
    /// How much is synced before anything that is pending now is written.
    private var syncedBeforePending = 0
    /// What the last mark says.
    private var markedOffset = 0
    /// Whether a later segment took over, so that this one is finished once it is synced.
    private(set) var isSealed = false
    /// The last sequence this log holds.
    private(set) var lastSequence: UInt64 = 0

    // The group leader's.
    private var handle: (any FileHandle)?
    private var taken = OutputBuffer(capacity: 1 << 16)
    /// Whether what was taken is the last there will be.
    private var isComplete = false
    private var hasLetGo = false
    /// Bytes of the file that hold records, and all of its bytes.
    private var writtenBytes = 0
    private var fileSizeBytes = 0
    private var syncedBytes = 0

    init(folder: String, header: LogHeader, options: EngineOptions) {
        number = header.logNumber
        self.folder = folder
        path = FileName.log(number).path(in: folder)
        filesystem = options.filesystem
        syncsEachGroup = options.durability == .synced
        syncsWhenComplete = options.durability != .none
        zerosAheadSizeBytes = options.logZerosAheadSizeBytes
        framer = LogFramer(fileNumber: header.logNumber)
        framer.append(header, to: pending)
    }

    /// Bytes framed, written or not.
    var sizeBytes: Int { framer.sizeBytes }
    var pendingBytes: Int { pending.count }

    func append(_ record: UnsafeRawBufferPointer, lastSequence: UInt64) {
        framer.appendRecord(record, to: pending)
        self.lastSequence = lastSequence
    }

    /// Ends the log: its size does not change any more, since the next log's header states it.
    func seal() {
        markPending()
        isSealed = true
    }

    /// Frames the mark of a clean close, which says that all before it is synced.
    func appendCleanEnd() {
        markedOffset = framer.sizeBytes
        framer.appendMark(.cleanEnd, syncedOffset: markedOffset, to: pending)
    }

    /// Takes the framed bytes over to be written by the leader.
    ///
    /// - Parameter syncs: Whether ``writeTaken(syncs:)`` will sync them.
    func takePending(syncs: Bool) {
        if isComplete { return }
        // What is pending in a sealed log has its mark already.
        markPending()
        swap(&pending, &taken)
        isComplete = isSealed
        if isSealed { pending = OutputBuffer(capacity: 0) }
        if syncs { syncedBeforePending = framer.sizeBytes }
    }

    /// Frames a mark behind the pending records, where more is synced before them than the last says.
    private func markPending() {
        guard pending.count > 0, syncedBeforePending > markedOffset else { return }
        framer.appendMark(syncedOffset: syncedBeforePending, to: pending)
        markedOffset = syncedBeforePending
    }

    /// Notes, under the lock, how far the leader's syncs reached.
    ///
    /// - Returns: Whether the log is complete and on stable storage.
    func settle() -> Bool {
        syncedOffset = syncedBytes
        return isComplete && syncedBytes == writtenBytes
    }

    // MARK: The leader's part

    /// Writes what was taken, and syncs it where asked to or where it completes the log and the next
    /// one's header is to vouch for it.
    func writeTaken(syncs: Bool) throws(EngineError) {
        // A crash may then leave a log incomplete, but never one without a header before another.
        let isFirst = writtenBytes == 0 && taken.count > 0
        if taken.count > 0 {
            let handle = try openedHandle()
            let (bytes, offset) = (taken.bytes, writtenBytes)
            try onDisk { () throws(FilesystemError) in try handle.write(bytes, at: offset) }
            writtenBytes += taken.count
            if writtenBytes > fileSizeBytes {
                fileSizeBytes = writtenBytes
                let isSmall = taken.count <= Self.largestGroupAheadBytes
                if isSmall, !isComplete, syncsEachGroup || handle.hasWindows {
                    try writeZeros(handle)
                    if !syncsEachGroup { openWindow(handle) }
                }
            }
            taken.removeAll()
        }
        if isComplete, !hasLetGo { letGo() }
        guard syncs || isFirst || (isComplete && syncsWhenComplete) else { return }
        if syncedBytes < writtenBytes, let handle {
            try onDisk { () throws(FilesystemError) in try handle.sync() }
            syncedBytes = writtenBytes
        }
        // A finished log is only ever read again by a recovery.
        if isComplete { handle = nil }
    }

    /// Gives back what a log needs only while it grows: it may wait long for its flush or its sync.
    private func letGo() {
        _ = handle?.openWindow(0..<0)
        taken = OutputBuffer(capacity: 0)
        hasLetGo = true
    }

    /// Writes zeros behind the records; a disk without room for them is none of the records' concern.
    private func writeZeros(_ handle: any FileHandle) throws(EngineError) {
        if zerosAheadSizeBytes == 0 { return }
        taken.removeAll()
        // The kernel would keep a larger piece as one, and count all of it as written again with
        // each synced commit.
        let pieceBytes = syncsEachGroup ? Self.pageSizeBytes : Self.unsyncedPieceBytes
        taken.append(zeros: pieceBytes)
        let zeros = taken.bytes
        let end = writtenBytes + zerosAheadSizeBytes
        do {
            while fileSizeBytes < end {
                let count = min(pieceBytes - fileSizeBytes % pieceBytes, end - fileSizeBytes)
                try handle.write(
                    UnsafeRawBufferPointer(rebasing: zeros[..<count]), at: fileSizeBytes)
                fileSizeBytes += count
            }
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT || error.code == EFBIG else {
                throw .io(error)
            }
            zerosAheadSizeBytes = 0
        }
    }

    private func openWindow(_ handle: any FileHandle) {
        // Zeros that can not be mapped are of no use here.
        if !handle.openWindow(writtenBytes..<fileSizeBytes) { zerosAheadSizeBytes = 0 }
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
