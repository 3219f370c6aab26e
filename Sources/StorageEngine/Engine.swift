// Unsafe pointers: keys are lent by the caller for one call; values are lent as `PinnedBytes` says.

internal import Synchronization

/// A durable, ordered map from bytes to bytes: a log-structured merge tree in one folder.
///
/// Keys sort as unsigned bytes. Batches are atomic, durable as ``EngineOptions/durability`` says,
/// and visible to ``ReadPoint/durable`` reads only once they are durable, so that no answer shows a
/// state a crash can take back. Reads and writes may come from any thread. Call ``close()`` when
/// done: an engine that is dropped without it keeps its threads and its folder lock.
///
/// Sources: O'Neil et al., "The Log-Structured Merge-Tree" (1996); LevelDB and Pebble for the shape
/// of its files.
public final class Engine: Sendable {
    private let options: EngineOptions
    private let folderLock: any FolderLock
    /// The disk itself; that of `options` counts what the engine does for itself.
    private let disk: any Filesystem
    private let cache: BlockCache
    private let versions: VersionSet
    private let states: ReadStates
    private let snapshots = SnapshotList()
    private let observer: EngineObserver
    private let pipeline: CommitPipeline
    private let background: BackgroundWorker
    private let readers = BlockingPool()
    private let writers = BlockingPool()
    private let isClosed = Atomic<Bool>(false)

    /// Opens the database in `folder`, creating it where there is none.
    ///
    /// Every table has its file open, some sixteen for each GB that was compacted and up to 250 for each
    /// that moved down as it was, and its filter in memory (see ``EngineOptions``): a process with a
    /// large database has to raise its limit of open files, which is 1,024 by default; `kvd serve`
    /// does.
    ///
    /// - Throws: ``EngineError/locked(folder:)`` where another engine has it open,
    ///   ``EngineError/corruption(file:offset:reason:)`` where synced bytes are damaged,
    ///   ``EngineError/unsupportedFormat(_:)``, ``EngineError/invalidArgument(_:)`` for options out
    ///   of bounds, ``EngineError/io(_:)``, which also tells of threads that could not be started.
    public static func open(folder: String, options: EngineOptions = EngineOptions())
        throws(EngineError) -> Engine
    {
        try options.validate()
        let filesystem = options.filesystem
        let folderLock = try onDisk { () throws(FilesystemError) in
            try filesystem.createFolder(folder)
            return try filesystem.lock(FileName.lock.path(in: folder))
        }
        guard let folderLock else { throw .locked(folder: folder) }
        let engine: Engine
        do {
            engine = try Engine(folder: folder, options: options, folderLock: folderLock)
        } catch {
            folderLock.release()
            throw error
        }
        do {
            try engine.start()
        } catch {
            // Ends the threads that did start. The first error is the one to tell.
            try? engine.close()
            throw error
        }
        return engine
    }

    private init(folder: String, options: EngineOptions, folderLock: any FolderLock)
        throws(EngineError)
    {
        let observer = EngineObserver(onEvent: options.onEvent)
        disk = options.filesystem
        var options = options
        options.filesystem = ObservedFilesystem(
            disk: options.filesystem, observer: observer,
            slowDiskThreshold: options.slowDiskThreshold)
        self.options = options
        self.observer = observer
        self.folderLock = folderLock
        cache = BlockCache(
            capacityBytes: options.blockCacheSizeBytes, simulation: options.simulation)
        let signal = BackgroundSignal()
        let graveyard = Graveyard(signal: signal)
        let recovered = try Recovery(
            folder: folder, options: options, cache: cache, graveyard: graveyard,
            observer: observer
        ).run()
        versions = recovered.versions
        let nextLog = NextLog(versions: versions, options: options)
        let log = nextLog.take()
        let header = LogHeader(
            databaseID: versions.databaseID, logNumber: log.number,
            predecessorNumber: 0, predecessorSizeBytes: 0,
            predecessorLastSequence: recovered.lastSequence)
        let memtable = try Memtable(
            capacityBytes: options.memtableSizeBytes, logNumber: header.logNumber)
        states = ReadStates(
            ReadState(memtable: memtable, waiting: [], version: versions.current))
        pipeline = CommitPipeline(
            options: options, versions: versions, states: states,
            log: LogSegment(file: log, header: header, options: options), nextLog: nextLog,
            lastSequence: recovered.lastSequence, counters: recovered.counters, background: signal,
            observer: observer)
        background = BackgroundWorker(
            options: options, folder: folder, versions: versions, states: states,
            pipeline: pipeline, nextLog: nextLog, snapshots: snapshots, graveyard: graveyard,
            signal: signal,
            folderLock: folderLock, observer: observer)
    }

    private func start() throws(EngineError) {
        try pipeline.start()
        try background.start()
        guard options.backgroundWork == .threads else { return }
        try readers.start(name: "kvd-read", threadCount: options.ioThreadCount)
        try writers.start(name: "kvd-write", threadCount: options.ioThreadCount)
    }

