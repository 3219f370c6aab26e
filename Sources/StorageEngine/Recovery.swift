// Unsafe pointers: records are lent by the log reader for one call.

/// Brings a folder back to the last durable state: reads the manifest and replays the logs.
///
/// Replayed writes go into new level-0 tables. These are named, together with the end of the old
/// logs, by one new manifest, so a crash at any point of a recovery leaves the folder as it was or
/// as it becomes, never in between.
struct Recovery {
    let folder: String
    let options: EngineOptions
    let cache: BlockCache
    let graveyard: Graveyard
    let observer: EngineObserver

    /// What was found.
    struct Outcome {
        let versions: VersionSet
        let lastSequence: UInt64
        let counters: [UInt64: Int64]
    }

    func run() throws(EngineError) -> Outcome {
        let names = try onDisk { () throws(FilesystemError) in try options.filesystem.list(folder) }
        let files = names.compactMap { FileName($0) }
        var contents = try readManifest(files)
        // A table that the manifest names keeps its number though its file is missing, so that no
        // replayed one takes its place.
        let taken = files.compactMap(\.number) + contents.tables.map(\.metadata.number)
        let firstFree = (taken.max() ?? 0) + 1
        var replay = LogReplay(recovery: self, contents: contents, nextFileNumber: firstFree)
        let logs = files.compactMap { file in
            if case .log(let number) = file, number >= contents.logNumber { number } else { nil }
        }.sorted()
        let versions: VersionSet
        let inForce = try manifestInForce()
        do {
            for number in logs { try replay.replay(log: number) }
            try replay.finish()
            contents.tables += replay.tables.map { (0, $0) }
            contents.counters = replay.counters
            contents.lastSequence = replay.lastSequence
            // The new log gets a number past every file there is.
            contents.logNumber = replay.nextFileNumber
            versions = try VersionSet(
                contents: contents, nextFileNumber: replay.nextFileNumber, folder: folder,
                options: options, cache: cache, graveyard: graveyard, observer: observer)
            try versions.startManifest()
        } catch {
            takeBack(since: names, manifestInForce: inForce)
            throw error
        }
        removeOrphans(files, versions: versions, logNumber: contents.logNumber)
        return Outcome(
            versions: versions, lastSequence: replay.lastSequence, counters: replay.counters)
    }

    /// The number that `CURRENT` names; nil where it is not there.
    private func manifestInForce() throws(EngineError) -> UInt64? {
        let names = try onDisk { () throws(FilesystemError) in try options.filesystem.list(folder) }
        guard names.contains(FileName.current.name) else { return nil }
        return try CurrentFile.read(folder: folder, filesystem: options.filesystem)
    }

    /// Removes what was made since the folder had `names`, or each try to open a damaged database, or
    /// one on a full disk, would leave tables behind. Once another manifest is in force, or nobody
    /// knows which, it may name them, and they are not ours to remove.
    private func takeBack(since names: [String], manifestInForce: UInt64?) {
        do throws(EngineError) {
            guard try self.manifestInForce() == manifestInForce else { return }
        } catch {
            return
        }
        let made = Set((try? options.filesystem.list(folder)) ?? []).subtracting(names)
        for file in made.compactMap({ FileName($0) }) where file != .current && file != .lock {
            try? options.filesystem.remove(file.path(in: folder))
        }
    }

    private func readManifest(_ files: [FileName]) throws(EngineError) -> Manifest.Contents {
        if files.contains(.current) {
            let number = try CurrentFile.read(folder: folder, filesystem: options.filesystem)
            return try Manifest.read(
                number: number, folder: folder, filesystem: options.filesystem)
        }
        // CURRENT is written before the first log or table, so data without it means it was lost.
        let hasData = files.contains { file in
            switch file {
            case .log, .table: true
            default: false
            }
        }
        if hasData {
            throw .corruption(
                file: FileName.current.name, offset: 0,
                reason: "it is missing, and the folder holds logs or tables")
        }
        // Before CURRENT is there, so that a database never is without it.
        try onDisk { () throws(FilesystemError) in
            try options.filesystem.syncName(ofFolder: folder)
        }
        return Manifest.Contents(databaseID: .random())
    }

