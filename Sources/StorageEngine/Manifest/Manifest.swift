/// Appends version edits to the manifest file, each synced before it counts.
///
/// Not thread-safe; the version set guards it. After a failed write the file's end is unknown, so
/// the owner makes the engine read-only and never appends again.
final class Manifest {
    let number: UInt64
    private let handle: any FileHandle
    private var framer: LogFramer
    private let frame = OutputBuffer(capacity: 4096)
    private let record = OutputBuffer(capacity: 4096)
    private var writtenBytes = 0
    /// The size of the file with its first edit alone.
    private(set) var firstEditEndBytes = 0

    /// Creates a manifest whose first edit is `snapshot`, and puts it in force.
    init(
        number: UInt64, databaseID: DatabaseID, snapshot: VersionEdit, folder: String,
        filesystem: any Filesystem
    ) throws(EngineError) {
        self.number = number
        let path = FileName.manifest(number).path(in: folder)
        handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .create) }
        framer = LogFramer(fileNumber: number)
        let header = LogHeader(
            databaseID: databaseID, logNumber: number, predecessorNumber: 0,
            predecessorSizeBytes: 0, predecessorLastSequence: 0)
        framer.append(header, to: frame)
        try append(snapshot)
        firstEditEndBytes = writtenBytes
        // CURRENT must never name a file whose own name a crash can take back; POSIX lets the two
        // changes of the folder reach the disk in any order.
        try onDisk { () throws(FilesystemError) in try filesystem.syncFolder(folder) }
        try CurrentFile.install(manifest: number, folder: folder, filesystem: filesystem)
    }

    var sizeBytes: Int { writtenBytes }

    /// Makes an edit durable.
    func append(_ edit: VersionEdit) throws(EngineError) {
        record.removeAll()
        edit.append(to: record)
        framer.appendRecord(record.bytes, to: frame)
        if writtenBytes > 0 { framer.appendMark(syncedOffset: writtenBytes, to: frame) }
        try writeFrame()
    }

    /// Marks the end of the last edit, which no later one vouches for; nothing is appended after.
    func appendCleanEnd() throws(EngineError) {
        framer.appendMark(.cleanEnd, syncedOffset: writtenBytes, to: frame)
        try writeFrame()
    }

    private func writeFrame() throws(EngineError) {
        let (handle, frame, offset) = (handle, frame, writtenBytes)
        try onDisk { () throws(FilesystemError) in
            try handle.write(frame.bytes, at: offset)
            try handle.sync()
        }
        writtenBytes += frame.count
        frame.removeAll()
    }

    /// What a manifest file adds up to.
    struct Contents {
        var databaseID: DatabaseID
        var logNumber: UInt64 = 0
        var lastSequence: UInt64 = 0
        var tables: [(level: Int, metadata: SSTableMetadata)] = []
        var counters: [UInt64: Int64] = [:]
    }

    /// Reads a manifest.
    static func read(number: UInt64, folder: String, filesystem: any Filesystem)
        throws(EngineError) -> Contents
    {
        let fileName = FileName.manifest(number)
        let path = fileName.path(in: folder)
        let handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .read) }
        let reader = try LogReader(handle, name: fileName.name, fileNumber: number)
        guard let header = try reader.readHeader() else {
            throw .corruption(file: fileName.name, offset: 0, reason: "the header is damaged")
        }
        var replay = ManifestReplay(databaseID: header.databaseID)
        while let record = try reader.nextRecord() {
            guard let edit = VersionEdit.read(record) else {
                throw .corruption(
                    file: fileName.name, offset: 0, reason: "edit \(replay.editCount) is malformed")
            }
            replay.apply(edit)
        }
        // CURRENT named this file only after its first edit was synced.
        guard replay.editCount > 0 else {
            throw .corruption(file: fileName.name, offset: 0, reason: "it holds no edit")
        }
        return replay.result
    }
}
