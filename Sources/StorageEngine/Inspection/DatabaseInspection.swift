/// The files of a database folder and what the manifest in force says of them.
///
/// Taken without a lock, while an engine may be at work: should a file vanish between the manifest
/// and the look at it, everything is looked at again.
package struct DatabaseInspection: Sendable {
    /// One level of tables.
    package struct Level: Equatable, Sendable {
        package let level: Int
        /// In key order, those of level 0 newest first.
        package let tables: [InspectedTable]
        /// Runs that a read may have to look into: sublevels of level 0, one of a deeper level.
        package let sortedRunCount: Int
        package let sizeBytes: Int
        package let entryCount: Int
        package let deletionCount: Int
        package let rangeDeletionCount: Int
        package let hiddenCount: Int
        package let denseGarbageCount: Int
        /// Filter bits for each entry; nil where the level is empty or a table could not be read.
        package let filterBitsPerEntry: Double?
        package let smallestKey: InspectedBytes?
        package let largestKey: InspectedBytes?
        package let smallestSequence: UInt64
        package let largestSequence: UInt64
    }

    package struct Log: Equatable, Sendable {
        package let number: UInt64
        package let sizeBytes: Int
        /// Whether a recovery would replay it.
        package let isInForce: Bool
    }

    package let folder: String
    let filesystem: any Filesystem
    /// 32 hex digits.
    package let databaseID: String
    package let manifestNumber: UInt64
    package let manifestSizeBytes: Int
    /// Of the framing of the manifest, and of every log that was begun since.
    package let logFormatVersion: UInt32
    /// Of the newest kind of table that it has; 1 without tables.
    package let tableFormatVersion: UInt32
    /// Of all entries in tables; those in logs are newer.
    package let lastTableSequence: UInt64
    package let levels: [Level]
    /// By number.
    package let logs: [Log]
    package let counterCount: Int
    /// Files of kvd's that the manifest in force does not name: what a crash left, or what an
    /// engine that runs has just made or is about to remove.
    package let unnamedFiles: [String]
    /// Tables that are missing, or whose size or end is not as it should be.
    package let damages: [EngineError]

    private static let attemptLimit = 3

    /// Looks at the database in `folder`.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` where `CURRENT` or the manifest is
    ///   damaged, ``EngineError/unsupportedFormat(_:)`` where the folder holds no database.
    package static func inspect(_ folder: String, filesystem: any Filesystem = POSIXFilesystem())
        throws(EngineError) -> DatabaseInspection
    {
        var failure: EngineError?
        for attempt in 1...attemptLimit {
            do throws(EngineError) {
                let inspection = try DatabaseInspection(folder, filesystem)
                if inspection.damages.isEmpty || attempt == attemptLimit { return inspection }
            } catch {
                failure = error
            }
        }
        throw failure ?? .closed
    }

    private init(_ folder: String, _ filesystem: any Filesystem) throws(EngineError) {
        let names = try onDisk { () throws(FilesystemError) in try filesystem.list(folder) }
        let files = names.compactMap { FileName($0) }
        guard files.contains(.current) else {
            throw .unsupportedFormat("\(folder) holds no database: it has no file CURRENT")
        }
        let manifest = try InspectedFile.open(
            FileName.current.path(in: folder), filesystem: filesystem)
        let edits = try ManifestInspection(manifest)
        while try edits.next() != nil {}
        guard let contents = edits.contents else {
            preconditionFailure("a manifest that was read has contents")
        }
        self.folder = folder
        self.filesystem = filesystem
        databaseID = contents.databaseID.text
        manifestNumber = manifest.number
        manifestSizeBytes = manifest.sizeBytes
        logFormatVersion = edits.formatVersion
        tableFormatVersion =
            contents.tables.contains { $0.metadata.rangeDeletionCount > 0 }
            ? SSTableFormat.versionWithRangeTombstones : SSTableFormat.version
        lastTableSequence = contents.lastSequence
        counterCount = contents.counters.count
        (levels, damages) = Self.levels(contents, folder, filesystem)
        logs = try Self.logs(files, firstInForce: contents.logNumber, folder, filesystem)
        let tables = Set(contents.tables.map(\.metadata.number))
        unnamedFiles = files.filter { file in
            switch file {
            case .table(let number): !tables.contains(number)
            case .manifest(let number): number != manifest.number
            case .temporaryCurrent: true
            case .log, .current, .lock: false
            }
        }.map(\.name).sorted()
    }

    private static func logs(
        _ files: [FileName], firstInForce: UInt64, _ folder: String, _ filesystem: any Filesystem
    ) throws(EngineError) -> [Log] {
        var logs: [Log] = []
        for case .log(let number) in files {
            let path = FileName.log(number).path(in: folder)
            do throws(EngineError) {
                let file = try InspectedFile.open(path, filesystem: filesystem)
                logs.append(
                    Log(
                        number: number, sizeBytes: file.sizeBytes,
                        isInForce: number >= firstInForce))
            } catch {
                // A log below the first is on its way out, and may be gone by now.
                if number >= firstInForce { throw error }
            }
        }
        return logs.sorted { $0.number < $1.number }
    }

    private static func levels(
        _ contents: Manifest.Contents, _ folder: String, _ filesystem: any Filesystem
    ) -> ([Level], [EngineError]) {
        var byLevel = Array(repeating: [SSTableMetadata](), count: Version.levelCount)
        for (level, metadata) in contents.tables { byLevel[level].append(metadata) }
        for level in byLevel.indices {
            byLevel[level].sort { Version.precedes($0, $1, inLevel: level) }
        }
        var levels: [Level] = []
        var damages: [EngineError] = []
        for (level, tables) in byLevel.enumerated() {
            var filterBytes: Int? = 0
            for table in tables {
                do throws(EngineError) {
                    let bytes = try Self.filterBytes(of: table, folder, filesystem)
                    filterBytes = filterBytes.map { $0 + bytes }
                } catch {
                    damages.append(error)
                    filterBytes = nil
                }
            }
            let runs =
                level == 0 ? LevelLayout.sublevels(of: tables).count : min(1, tables.count)
            levels.append(
                Level(tables, level: level, sortedRunCount: runs, filterBytes: filterBytes))
        }
        return (levels, damages)
    }

    /// The size of a table's filter, from its footer; checks the file's size on the way.
    private static func filterBytes(
        of table: SSTableMetadata, _ folder: String, _ filesystem: any Filesystem
    ) throws(EngineError) -> Int {
        let path = FileName.table(table.number).path(in: folder)
        let file = try InspectedFile.open(path, filesystem: filesystem)
        guard file.sizeBytes == table.sizeBytes else {
            throw .corruption(
                file: file.name, offset: min(file.sizeBytes, table.sizeBytes),
                reason: "it has \(file.sizeBytes) bytes, the manifest says \(table.sizeBytes)")
        }
        return try SSTableInspection.readFooter(file).filter.sizeBytes
    }
}

