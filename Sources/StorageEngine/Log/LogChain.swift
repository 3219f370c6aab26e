// Unsafe pointers: records are lent by the log reader for one call.

/// Reads logs one after another and tells whether they are all that was written: each says what the
/// one before it was.
struct LogChain {
    private let folder: String
    private let filesystem: any Filesystem
    private let databaseID: DatabaseID
    /// Of the oldest log that the manifest has use for.
    private let oldestLogNumber: UInt64
    private var lastSequence: UInt64
    private var previous: (number: UInt64, end: LogReader.End)?
    /// Logs whose header never reached the disk: nothing was written to them, unless a later log's
    /// header tells that one was before it.
    private var headerless: Set<UInt64> = []
    /// A log that a crash left incomplete though others follow: what there is to read ends in it.
    private var incomplete: UInt64?

    init(_ contents: Manifest.Contents, folder: String, filesystem: any Filesystem) {
        self.folder = folder
        self.filesystem = filesystem
        databaseID = contents.databaseID
        oldestLogNumber = contents.logNumber
        lastSequence = contents.lastSequence
    }

    /// The numbers of the logs among file names that come from a log on, rising.
    static func numbers(of names: [String], from first: UInt64) -> [UInt64] {
        names.compactMap { name in
            if case .log(let number) = FileName(name), number >= first { number } else { nil }
        }.sorted()
    }

    /// Reads one log; logs come in rising order.
    ///
    /// - Parameter apply: Takes a record and the file's name, and tells the record's last sequence.
    mutating func read(
        log number: UInt64,
        _ apply: (UnsafeRawBufferPointer, String) throws(EngineError) -> UInt64
    ) throws(EngineError) {
        let name = FileName.log(number).name
        let (path, filesystem) = (FileName.log(number).path(in: folder), filesystem)
        let handle = try onDisk { () throws(FilesystemError) in try filesystem.open(path, .read) }
        let reader = try LogReader(handle, name: name, fileNumber: number)
        guard let header = try reader.readHeader() else {
            headerless.insert(number)
            return
        }
        guard header.logNumber == number else {
            throw .corruption(
                file: name, offset: 0, reason: "its header is that of log \(header.logNumber)")
        }
        guard header.databaseID == databaseID else {
            throw .corruption(file: name, offset: 0, reason: "it belongs to another database")
        }
        try checkPredecessor(of: header, name: name)
        if let incomplete {
            try requireUnsynced(reader, name: name, after: incomplete)
        } else {
            while let record = try reader.nextRecord() { lastSequence = try apply(record, name) }
        }
        guard let end = reader.end else { preconditionFailure("a log that was read has an end") }
        previous = (number, end)
    }

    /// Makes sure that nothing in a log vouches for the incomplete one before it.
    private func requireUnsynced(
        _ reader: LogReader, name: String, after incomplete: UInt64
    ) throws(EngineError) {
        var isVouchedFor = false
        while let element = try reader.nextElement() {
            if case .mark = element { isVouchedFor = true }
        }
        // What is behind a tear vouches as well: it was written after all that was synced before it.
        if case .torn(let tear) = reader.end {
            isVouchedFor = try reader.hasMark(behind: tear) || isVouchedFor
        }
        if isVouchedFor || reader.isCleanlyClosed {
            throw .corruption(
                file: FileName.log(incomplete).name, offset: 0,
                reason: "it ends early, and \(name) shows that all of it was synced")
        }
    }

    /// A log's header says what the log before it is, and vouches for all of it, or does not.
    private mutating func checkPredecessor(of header: LogHeader, name: String) throws(EngineError) {
        let predecessor = header.predecessorNumber
        if headerless.contains(predecessor) {
            throw .corruption(
                file: FileName.log(predecessor).name, offset: 0,
                reason: "it has no header, and \(name) follows it")
        }
        guard let previous else {
            if predecessor >= oldestLogNumber, predecessor != 0 {
                throw .corruption(
                    file: FileName.log(predecessor).name, offset: 0,
                    reason: "the file is missing; \(name) follows it")
            }
            return
        }
        guard predecessor == previous.number else {
            throw .corruption(
                file: FileName.log(predecessor).name, offset: 0,
                reason: "the file is missing; \(name) follows it")
        }
        if incomplete != nil { return }
        let sizeBytes = Int(clamping: header.predecessorSizeBytes)
        guard previous.end == .complete(sizeBytes: sizeBytes) else {
            if !header.predecessorIsSynced {
                incomplete = previous.number
                return
            }
            throw .corruption(
                file: FileName.log(previous.number).name, offset: 0,
                reason: "it ends before the \(header.predecessorSizeBytes) bytes that were synced")
        }
        guard header.predecessorLastSequence == lastSequence else {
            throw .corruption(
                file: name, offset: 0, reason: "its predecessor ends at sequence \(lastSequence)")
        }
    }
}