    /// Removes what a crash left: files that the manifest in force does not name.
    private func removeOrphans(_ files: [FileName], versions: VersionSet, logNumber: UInt64) {
        let live = Set(versions.current.levels.joined().map(\.number))
        for file in files {
            let isOrphan =
                switch file {
                case .table(let number): !live.contains(number)
                case .log(let number): number < logNumber
                // The one in force was made by this recovery, after the listing.
                case .manifest, .temporaryCurrent: true
                case .current, .lock: false
                }
            // Whatever can not be removed is tried again at the next open.
            if isOrphan { try? options.filesystem.remove(file.path(in: folder)) }
        }
    }
}

/// The state of a replay: one memtable at a time, and the tables it overflowed into.
struct LogReplay {
    private let recovery: Recovery
    private let databaseID: DatabaseID
    private(set) var nextFileNumber: UInt64
    private(set) var tables: [SSTableMetadata] = []
    private(set) var counters: [UInt64: Int64]
    private(set) var lastSequence: UInt64
    private var memtable: Memtable?
    private var previous: (number: UInt64, end: LogReader.End)?
    /// Logs whose header never reached the disk: nothing was written to them, unless a later log's
    /// header tells that one was before it.
    private var headerless: Set<UInt64> = []
    /// A log that a crash left incomplete though others follow: the replay ends in it.
    private var incomplete: UInt64?

    init(recovery: Recovery, contents: Manifest.Contents, nextFileNumber: UInt64) {
        self.recovery = recovery
        self.nextFileNumber = nextFileNumber
        databaseID = contents.databaseID
        counters = contents.counters
        lastSequence = contents.lastSequence
        oldestLogNumber = contents.logNumber
    }

    private let oldestLogNumber: UInt64

    /// Replays one log; logs come in rising order.
    mutating func replay(log number: UInt64) throws(EngineError) {
        let name = FileName.log(number).name
        let path = FileName.log(number).path(in: recovery.folder)
        let filesystem = recovery.options.filesystem
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
            while let record = try reader.nextRecord() { try apply(record, name: name) }
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

    private mutating func apply(_ record: UnsafeRawBufferPointer, name: String) throws(EngineError)
    {
        let malformed = EngineError.corruption(
            file: name, offset: 0, reason: "the record after sequence \(lastSequence) is malformed")
        guard let reader = BatchReader(record), reader.firstSequence == lastSequence + 1 else {
            throw malformed
        }
        let memtable = try memtable(withRoomFor: reader, record.count)
        let end = memtable.insert(reader) { id, delta in counters[id, default: 0] &+= delta }
        guard end == reader.firstSequence + UInt64(reader.count) else { throw malformed }
        lastSequence = reader.firstSequence + UInt64(max(reader.count, 1)) - 1
    }

    private mutating func memtable(withRoomFor batch: BatchReader, _ payloadBytes: Int)
        throws(EngineError) -> Memtable
    {
        // The count comes from the record; a wrong one must not ask for all memory.
        let entryCount = min(batch.count, payloadBytes)
        if let memtable,
            memtable.hasRoom(
                entryCount: entryCount, payloadBytes: payloadBytes,
                // Counted only where it can matter: it is a second pass over the record.
                rangeDeletionCount: memtable.hasRangeTombstones ? batch.rangeDeletionCount : 0)
        {
            return memtable
        }
        try finish()
        let needed =
            payloadBytes + entryCount * Memtable.entryOverheadBytes + Memtable.emptySizeBytes
        let fresh = try Memtable(
            capacityBytes: max(recovery.options.memtableSizeBytes, needed), logNumber: 0)
        memtable = fresh
        return fresh
    }

    /// Writes what the memtable holds into a level-0 table.
    mutating func finish() throws(EngineError) {
        guard let full = memtable else { return }
        memtable = nil
        if !full.hasEntries { return }
        let number = nextFileNumber
        nextFileNumber += 1
        let builder = TableBuilder(
            folder: recovery.folder, options: recovery.options, newFileNumber: { number },
            snapshots: [], isBottom: false,
            // What was replayed is a memtable or two; the levels it lies over are not open yet.
            filterBits: FilterBits(uniform: recovery.options.bloomBitsPerKey))
        tables += try builder.build(from: full, cutter: .never)
    }
}
