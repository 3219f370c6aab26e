// Unsafe pointers: keys are lent by the merge for the length of a call.

internal import Glibc

/// Flushes memtables and compacts levels, on two threads or on the caller's.
///
/// ## Crash safety
/// New tables are written, synced and entered into their folder before the manifest names them; old
/// tables and logs are removed only after the manifest no longer does. A crash in between leaves
/// files that nothing names, which the next open removes.
///
/// `@unchecked Sendable`: flushes are serialised by `flushLock`, compactions by `compactionLock`.
final class BackgroundWorker: @unchecked Sendable {
    private static let attemptLimit = 3
    /// The most compactions of level 0 between two that were asked for.
    private static let reliefLimit = 8
    /// How many entries a merge takes between two looks at the room on the disk.
    private static let entriesBetweenLooks = 1_024

    private let options: EngineOptions
    private let folder: String
    private let versions: VersionSet
    private let states: ReadStates
    private let pipeline: CommitPipeline
    private let nextLog: NextLog
    private let snapshots: SnapshotList
    private let graveyard: Graveyard
    private let signal: BackgroundSignal
    /// Held here too: the threads hold this object, so an engine that was dropped without a close
    /// keeps others out for as long as its threads may write.
    private let folderLock: any FolderLock
    private let observer: EngineObserver
    private let picker: CompactionPicker
    private let flushLock = Lock()
    private let compactionLock = Lock()
    private var threads: [WorkerThread] = []

    init(
        options: EngineOptions, folder: String, versions: VersionSet, states: ReadStates,
        pipeline: CommitPipeline, nextLog: NextLog, snapshots: SnapshotList, graveyard: Graveyard,
        signal: BackgroundSignal, folderLock: any FolderLock, observer: EngineObserver
    ) {
        self.options = options
        self.folder = folder
        self.versions = versions
        self.states = states
        self.pipeline = pipeline
        self.nextLog = nextLog
        self.snapshots = snapshots
        self.graveyard = graveyard
        self.signal = signal
        self.folderLock = folderLock
        self.observer = observer
        picker = CompactionPicker(options: options)
    }

    func start() throws(EngineError) {
        guard options.backgroundWork == .threads else { return }
        threads.append(
            try WorkerThread(name: "kvd-flush") {
                while self.signal.waitForFlush() {
                    self.flushAllWaiting()
                    self.prepareLog()
                }
            })
        threads.append(
            try WorkerThread(name: "kvd-compact") {
                var pause: Duration?
                while self.signal.waitForCompaction(atMost: pause) {
                    let retryPause = self.options.simulation.compactionRetryPause
                    pause = self.compactWhileDue() ? nil : retryPause
                }
            })
        // Levels may be over their size from before.
        signal.requestCompaction()
    }

    func stop() {
        signal.close()
        for thread in threads { thread.join() }
        threads = []
        // A flush or compaction on a caller's thread ends at its next step. Whoever takes these
        // locks later finds the signal closed, so after this nothing is written to the folder; files
        // that nobody has a name for any more may still be removed.
        flushLock.withLock {}
        compactionLock.withLock {}
        graveyard.close()
        removeBuriedTables()
    }

    /// Does on the calling thread whatever is due.
    func runInline() {
        if !states.current.waiting.isEmpty {
            flushAllWaiting()
            compactWhileDue()
        }
        prepareLog()
    }

    // MARK: Flush

    private func prepareLog() {
        flushLock.withLock {
            if signal.isClosed || pipeline.currentFailure != nil { return }
            do throws(EngineError) {
                try nextLog.prepareIfAskedFor()
            } catch {
                pipeline.fail(.readOnly(reason: error.description))
            }
        }
    }

    /// Flushes every full memtable, oldest first; makes the engine read-only where it can not.
    func flushAllWaiting() {
        flushLock.withLock {
            while let memtable = states.current.waiting.last, !signal.isClosed {
                let failure = attempt("flush") { () throws(EngineError) in
                    do throws(EngineError) {
                        try flush(memtable)
                    } catch {
                        memtable.noteFlushed(entryCount: 0)
                        throw error
                    }
                }
                if let failure {
                    // What a close cut short is in the log.
                    if endOfWriting != nil { return }
                    return pipeline.fail(.readOnly(reason: "flush failed: \(failure)"))
                }
                signal.requestCompaction()
            }
        }
    }