extension DatabaseInspection.Level {
    init(_ tables: [SSTableMetadata], level: Int, sortedRunCount: Int, filterBytes: Int?) {
        self.level = level
        self.tables = tables.map { InspectedTable($0, level: level) }
        self.sortedRunCount = sortedRunCount
        // The numbers are a file's own; no sum of them may be more than can be counted.
        sizeBytes = tables.reduce(0) { $0 &+ $1.sizeBytes }
        entryCount = tables.reduce(0) { $0 &+ $1.entryCount }
        deletionCount = tables.reduce(0) { $0 &+ $1.deletionCount }
        rangeDeletionCount = tables.reduce(0) { $0 &+ $1.rangeDeletionCount }
        hiddenCount = tables.reduce(0) { $0 &+ $1.hiddenCount }
        denseGarbageCount = tables.reduce(0) { $0 &+ $1.denseGarbageCount }
        let entries = Double(entryCount)
        filterBitsPerEntry = entries > 0 ? filterBytes.map { Double($0) * 8 / entries } : nil
        let span = KeySpan.covering(tables)
        smallestKey = span.map { InspectedBytes($0.smallest) }
        largestKey = span.map { InspectedBytes($0.largest) }
        smallestSequence = tables.map(\.smallestSequence).min() ?? 0
        largestSequence = tables.map(\.largestSequence).max() ?? 0
    }
}