    /// Makes everything written durable, stops the threads and gives the folder back.
    ///
    /// Must not be called from a job of ``performBlocking(_:_:)``. A second call does nothing.
    ///
    /// - Throws: The error that kept the last writes from becoming durable, or that made the engine
    ///   read-only before.
    public func close() throws(EngineError) {
        if isClosed.exchange(true, ordering: .acquiringAndReleasing) { return }
        readers.close()
        writers.close()
        defer {
            folderLock.release()
            observer.finish()
        }
        background.stop()
        versions.close()
        try pipeline.close()
    }

    // MARK: Writes

    /// Applies a batch: it has its place in the order of all writes, and ``ReadPoint/applied`` reads
    /// see it. It is not durable yet; ask ``whenDurable(_:_:)``.
    ///
    /// - Parameter mayBlock: Whether the call may wait where flushes or compactions are behind; if
    ///   not, it throws ``EngineError/wouldBlock`` and has done nothing.
    /// - Returns: The batch's last commit sequence.
    public func submit(_ batch: WriteBatch, mayBlock: Bool) throws(EngineError) -> UInt64 {
        let sequence = try pipeline.submit(batch, mayBlock: mayBlock)
        if options.backgroundWork == .inline { background.runInline() }
        return sequence
    }

    /// Calls back, once, when everything up to `sequence` is durable, or with the error that makes
    /// this impossible.
    ///
    /// The callback comes on the caller's thread where there is nothing to wait for, else on the
    /// thread that synced; it must not block.
    public func whenDurable(
        _ sequence: UInt64, _ completion: @escaping @Sendable (EngineError?) -> Void
    ) {
        pipeline.whenDurable(sequence, completion)
    }

    /// Applies a batch and returns when it is durable.
    public func commit(_ batch: WriteBatch) throws(EngineError) {
        try pipeline.awaitDurable(submit(batch, mayBlock: true))
    }

    /// The last sequence applied.
    public var appliedSequence: UInt64 { pipeline.appliedSequence }

    /// The last sequence that can not be lost.
    public var durableSequence: UInt64 { pipeline.durableSequence }

    /// The sum of all applied changes of a counter; 0 for one never changed.
    public func counter(_ id: UInt64) -> Int64 { pipeline.counter(id) }

    // MARK: Reads

    /// The value of a key, or nil.
    ///
    /// Allocates nothing where the value is in memory.
    public func get(
        _ key: UnsafeRawBufferPointer, at point: ReadPoint = .durable, mode: ReadMode = .blocking
    ) throws(EngineError) -> PinnedBytes? {
        try checkOpen()
        return try states.withPinned { (state) throws(EngineError) -> PinnedBytes? in
            // The state comes first: it then holds everything the sequence, read after it, can name
            // among what is already flushed.
            let sequence = sequence(of: point)
            if case .ends(let value) = state.memtable.search(key, sequence) { return value }
            for memtable in state.waiting {
                if case .ends(let value) = memtable.search(key, sequence) { return value }
            }
            return try state.version.get(key, sequence: sequence, mode: mode)
        }
    }

    /// The value of a key, copied.
    public func get(_ key: [UInt8], at point: ReadPoint = .durable) throws(EngineError) -> [UInt8]?
    {
        try key.withUnsafeBufferPointer { (key) throws(EngineError) -> [UInt8]? in
            let pinned = try get(UnsafeRawBufferPointer(key), at: point, mode: .blocking)
            return withExtendedLifetime(pinned) { pinned.map { [UInt8]($0.bytes) } }
        }
    }

    /// A cursor over the keys in `[lower, upper)`; it stands nowhere until it is moved.
    ///
    /// - Parameters:
    ///   - upper: The first key past the range; nil for no end.
    ///   - mode: With ``ReadMode/cachedOnly`` a move throws ``EngineError/wouldBlock`` where it
    ///     needs the disk, and the cursor must not be used after.
    ///   - fillsCache: Whether blocks read from the disk are kept; pass false for a walk over much
    ///     that will not be read again soon.
    public func cursor(
        lower: [UInt8] = [], upper: [UInt8]? = nil, at point: ReadPoint = .durable,
        mode: ReadMode = .blocking, fillsCache: Bool = true
    ) throws(EngineError) -> Cursor {
        try checkOpen()
        let state = states.current
        let sequence = sequence(of: point)
        let sources = state.sources(mode: mode, use: fillsCache ? .kept : .passing)
        return Cursor(
            source: MergingSource(sources), coverage: state.rangeCoverage(at: sequence),
            sequence: sequence, lower: lower, upper: upper, pinned: state)
    }

    /// A moment to read from again and again: everything durable now.
    public func snapshot() -> Snapshot { snapshots.make { pipeline.durableSequence } }

    private func sequence(of point: ReadPoint) -> UInt64 {
        switch point {
        case .durable: pipeline.durableSequence
        case .applied: pipeline.appliedSequence
        case .snapshot(let snapshot): snapshot.sequence
        }
    }

    private func checkOpen() throws(EngineError) {
        if isClosed.load(ordering: .relaxed) { throw .closed }
    }

    // MARK: Work