    private func flush(_ memtable: Memtable) throws(EngineError) {
        // A table must not show what a crash could take from the log: a later table or log would
        // then hold writes whose predecessors are gone.
        try pipeline.awaitDurable(memtable.lastSequence)
        observer.report(
            .flushBegan(memtableBytes: memtable.sizeBytes, entryCount: memtable.entryCount))
        let began = ContinuousClock.now
        let layout = versions.current.layout
        var builder = TableBuilder(
            folder: folder, options: options, newFileNumber: versions.newFileNumber,
            snapshots: snapshots.all, isBottom: false,
            filterBits: FilterBits(level: 0, layout, options: options))
        // Writers that fill a memtable faster than one is flushed need their logs meanwhile.
        builder.onProgress = { [nextLog] (count) throws(EngineError) in
            memtable.noteFlushed(entryCount: count)
            try nextLog.prepareIfAskedFor()
        }
        let tables = try building { () throws(EngineError) in
            guard memtable.hasEntries else { return [] }
            return try builder.build(from: memtable, cutter: picker.flushCutter(layout))
        }
        var edit = VersionEdit()
        edit.logNumber = logNumber(after: memtable)
        edit.lastSequence = memtable.lastSequence
        edit.addedTables = tables.map { (0, $0) }
        edit.counterDeltas = memtable.counterDeltas
        try install(edit, tables: tables, level: 0, instead: memtable)
        observer.flushed(tables, duration: began.duration(to: .now))
        // The log may never have been written; what stays behind is removed at the next open.
        try? options.filesystem.remove(FileName.log(memtable.logNumber).path(in: folder))
    }

    /// The log of the memtable that follows: the oldest whose writes are not all in tables.
    private func logNumber(after memtable: Memtable) -> UInt64 {
        let state = states.current
        let newer = [state.memtable] + state.waiting
        guard let place = newer.firstIndex(where: { $0 === memtable }), place > 0 else {
            preconditionFailure("a memtable that is flushed waits behind another")
        }
        return newer[place - 1].logNumber
    }

    // MARK: Compaction

    /// The tables of now and the snapshots alive after, for a choice and for its rewrite.
    ///
    /// In this order: a snapshot that is taken later sees all that is in these tables. Were the list
    /// read first, a snapshot taken before a flush that came between would be in neither, and the
    /// rewrite would drop what it sees.
    private var view: (version: Version, snapshots: [UInt64]) {
        let version = versions.current
        return (version, snapshots.all)
    }

    /// Compacts until every level is within its size.
    ///
    /// - Returns: False where a compaction failed and is to be tried again after a while.
    @discardableResult
    func compactWhileDue() -> Bool {
        defer { removeBuriedTables() }
        return compactionLock.withLock {
            while !signal.isClosed {
                let (version, snapshots) = view
                guard let plan = picker.pick(version.layout, snapshots: snapshots) else {
                    if waitsForRelease(version.layout, snapshots) { return true }
                    continue
                }
                let failure = attempt("compaction") { () throws(EngineError) in
                    try run(plan, version, snapshots)
                }
                if let failure { return endsCompactions(failure) }
                // Under load there is always more to compact; the files must not wait for the end.
                removeBuriedTables()
            }
            return true
        }
    }

    /// Makes the engine read-only where a compaction that failed reads what is damaged, or where
    /// level 0 has no room left. Else nothing is lost by trying again later, when a full disk may have
    /// been emptied.
    ///
    /// - Returns: Whether there will be no compaction any more.
    private func endsCompactions(_ failure: EngineError) -> Bool {
        if endOfWriting != nil { return true }
        if case .io = failure,
            versions.current.levelZeroSublevelCount < options.levelZeroStopTrigger
        {
            observer.report(.retrying(reason: "compaction failed: \(failure)"))
            return false
        }
        pipeline.fail(.readOnly(reason: "compaction failed: \(failure)"))
        return true
    }

