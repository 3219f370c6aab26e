// Unsafe pointers: bytes are lent by the caller for one call and written.

internal import Glibc

/// The file of one log: bytes at its end, and zeros ahead of them.
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
/// ## Thread safety
/// One thread at a time uses it: who prepares it, then the leader of each commit group. `@unchecked
/// Sendable` for this reason.
final class LogFile: @unchecked Sendable {
    /// A larger group opens no window: its zeros would take as long as the write calls they save.
    private static let largestWindowGroupBytes = 16 << 10
    /// A group that writes zeros takes several times as long as others, and those that wait behind it
    /// do as well; so there is one in as many, or larger records would meet it ever more often.
    private static let groupCountAhead = 512
    /// How much that may make of the option.
    private static let largestMultipleAhead = 4
    /// A larger synced group writes none: with the default option even the most that may be written
    /// would serve fewer than 256 groups, and be what one commit in a hundred waits for.
    private static let largestSyncedGroupBytes = 4 << 10
    private static let pageSizeBytes = 4 << 10
    private static let unsyncedPieceBytes = 64 << 10

    let number: UInt64
    private let filesystem: any Filesystem
    private let folder: String
    private let syncsEachGroup: Bool
    /// 0 where none are to be written, or the disk had no room for them.
    private var zerosAheadSizeBytes: Int
    private var handle: (any FileHandle)?
    private var isCreated = false
    /// Bytes of the file that hold records, and all of its bytes.
    private(set) var writtenBytes = 0
    private var sizeBytes = 0
    /// What zeros are written from, kept while more of them may follow.
    private var zeroPiece: OutputBuffer?

    init(number: UInt64, folder: String, options: EngineOptions) {
        self.number = number
        self.folder = folder
        filesystem = options.filesystem
        syncsEachGroup = options.durability == .synced
        zerosAheadSizeBytes = options.logZerosAheadSizeBytes
    }

    var path: String { FileName.log(number).path(in: folder) }

    /// Creates the file with its first zeros, so that the first group finds them.
    ///
    /// They are not mapped yet: the log before this one may still have all memory that may be locked.
    func fillAhead() throws(EngineError) {
        let handle = try createdHandle()
        if mayHaveZeros(handle) { try writeZeros(handle, ahead: zerosAheadSizeBytes) }
        // The first group is synced, whatever the durability, and these would be with it.
        try onDisk { () throws(FilesystemError) in try handle.sync() }
    }

    /// Returns when the file is found after a crash.
    func enterFolder() throws(EngineError) {
        let (filesystem, folder) = (filesystem, folder)
        try onDisk { () throws(FilesystemError) in try filesystem.syncFolder(folder) }
    }

    /// Writes a group behind what was written.
    ///
    /// - Parameter isLast: Whether nothing will follow, which zeros would be of use for.
    func write(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(EngineError) {
        let handle = try openedHandle()
        let offset = writtenBytes
        try onDisk { () throws(FilesystemError) in try handle.write(bytes, at: offset) }
        writtenBytes += bytes.count
        if writtenBytes > sizeBytes {
            sizeBytes = writtenBytes
            guard isSmall(bytes.count), !isLast, mayHaveZeros(handle) else { return }
            try writeZeros(handle, ahead: zerosAhead(ofGroup: bytes.count))
        } else if offset > 0 || isLast || !mayHaveZeros(handle) {
            return
        }
        if !syncsEachGroup, writtenBytes < sizeBytes { openWindow(handle) }
    }

    func sync() throws(EngineError) {
        guard let handle else { preconditionFailure("a log that is synced was written to") }
        try onDisk { () throws(FilesystemError) in try handle.sync() }
    }

    /// Ends the window and lets go of what only a log that grows needs.
    func letGo() {
        _ = handle?.openWindow(0..<0)
        zeroPiece = nil
    }

    /// A finished log is only ever read again by a recovery.
    func close() { handle = nil }

    /// Takes a file away that nothing was written to; what can not be removed is at the next open.
    func removeUnused() {
        guard isCreated, writtenBytes == 0 else { return }
        letGo()
        handle = nil
        try? filesystem.remove(path)
    }

    private func mayHaveZeros(_ handle: any FileHandle) -> Bool {
        zerosAheadSizeBytes > 0 && (syncsEachGroup || handle.hasWindows)
    }

    private func openWindow(_ handle: any FileHandle) {
        // Zeros that can not be mapped are of no use here.
        if !handle.openWindow(writtenBytes..<sizeBytes) { zerosAheadSizeBytes = 0 }
    }

    /// Whether a group gains from zeros behind it.
    private func isSmall(_ groupBytes: Int) -> Bool {
        groupBytes <= (syncsEachGroup ? Self.largestSyncedGroupBytes : Self.largestWindowGroupBytes)
    }

    private func zerosAhead(ofGroup groupBytes: Int) -> Int {
        // A window's memory is locked, which the system bounds.
        guard syncsEachGroup else { return zerosAheadSizeBytes }
        return min(
            max(groupBytes * Self.groupCountAhead, zerosAheadSizeBytes),
            zerosAheadSizeBytes * Self.largestMultipleAhead)
    }

    /// Writes zeros behind the records; a disk without room for them is none of the records' concern.
    private func writeZeros(_ handle: any FileHandle, ahead: Int) throws(EngineError) {
        // The kernel would keep a larger piece as one, and count all of it as written again with
        // each synced commit.
        let pieceBytes = syncsEachGroup ? Self.pageSizeBytes : Self.unsyncedPieceBytes
        let piece = zeroPiece ?? OutputBuffer(capacity: pieceBytes)
        if piece.count == 0 { piece.append(zeros: pieceBytes) }
        zeroPiece = piece
        let zeros = piece.bytes
        let end = writtenBytes + ahead
        do {
            while sizeBytes < end {
                let count = min(pieceBytes - sizeBytes % pieceBytes, end - sizeBytes)
                try handle.write(UnsafeRawBufferPointer(rebasing: zeros[..<count]), at: sizeBytes)
                sizeBytes += count
            }
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT || error.code == EFBIG else {
                throw .io(error)
            }
            zerosAheadSizeBytes = 0
        }
    }

    private func openedHandle() throws(EngineError) -> any FileHandle {
        if let handle { return handle }
        let created = try createdHandle()
        // A log that can be acknowledged from must be found after a crash.
        try enterFolder()
        return created
    }

    private func createdHandle() throws(EngineError) -> any FileHandle {
        let (filesystem, path) = (filesystem, path)
        let created = try onDisk { () throws(FilesystemError) in
            try filesystem.open(path, .create)
        }
        handle = created
        isCreated = true
        return created
    }
}