    /// What a job given to ``performBlocking(_:_:)`` may wait for.
    public enum BlockingWork: Sendable {
        /// The disk.
        case reading
        /// The disk, and room for writes, which may take as long as a flush or a compaction.
        case writing
    }

    /// Runs a job on one of the engine's I/O threads, where it may wait.
    ///
    /// Jobs that write have threads of their own, so that a stall of writes holds up no read.
    public func performBlocking(_ work: BlockingWork, _ job: @escaping @Sendable () -> Void) {
        switch work {
        case .reading: readers.run(job)
        case .writing: writers.run(job)
        }
    }

    /// Moves everything written so far into tables.
    public func flush() throws(EngineError) {
        try checkOpen()
        try pipeline.rotateForFlush()
        background.flushAllWaiting()
        // A close on another thread may have cut the flush short.
        try checkOpen()
        if let failure = pipeline.currentFailure { throw failure }
        if options.backgroundWork == .inline { background.compactWhileDue() }
    }

    /// Syncs what is not synced yet, as the log thread does at the end of an interval.
    package func endInterval() throws(EngineError) { try pipeline.syncApplied() }

    /// Flushes and then merges all levels into one; what is written meanwhile may stay in others.
    ///
    /// - Throws: ``EngineError/closed`` where the engine is closed meanwhile,
    ///   ``EngineError/readOnly(reason:)`` where it becomes that, ``EngineError/io(_:)``,
    ///   ``EngineError/corruption(file:offset:reason:)``.
    public func compactAll() throws(EngineError) {
        try flush()
        try background.compactAll()
    }

    /// Makes a database of its own in `folder` while reads and writes go on here.
    ///
    /// It holds everything that was durable at one moment during the call, so every write that was
    /// acknowledged before it, and opens like any other, on its own: what happens to either of the
    /// two does not touch the other. Tables are shared as hard links where both folders are on one
    /// filesystem and copied where they are not; the log is copied, no memtable is flushed. Waits
    /// for the disk; ``performBlocking(_:_:)`` is for callers that may not.
    ///
    /// - Parameter folder: A new folder, or an empty one. A crash during the call leaves it without
    ///   `CURRENT`, so that it does not open; it has to be removed before another try. An error
    ///   leaves it empty.
    /// - Throws: ``EngineError/invalidArgument(_:)`` where the folder is not empty,
    ///   ``EngineError/locked(folder:)``, ``EngineError/io(_:)``, ``EngineError/closed``,
    ///   ``EngineError/readOnly(reason:)``, ``EngineError/corruption(file:offset:reason:)`` where
    ///   a log that is copied is damaged.
    public func checkpoint(to folder: String) throws(EngineError) {
        try checkOpen()
        try Checkpoint(folder: folder, filesystem: disk, versions: versions, pipeline: pipeline)
            .make()
    }

    // MARK: Observing

    /// What the engine holds now, and has done since it was opened.
    public func statistics() -> EngineStatistics {
        let state = states.current
        let layout = state.version.layout
        let scores = CompactionPicker(options: options).scores(
            layout, LevelSizes(layout, options: options))
        let levels = state.version.levels
        return EngineStatistics(
            levels: levels.enumerated().map { level, tables in
                EngineStatistics.Level(
                    tables,
                    sortedRunCount: level == 0 ? layout.sublevels.count : min(1, tables.count),
                    score: level < scores.count ? scores[level] : 0,
                    counters: observer.levels[level])
            },
            memory: EngineStatistics.Memory(
                memtableBytes: pipeline.memtableBytes,
                waitingMemtableCount: state.waiting.count, cacheBytes: cache.sizeBytes,
                blockBytes: cache.allocator.mappedBytes,
                tableIndexBytes: levels.joined().reduce(0) { $0 + $1.memoryBytes }),
            cache: EngineStatistics.Cache(
                hitCount: cache.hitCount, missCount: cache.missCount, sizeBytes: cache.sizeBytes,
                capacityBytes: options.blockCacheSizeBytes),
            filters: observer.filters.current,
            stalls: EngineStatistics.Stalls(stops: observer.stops, slowdowns: observer.slowdowns),
            log: EngineStatistics.Log(observer.commits, observer.files(.log)),
            tables: EngineStatistics.Files(observer.files(.table)),
            manifests: EngineStatistics.Files(observer.files(.manifest)),
            flushCount: observer.flushCount.load(ordering: .relaxed),
            corruptionCount: observer.corruptionCount.load(ordering: .relaxed),
            slowDiskCount: observer.slowDiskCount.load(ordering: .relaxed),
            appliedSequence: appliedSequence, durableSequence: durableSequence)
    }

    /// The events from now on, as a stream that ends when the engine closes.
    ///
    /// Each call makes a stream of its own. The engine never waits for a reader.
    ///
    /// - Parameter bufferedCount: How many of the newest events are kept for a reader that is
    ///   behind; older ones are dropped.
    public func events(bufferedCount: Int = 256) -> AsyncStream<EngineEvent> {
        observer.makeStream(bufferedCount: max(1, bufferedCount))
    }
}