    /// Sees to it that garbage which only snapshots keep is compacted once they are released; false
    /// where one was released meanwhile.
    private func waitsForRelease(_ layout: LevelLayout, _ snapshots: [UInt64]) -> Bool {
        guard !snapshots.isEmpty, picker.pick(layout, snapshots: []) != nil else { return true }
        return self.snapshots.atNextRelease(after: snapshots) { [signal] in
            signal.requestCompaction()
        }
    }

    /// Merges every level into the one below it, down to the last, and rewrites there what holds
    /// anything that nobody can read. What is written meanwhile may stay where it is.
    func compactAll() throws(EngineError) {
        // What a snapshot kept here is seen to by the compaction thread, which may have looked last
        // before this began.
        defer { signal.requestCompaction() }
        try compactionLock.withLock { () throws(EngineError) in
            var whole = WholeCompaction(picker: picker)
            while true {
                let (version, snapshots) = view
                guard var plan = whole.next(version.layout, snapshots: snapshots) else { break }
                plan.reason = .requested
                try run(plan, version, snapshots)
                // Writers go on meanwhile.
                try relieveLevelZero()
            }
        }
        removeBuriedTables()
    }

    /// Compacts level 0 until it is within its size, or for so long that writers who keep it full do
    /// not hold up what was asked for.
    private func relieveLevelZero() throws(EngineError) {
        for _ in 0..<Self.reliefLimit {
            let (version, snapshots) = view
            guard let plan = picker.dueLevelZeroPlan(version.layout) else { break }
            try run(plan, version, snapshots)
        }
        removeBuriedTables()
    }

    /// Runs a plan made from `version`; only flushes came since.
    private func run(
        _ plan: CompactionPlan, _ version: Version, _ snapshots: [UInt64]
    ) throws(EngineError) {
        if let failure = endOfWriting { throw failure }
        switch plan.work {
        case .move: try move(plan, version)
        case .drop: try drop(plan)
        case .merge: try merge(plan, version, snapshots)
        }
    }

    private func merge(
        _ plan: CompactionPlan, _ version: Version, _ snapshots: [UInt64]
    ) throws(EngineError) {
        let input = CompactionInput(plan)
        observer.report(.compactionBegan(input))
        let began = ContinuousClock.now
        let deeper = plan.span.map { span in
            (plan.outputLevel + 1..<Version.levelCount).filter {
                !version.layout.tables(level: $0, overlapping: span).isEmpty
            }
        }
        let deeperLevels = (deeper ?? []).map { SortedRun(version.levels[$0]) }
        var builder = TableBuilder(
            folder: folder, options: options, newFileNumber: versions.newFileNumber,
            snapshots: snapshots, isBottom: deeperLevels.isEmpty,
            filterBits: FilterBits(level: plan.outputLevel, version.layout, options: options))
        let reserve = min(plan.inputBytes, options.memtableSizeBytes)
        // It may take long, and what it has done so far is of no use to whoever waits for a close.
        builder.onProgress = { (count) throws(EngineError) in
            if self.signal.isClosed { throw .closed }
            if count % Self.entriesBetweenLooks == 0 { try self.requireRoom(reserve) }
        }
        let replaced = plan.inputs + plan.overlapped
        let tombstones = RangeTombstoneFragmenter.merge(
            version.tables(replaced).compactMap(\.rangeTombstones))
        let tables = try building { () throws(EngineError) in
            try builder.build(
                from: source(of: plan, version), tombstones: tombstones,
                cutter: picker.cutter(version.layout, plan)
            ) { smallest, largest in
                deeperLevels.contains { $0.hasTable(meeting: smallest, largest) }
            }
        }
        var edit = VersionEdit()
        edit.removedTables = replaced.map(\.number)
        edit.addedTables = tables.map { (plan.outputLevel, $0) }
        try install(edit, tables: tables, level: plan.outputLevel, instead: nil)
        observer.compacted(input, into: tables, duration: began.duration(to: .now))
    }

    /// Throws where a merge has left so little room on the disk that logs and flushes may miss it: what
    /// it wrote is freed then, but a log that found no room is not written again.
    private func requireRoom(_ bytes: Int) throws(EngineError) {
        guard let available = options.filesystem.availableBytes(in: folder) else { return }
        if available < bytes {
            throw .io(FilesystemError(code: ENOSPC, operation: "statvfs", path: folder))
        }
    }

