internal import Glibc
internal import Synchronization

/// The version in force and the manifest that records how it came about.
///
/// ## Thread safety
/// `install` is serialised by `lock`, which is held over the manifest's write and sync; readers do
/// not take it. `@unchecked Sendable`: all else is immutable or atomic.
final class VersionSet: @unchecked Sendable {
    let folder: String
    let databaseID: DatabaseID
    private let options: EngineOptions
    private let filesystem: any Filesystem
    private let cache: BlockCache
    private let graveyard: Graveyard
    private let observer: EngineObserver
    private let nextNumber: Atomic<UInt64>

    private let lock = Lock()
    private var manifest: Manifest?
    /// Set by the first write of a manifest that failed; none follows.
    private var failure: EngineError?
    private var version = Version.empty
    private var logNumber: UInt64
    private var lastSequence: UInt64
    private var counters: [UInt64: Int64]

    /// Opens the tables that `contents` names.
    init(
        contents: Manifest.Contents, nextFileNumber: UInt64, folder: String, options: EngineOptions,
        cache: BlockCache, graveyard: Graveyard, observer: EngineObserver
    ) throws(EngineError) {
        self.folder = folder
        self.options = options
        filesystem = options.filesystem
        self.cache = cache
        self.graveyard = graveyard
        self.observer = observer
        databaseID = contents.databaseID
        nextNumber = Atomic(nextFileNumber)
        logNumber = contents.logNumber
        lastSequence = contents.lastSequence
        counters = contents.counters
        var added: [(level: Int, table: SSTable)] = []
        for (level, metadata) in contents.tables {
            added.append((level, try openNamedTable(metadata)))
        }
        version = Version.empty.applying(removed: [], added: added)
    }

    /// A number no file of this folder has had.
    func newFileNumber() -> UInt64 {
        nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    func openTable(_ metadata: SSTableMetadata) throws(EngineError) -> SSTable {
        try SSTable(
            metadata: metadata, folder: folder, filesystem: filesystem, cache: cache,
            graveyard: graveyard, observer: observer)
    }

    /// A table that the manifest names: that it is not there is damage to the database.
    private func openNamedTable(_ metadata: SSTableMetadata) throws(EngineError) -> SSTable {
        do throws(EngineError) {
            return try openTable(metadata)
        } catch {
            guard case .io(let error) = error, error.code == ENOENT else { throw error }
            throw .corruption(
                file: FileName.table(metadata.number).name, offset: 0,
                reason: "the file is missing, and the manifest names it")
        }
    }

    /// The version in force.
    var current: Version { lock.withLock { version } }

    /// Shows the version in force, and an edit that alone makes it; none is installed meanwhile.
    func withCurrent<Result>(
        _ body: (Version, VersionEdit) throws(EngineError) -> Result
    ) throws(EngineError) -> Result {
        try lock.withLock { () throws(EngineError) in try body(version, snapshot) }
    }

    /// Starts a new manifest that holds the whole of the current state.
    func startManifest() throws(EngineError) {
        lock.lock()
        defer { lock.unlock() }
        try rollManifest()
    }

    /// Makes an edit durable and its version the one in force.
    ///
    /// - Parameter publish: Called with the new version before the lock is given up, so that
    ///   versions reach readers in the order of the manifest.
    func install(
        _ edit: VersionEdit, opened: [(level: Int, table: SSTable)],
        publish: (Version) -> Void
    ) throws(EngineError) {
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        do {
            try installLocked(edit, opened: opened, publish: publish)
        } catch {
            failure = error
            throw error
        }
    }

    private func installLocked(
        _ edit: VersionEdit, opened: [(level: Int, table: SSTable)],
        publish: (Version) -> Void
    ) throws(EngineError) {
        guard let manifest else { preconditionFailure("install before startManifest") }
        try manifest.append(edit)
        let removed = Set(edit.removedTables)
        let added = Set(opened.map { $0.table.number })
        for table in version.levels.joined() where removed.contains(table.number) {
            // A table that moves down a level is removed and added in one edit.
            if !added.contains(table.number) { table.markObsolete() }
        }
        version = version.applying(removed: removed, added: opened)
        logNumber = edit.logNumber ?? logNumber
        lastSequence = edit.lastSequence ?? lastSequence
        for (counter, delta) in edit.counterDeltas { counters[counter, default: 0] &+= delta }
        publish(version)
        let limitBytes = max(
            options.simulation.manifestRollSizeBytes, 2 * manifest.firstEditEndBytes)
        if manifest.sizeBytes > limitBytes { try rollManifest() }
    }

    /// Marks the manifest's clean end, where nothing is installed any more: damage to its last edit is
    /// told from what a crash leaves of one by that.
    func close() {
        lock.withLock {
            // Without the mark all that was installed is as durable as before.
            if failure == nil { try? manifest?.appendCleanEnd() }
        }
    }

    /// The whole of the current state as one edit.
    private var snapshot: VersionEdit {
        var snapshot = VersionEdit()
        snapshot.logNumber = logNumber
        snapshot.lastSequence = lastSequence
        snapshot.counterDeltas = counters
        for (level, tables) in version.levels.enumerated() {
            snapshot.addedTables += tables.map { (level, $0.metadata) }
        }
        return snapshot
    }

    private func rollManifest() throws(EngineError) {
        let old = manifest
        manifest = try Manifest(
            number: newFileNumber(), databaseID: databaseID, snapshot: snapshot, folder: folder,
            filesystem: filesystem)
        if let old {
            // The new one is in force; an old one that stays behind is removed at the next open.
            try? filesystem.remove(FileName.manifest(old.number).path(in: folder))
        }
    }
}
