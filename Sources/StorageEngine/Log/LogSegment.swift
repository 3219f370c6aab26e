// Unsafe pointers: records are lent by the caller for one call and copied into a buffer.

/// One log file on its way to the disk: what is framed but not yet written, and what is synced.
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
    private let file: LogFile
    /// Whether the log is synced before the next one is written to.
    private let syncsWhenComplete: Bool

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
    private var taken = OutputBuffer(capacity: 1 << 16)
    /// Whether what was taken is the last there will be.
    private var isComplete = false
    private var hasLetGo = false
    private var syncedBytes = 0

    init(file: LogFile, header: LogHeader, options: EngineOptions) {
        self.file = file
        syncsWhenComplete = options.durability != .none
        framer = LogFramer(fileNumber: header.logNumber)
        framer.append(header, to: pending)
    }

    var number: UInt64 { file.number }
    var path: String { file.path }

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
        return isComplete && syncedBytes == file.writtenBytes
    }

    // MARK: The leader's part

    /// Writes what was taken, and syncs it where asked to or where it completes the log and the next
    /// one's header is to vouch for it.
    func writeTaken(syncs: Bool) throws(EngineError) {
        // A crash may then leave a log incomplete, but never one without a header before another.
        let isFirst = file.writtenBytes == 0 && taken.count > 0
        if taken.count > 0 {
            try file.write(taken.bytes, isLast: isComplete)
            taken.removeAll()
        }
        if isComplete, !hasLetGo { letGo() }
        guard syncs || isFirst || (isComplete && syncsWhenComplete) else { return }
        if syncedBytes < file.writtenBytes {
            try file.sync()
            syncedBytes = file.writtenBytes
        }
        if isComplete { file.close() }
    }

    /// Gives back what a log needs only while it grows: it may wait long for its flush or its sync.
    private func letGo() {
        file.letGo()
        taken = OutputBuffer(capacity: 0)
        hasLetGo = true
    }

    /// Takes away a log that nothing was written to.
    func removeUnused() { file.removeUnused() }
}