    private func source(of plan: CompactionPlan, _ version: Version) -> EntrySource {
        let runs = plan.inputRuns + (plan.overlapped.isEmpty ? [] : [plan.overlapped])
        return MergingSource(
            runs.map {
                TableRunSource(
                    SortedRun(version.tables($0)), mode: .blocking, use: .rewriting)
            })
    }

    private func move(_ plan: CompactionPlan, _ version: Version) throws(EngineError) {
        let tables = version.tables(plan.inputs)
        var edit = VersionEdit()
        edit.removedTables = tables.map(\.number)
        edit.addedTables = tables.map { (plan.outputLevel, $0.metadata) }
        try install(edit, opened: tables.map { (plan.outputLevel, $0) }, instead: nil)
        for table in tables {
            observer.moved(table.metadata, from: plan.level, to: plan.outputLevel)
        }
    }

    private func drop(_ plan: CompactionPlan) throws(EngineError) {
        var edit = VersionEdit()
        edit.removedTables = plan.inputs.map(\.number)
        try install(edit, opened: [], instead: nil)
        for table in plan.inputs { observer.dropped(table, from: plan.level) }
    }

    // MARK: Shared

    /// Writes the tables of a flush or a compaction. A folder that could not be synced is not synced
    /// again (see ``ObservedFilesystem``), so nothing can follow.
    private func building(
        _ tables: () throws(EngineError) -> [SSTableMetadata]
    ) throws(EngineError) -> [SSTableMetadata] {
        do {
            return try tables()
        } catch {
            if case .io(let failure) = error, failure.isFailedSync(ofFolder: folder) {
                pipeline.fail(.readOnly(reason: error.description))
            }
            throw error
        }
    }

    private func install(
        _ edit: VersionEdit, tables: [SSTableMetadata], level: Int, instead flushed: Memtable?
    ) throws(EngineError) {
        var opened: [(level: Int, table: SSTable)] = []
        do {
            for table in tables { opened.append((level, try versions.openTable(table))) }
        } catch {
            // They are written again, under other names.
            for table in tables {
                try? options.filesystem.remove(FileName.table(table.number).path(in: folder))
            }
            throw error
        }
        try install(edit, opened: opened, instead: flushed)
    }

    private func install(
        _ edit: VersionEdit, opened: [(level: Int, table: SSTable)], instead flushed: Memtable?
    ) throws(EngineError) {
        do {
            try versions.install(edit, opened: opened) { version in
                states.show(version, instead: flushed)
            }
        } catch {
            // Whether the edit reached the disk is unknown, so nothing may follow it.
            pipeline.fail(.readOnly(reason: error.description))
            throw error
        }
        pipeline.noteRoom()
    }

    /// Tries a few times, since a full disk may be emptied.
    ///
    /// - Returns: Why it was given up: the last error, or why nothing may be written any more; nil
    ///   where it succeeded.
    private func attempt(
        _ name: String, _ body: () throws(EngineError) -> Void
    ) -> EngineError? {
        var failures = 0
        while true {
            if let failure = endOfWriting { return failure }
            do {
                try body()
                return nil
            } catch {
                if let failure = endOfWriting { return failure }
                failures += 1
                if case .corruption = error { return error }
                guard failures < Self.attemptLimit else { return error }
                observer.report(.retrying(reason: "\(name) failed: \(error.description)"))
                if options.backgroundWork == .threads {
                    signal.pause(.milliseconds(100 << failures))
                }
            }
        }
    }

    /// Why nothing may be written any more; nil where something may.
    private var endOfWriting: EngineError? {
        pipeline.currentFailure ?? (signal.isClosed ? .closed : nil)
    }

    /// Removes the files of tables that no reader holds any more.
    func removeBuriedTables() {
        for (number, _) in graveyard.takeAll() {
            // A file that can not be removed is an orphan, which the next open removes.
            try? options.filesystem.remove(FileName.table(number).path(in: folder))
        }
    }
}
