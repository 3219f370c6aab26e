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
        let inForce = try manifestInForce(files)
        var contents = try readManifest(inForce, files)
        // A table that the manifest names keeps its number though its file is missing, so that no
        // replayed one takes its place.
        let taken = files.compactMap(\.number) + contents.tables.map(\.metadata.number)
        let firstFree = (taken.max() ?? 0) + 1
        var replay = LogReplay(recovery: self, contents: contents, nextFileNumber: firstFree)
        let versions: VersionSet
        do {
            var chain = LogChain(contents, folder: folder, filesystem: options.filesystem)
            for number in LogChain.numbers(of: names, from: contents.logNumber) {
                try chain.read(log: number) { (record, name) throws(EngineError) in
                    try replay.apply(record, name: name)
                }
            }
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

    /// The number that `CURRENT` names; nil where it is not among the files.
    private func manifestInForce(_ files: [FileName]) throws(EngineError) -> UInt64? {
        guard files.contains(.current) else { return nil }
        return try CurrentFile.read(folder: folder, filesystem: options.filesystem)
    }

    /// Removes what was made since the folder had `names`, or each try to open a damaged database, or
    /// one on a full disk, would leave tables behind. Once another manifest is in force, or nobody
    /// knows which, it may name them, and they are not ours to remove.
    private func takeBack(since names: [String], manifestInForce: UInt64?) {
        guard let found = try? options.filesystem.list(folder) else { return }
        do throws(EngineError) {
            let now = try self.manifestInForce(found.compactMap { FileName($0) })
            guard now == manifestInForce else { return }
        } catch {
            return
        }
        let made = Set(found).subtracting(names).compactMap { FileName($0) }
        for file in made where file != .current && file != .lock {
            try? options.filesystem.remove(file.path(in: folder))
        }
    }

    private func readManifest(
        _ inForce: UInt64?, _ files: [FileName]
    ) throws(EngineError) -> Manifest.Contents {
        if let number = inForce {
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
