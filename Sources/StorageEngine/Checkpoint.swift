// Unsafe pointers: bytes on their way from file to file lie in a buffer of the copy's own.

internal import Glibc

/// A log of which the records up to some point are on stable storage.
struct SyncedLog {
    let number: UInt64
    /// Nil for a finished log: all of its records are.
    var sizeBytes: Int?

    /// The logs of what is in no table, oldest first.
    ///
    /// - Parameter oldest: The oldest log that is not finished. What came before it is; of what comes
    ///   after it nothing counts before it is.
    static func logs(of state: ReadState, oldest: LogSegment) -> [SyncedLog] {
        let numbers = (state.waiting.reversed() + [state.memtable]).map(\.logNumber)
        var logs = numbers.filter { $0 < oldest.number }.map { SyncedLog(number: $0) }
        if numbers.contains(oldest.number), oldest.syncedOffset > 0 {
            logs.append(SyncedLog(number: oldest.number, sizeBytes: oldest.syncedOffset))
        }
        return logs
    }
}

/// Makes a second database out of an open one, in a folder of its own.
///
/// ## What it holds
/// First everything applied is synced. Then, while no version can be installed, the version in
/// force is pinned and the logs of what is in no table are opened: the tables, and these logs up to
/// where they are synced, are a prefix of the commit order with every write acknowledged before the
/// call. After that nothing holds writers, flushes or compactions up: a pinned version keeps its
/// tables' files, and an open log can be read after its name is gone. Nothing is flushed for it:
/// the bytes to write would be about the same, and frequent checkpoints would fill level 0 with
/// small tables.
///
/// ## Crash safety
/// `CURRENT` comes last, once every other name and byte is synced, so a crash leaves a folder that
/// is empty or does not open, or a whole checkpoint. The open database is only read.
struct Checkpoint {
    private static let copySizeBytes = 1 << 20
    /// A link that fails with one of these may still be a copy.
    private static let unlinkableCodes = [EXDEV, EPERM, EOPNOTSUPP, EMLINK]

    let folder: String
    let filesystem: any Filesystem
    let versions: VersionSet
    let pipeline: CommitPipeline

    private struct Moment {
        let version: Version
        let snapshot: VersionEdit
        let logs: [(log: SyncedLog, handle: any FileHandle)]
    }

    func make() throws(EngineError) {
        let folderLock = try claimFolder()
        defer { folderLock.release() }
        do {
            try pipeline.syncApplied()
            let moment = try capture()
            for table in moment.version.levels.joined() { try link(table.metadata) }
            for (log, handle) in moment.logs { try copy(log, handle) }
            // A manifest without a table or log, and without CURRENT, looks like a new database.
            try onDisk { () throws(FilesystemError) in try filesystem.syncFolder(folder) }
            _ = try Manifest(
                number: versions.newFileNumber(), databaseID: versions.databaseID,
                snapshot: moment.snapshot, folder: folder, filesystem: filesystem)
        } catch {
            clearFolder()
            throw error
        }
    }

    // MARK: The folder

    /// Makes the folder where it is missing, and keeps everyone else out of it.
    private func claimFolder() throws(EngineError) -> any FolderLock {
        try onDisk { () throws(FilesystemError) in
            try filesystem.createFolder(folder)
            try filesystem.syncName(ofFolder: folder)
        }
        // Looked at before the lock too, whose file has no place among what is not kvd's.
        try requireEmpty()
        let path = FileName.lock.path(in: folder)
        let folderLock = try onDisk { () throws(FilesystemError) in try filesystem.lock(path) }
        guard let folderLock else { throw .locked(folder: folder) }
        do {
            try requireEmpty()
            return folderLock
        } catch {
            folderLock.release()
            throw error
        }
    }

    private func requireEmpty() throws(EngineError) {
        let names = try onDisk { () throws(FilesystemError) in try filesystem.list(folder) }
        guard names.allSatisfy({ $0 == FileName.lock.name }) else {
            throw .invalidArgument(
                "a checkpoint needs a new or empty folder, and \(folder) is not empty")
        }
    }

    /// Takes back what was made before an error; all of it was, since the folder was empty.
    private func clearFolder() {
        let names = (try? filesystem.list(folder)) ?? []
        // Without CURRENT the rest is no database, should this come to an end half-way.
        let files = [FileName.current] + names.compactMap { FileName($0) }.filter { $0 != .current }
        for file in files where file != .lock {
            try? filesystem.remove(file.path(in: folder))
        }
    }

    // MARK: The files

    private func capture() throws(EngineError) -> Moment {
        try versions.withCurrent { (version, snapshot) throws(EngineError) in
            var logs: [(log: SyncedLog, handle: any FileHandle)] = []
            for log in pipeline.syncedLogs {
                let path = FileName.log(log.number).path(in: versions.folder)
                let handle = try onDisk { () throws(FilesystemError) in
                    try filesystem.open(path, .read)
                }
                logs.append((log, handle))
            }
            return Moment(version: version, snapshot: snapshot, logs: logs)
        }
    }

    private func link(_ table: SSTableMetadata) throws(EngineError) {
        let name = FileName.table(table.number)
        let path = name.path(in: versions.folder)
        do throws(FilesystemError) {
            try filesystem.link(path, to: name.path(in: folder))
        } catch {
            guard Self.unlinkableCodes.contains(error.code) else { throw .io(error) }
            let handle = try onDisk { () throws(FilesystemError) in
                try filesystem.open(path, .read)
            }
            try copy(handle, sizeBytes: table.sizeBytes, as: name)
        }
    }

    private func copy(_ log: SyncedLog, _ handle: any FileHandle) throws(EngineError) {
        let name = FileName.log(log.number)
        if let sizeBytes = log.sizeBytes {
            try copy(handle, sizeBytes: sizeBytes, as: name)
        } else {
            try copy(handle, sizeBytes: recordBytes(handle, name), as: name)
        }
    }

    /// Where the records of a finished log end; zeros that were reserved ahead may follow.
    private func recordBytes(_ handle: any FileHandle, _ name: FileName) throws(EngineError) -> Int
    {
        let reader = try LogReader(handle, name: name.name, fileNumber: name.number ?? 0)
        _ = try reader.readHeader()
        while try reader.nextRecord() != nil {}
        switch reader.end {
        case .complete(let sizeBytes): return sizeBytes
        case .torn(let offset):
            throw .corruption(
                file: name.name, offset: offset, reason: "the log is finished and ends torn")
        case nil: preconditionFailure("a log that was read has an end")
        }
    }

    /// Copies the first bytes of a file, and syncs the copy.
    private func copy(
        _ source: any FileHandle, sizeBytes: Int, as name: FileName
    ) throws(EngineError) {
        let path = name.path(in: folder)
        let target = try onDisk { () throws(FilesystemError) in
            try filesystem.open(path, .create)
        }
        let buffer = OutputBuffer(capacity: Self.copySizeBytes)
        buffer.append(zeros: min(sizeBytes, Self.copySizeBytes))
        var offset = 0
        while offset < sizeBytes {
            buffer.truncate(to: min(buffer.count, sizeBytes - offset))
            let piece = UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.count)
            let count = try onDisk { () throws(FilesystemError) in
                try source.read(into: piece, at: offset)
            }
            guard count == piece.count else {
                throw .corruption(
                    file: name.name, offset: offset + count,
                    reason: "it ends before the \(sizeBytes) bytes that were written")
            }
            try onDisk { () throws(FilesystemError) in
                try target.write(UnsafeRawBufferPointer(piece), at: offset)
            }
            offset += count
        }
        try onDisk { () throws(FilesystemError) in try target.sync() }
    }
}
