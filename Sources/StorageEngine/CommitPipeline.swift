// Unsafe pointers: batch records are lent by the batch for one call.

internal import Synchronization

/// Orders writes, logs them, and tells when they are durable.
///
/// ## How a write flows
/// Under `lock`: the batch gets its sequences, is framed into the log's buffer and inserted into the
/// memtable, and `applied` moves on. No file is touched there. One thread at a time then leads a
/// group: it takes what is framed, writes and syncs it, moves `durable` on and completes, in one
/// pass, everyone who waited for it. While it syncs, the next group gathers by itself; nothing is
/// delayed on purpose. The leader is the first blocking caller who finds no other, or the log
/// thread where only completions wait.
///
/// ## Invariants
/// - Sequences in a log are consecutive, and logs follow each other without a gap.
/// - A log's first bytes reach the disk only after all of its predecessor is synced, in every
///   durability mode: its header vouches for that.
/// - `durable` never passes a sequence whose log bytes were not written (and synced, where
///   durability asks for it).
/// - After a failed write or sync nothing is written again: what the failed call left on the disk is
///   unknown, and a second fsync would report success for pages the kernel has dropped.
///
/// `@unchecked Sendable`: `applied` and `durable` are atomic, all other state is guarded by `lock`.
final class CommitPipeline: @unchecked Sendable {
    private typealias Completion = @Sendable (EngineError?) -> Void

    private let options: EngineOptions
    private let versions: VersionSet
    private let states: ReadStates
    private let arenas: ArenaPool
    private let background: BackgroundSignal
    private let observer: EngineObserver

    private let lock: Lock
    private let groupDone: Condition
    private let logThreadWork: Condition
    private let roomMade: Condition

    private let applied: Atomic<UInt64>
    private let durable: Atomic<UInt64>

    private var memtable: Memtable
    /// Logs that still have bytes to write or sync, oldest first; the last takes new records.
    private var segments: [LogSegment]
    private var isLeading = false
    private var waiters: [(sequence: UInt64, completion: Completion)] = []
    private var failure: EngineError?
    private var isClosing = false
    private var throttle: WriteThrottle
    private var counters: [UInt64: Int64]
    private var logThread: WorkerThread?

    /// Pending bytes that make the log thread write even though nobody waits.
    private static let pendingLimitBytes = 4 << 20

    init(
        options: EngineOptions, versions: VersionSet, states: ReadStates, arenas: ArenaPool,
        log: LogSegment, lastSequence: UInt64, counters: [UInt64: Int64],
        background: BackgroundSignal, observer: EngineObserver
    ) {
        self.options = options
        self.versions = versions
        self.states = states
        self.arenas = arenas
        self.background = background
        self.observer = observer
        self.counters = counters
        throttle = WriteThrottle(options)
        lock = Lock()
        groupDone = Condition(lock)
        logThreadWork = Condition(lock)
        roomMade = Condition(lock)
        applied = Atomic(lastSequence)
        durable = Atomic(lastSequence)
        memtable = states.current.memtable
        memtable.advance(to: lastSequence)
        segments = [log]
        noteBacklog()
    }

    /// Starts the log thread, where the engine has threads.
    func start() {
        guard options.backgroundWork == .threads else { return }
        logThread = WorkerThread(name: "kvd-log") { self.runLogThread() }
    }

    var appliedSequence: UInt64 { applied.load(ordering: .acquiring) }
    var durableSequence: UInt64 { durable.load(ordering: .acquiring) }

    func counter(_ id: UInt64) -> Int64 { lock.withLock { counters[id] ?? 0 } }

    // MARK: Writing

    /// Applies a batch; see ``Engine/submit(_:mayBlock:)``.
    func submit(_ batch: WriteBatch, mayBlock: Bool) throws(EngineError) -> UInt64 {
        guard !batch.hasOversizeKey else {
            throw .invalidArgument("a key is longer than \(WriteBatch.keySizeLimitBytes) bytes")
        }
        guard batch.sizeBytes <= WriteBatch.batchSizeLimitBytes else {
            throw .invalidArgument("a batch is larger than \(WriteBatch.batchSizeLimitBytes) bytes")
        }
        if batch.isEmpty { return appliedSequence }
        lock.lock()
        defer { lock.unlock() }
        if throttle.isSlowing { try slowDown(batch, mayBlock: mayBlock) }
        try makeRoom(for: batch, mayBlock: mayBlock)
        let first = applied.load(ordering: .relaxed) + 1
        // A batch of counters alone still takes a sequence, so that its durability can be asked for.
        let last = first + UInt64(max(batch.count, 1)) - 1
        batch.stamp(firstSequence: first)
        let log = segments[segments.count - 1]
        log.append(batch.buffer.bytes, lastSequence: last)
        observer.commits.noteBatch(sizeBytes: batch.sizeBytes)
        apply(batch.buffer.bytes)
        memtable.advance(to: last)
        applied.store(last, ordering: .releasing)
        if log.pendingBytes > Self.pendingLimitBytes { logThreadWork.signal() }
        return last
    }

    private func apply(_ record: UnsafeRawBufferPointer) {
        guard let batch = BatchReader(record) else { preconditionFailure("a batch has a header") }
        let end = memtable.insert(batch) { id, delta in
            memtable.add(counter: id, delta)
            counters[id, default: 0] &+= delta
        }
        precondition(end != nil, "a batch that was built here is malformed")
    }

    /// Returns with the lock held and a memtable that has room for the batch.
    private func makeRoom(for batch: WriteBatch, mayBlock: Bool) throws(EngineError) {
        while true {
            if let failure { throw failure }
            if isClosing { throw .closed }
            if memtable.hasRoom(entryCount: batch.count, payloadBytes: batch.payloadBytes) {
                return
            }
            guard let reason = throttle.stopReason else {
                try rotate(
                    minimumCapacity: batch.payloadBytes
                        + batch.count * Memtable.entryOverheadBytes + Memtable.emptySizeBytes)
                continue
            }
            if !mayBlock { throw .wouldBlock }
            observer.stall(reason) { roomMade.wait() }
        }
    }

    /// Delays a writer while flushes or compactions are behind; the lock is held but for the wait.
    ///
    /// A caller that may not wait is turned away only where a delay is due, with nothing charged, and
    /// pays when it comes back on a thread that may: so event loops take part in the slowdown and
    /// never sleep.
    private func slowDown(_ batch: WriteBatch, mayBlock: Bool) throws(EngineError) {
        var charged = throttle
        let began = ContinuousClock.now
        let delay = charged.delay(
            bytes: batch.sizeBytes,
            memtableFill: Double(memtable.sizeBytes) / Double(options.memtableSizeBytes),
            now: began)
        if delay > .zero, !mayBlock { throw .wouldBlock }
        throttle = charged
        if delay == .zero { return }
        if let event = throttle.noteDelayed(delay, now: began) { observer.report(event) }
        let end = began + delay
        while throttle.isSlowing, failure == nil, !isClosing, ContinuousClock.now < end {
            roomMade.wait(atMost: ContinuousClock.now.duration(to: end))
        }
        observer.slowdowns.note(began.duration(to: .now))
    }

    /// Wakes writers that wait for room; called after a flush or a compaction.
    func noteRoom() {
        lock.withLock {
            noteBacklog()
            roomMade.broadcast()
        }
    }

    /// Looks, with the lock held, at what flushes and compactions are behind with.
    private func noteBacklog() {
        // Inline work is done before the next call, so nothing can be behind.
        if options.backgroundWork == .inline { return }
        let event = throttle.update(WriteBacklog(states.current), now: .now)
        if let event { observer.report(event) }
    }

    /// Begins a new memtable and a new log, with the lock held.
    private func rotate(minimumCapacity: Int) throws(EngineError) {
        let old = segments[segments.count - 1]
        let header = LogHeader(
            databaseID: versions.databaseID, logNumber: versions.newFileNumber(),
            predecessorNumber: old.number, predecessorSizeBytes: UInt64(old.sizeBytes),
            predecessorLastSequence: applied.load(ordering: .relaxed))
        let next = try Memtable(
            pool: arenas, minimumCapacity: minimumCapacity, logNumber: header.logNumber)
        next.advance(to: applied.load(ordering: .relaxed))
        old.seal()
        segments.append(
            LogSegment(folder: versions.folder, header: header, filesystem: options.filesystem))
        memtable = next
        states.rotate(to: next)
        noteBacklog()
        background.requestFlush()
    }

    /// Seals the memtable so that all written so far can be flushed; does nothing where it is empty.
    func rotateForFlush() throws(EngineError) {
        lock.lock()
        defer { lock.unlock() }
        if let failure { throw failure }
        if isClosing { throw .closed }
        if !memtable.isEmpty { try rotate(minimumCapacity: 0) }
    }

    // MARK: Durability

    /// Calls back when everything up to `sequence` is durable; see ``Engine/whenDurable(_:_:)``.
    func whenDurable(_ sequence: UInt64, _ completion: @escaping @Sendable (EngineError?) -> Void) {
        if durable.load(ordering: .acquiring) >= sequence { return completion(nil) }
        precondition(sequence <= appliedSequence, "a sequence that no write was given")
        if options.backgroundWork == .inline {
            do {
                try awaitDurable(sequence)
                return completion(nil)
            } catch {
                return completion(error)
            }
        }
        lock.lock()
        let failed = failure
        let isDurable = durable.load(ordering: .relaxed) >= sequence
        if failed == nil, !isDurable {
            waiters.append((sequence, completion))
            // A leader's broadcast finds the log thread busy or about to look, so one signal is
            // enough for any number of waiters.
            logThreadWork.signal()
        }
        lock.unlock()
        if isDurable { completion(nil) } else if let failed { completion(failed) }
    }

    /// Returns when everything up to `sequence` is durable; leads a group where nobody else does.
    func awaitDurable(_ sequence: UInt64) throws(EngineError) {
        precondition(sequence <= appliedSequence, "a sequence that no write was given")
        lock.lock()
        while durable.load(ordering: .relaxed) < sequence {
            if let failure {
                lock.unlock()
                throw failure
            }
            if isLeading { groupDone.wait() } else { leadGroup(forceSync: false) }
        }
        lock.unlock()
    }

    /// Writes and syncs what is framed. Called and returns with the lock held; gives it up while it
    /// is on the disk.
    private func leadGroup(forceSync: Bool) {
        precondition(!isLeading)
        isLeading = true
        let goal = applied.load(ordering: .relaxed)
        observer.commits.noteGroup()
        let taken = segments.map { (segment: $0, bytes: $0.takePending(), isSealed: $0.isSealed) }
        let syncs = forceSync || options.durability == .synced
        lock.unlock()

        var synced: [Int] = []
        var error: EngineError?
        do {
            for (segment, bytes, isSealed) in taken {
                try segment.write(bytes)
                synced.append(isSealed || syncs ? try segment.sync() : 0)
                if isSealed { segment.finish() }
            }
        } catch let caught {
            error = caught
        }

        lock.lock()
        isLeading = false
        if let error {
            failLocked(.readOnly(reason: error.description))
        } else {
            for (index, part) in taken.enumerated() { part.segment.noteSynced(synced[index]) }
            segments.removeAll { segment in
                taken.contains { $0.segment === segment && $0.isSealed }
            }
            durable.store(goal, ordering: .releasing)
        }
        groupDone.broadcast()
        completeWaiters()
    }

    /// Completes all whose sequence is durable, or all where the engine failed, in one pass.
    private func completeWaiters() {
        let reached = durable.load(ordering: .relaxed)
        let failed = failure
        var ready: [(sequence: UInt64, completion: Completion)] = []
        if failed != nil || waiters.allSatisfy({ $0.sequence <= reached }) {
            swap(&ready, &waiters)
        } else {
            ready = waiters.filter { $0.sequence <= reached }
            waiters.removeAll { $0.sequence <= reached }
        }
        if ready.isEmpty { return }
        lock.unlock()
        for waiter in ready { waiter.completion(waiter.sequence <= reached ? nil : failed) }
        lock.lock()
    }

    /// Writes and syncs everything applied so far, whatever ``EngineOptions/durability`` asks for.
    func syncApplied() throws(EngineError) {
        lock.lock()
        defer { lock.unlock() }
        while isLeading { groupDone.wait() }
        if let failure { throw failure }
        if isClosing { throw .closed }
        leadGroup(forceSync: true)
        if let failure { throw failure }
    }

    /// What ``SyncedLog/logs(of:oldest:)`` says now; no version may be installed meanwhile.
    var syncedLogs: [SyncedLog] {
        lock.withLock { SyncedLog.logs(of: states.current, oldest: segments[0]) }
    }

    private func runLogThread() {
        lock.lock()
        var nextSync = ContinuousClock.now
        while true {
            let pendingBytes = segments[segments.count - 1].pendingBytes
            let hasWork = !waiters.isEmpty || pendingBytes > Self.pendingLimitBytes
            if failure != nil {
                completeWaiters()
                if isClosing { break }
                logThreadWork.wait()
            } else if case .interval(let interval) = options.durability, nextSync <= .now,
                !isLeading
            {
                leadGroup(forceSync: true)
                nextSync = .now + interval
            } else if hasWork {
                if isLeading { groupDone.wait() } else { leadGroup(forceSync: false) }
            } else if isClosing {
                break
            } else if case .interval = options.durability {
                logThreadWork.wait(
                    atMost: max(ContinuousClock.now.duration(to: nextSync), .milliseconds(1)))
            } else {
                logThreadWork.wait()
            }
        }
        lock.unlock()
    }

    // MARK: Failing and closing

    /// Makes the engine read-only; the first reason stays.
    func fail(_ error: EngineError) {
        lock.withLock { failLocked(error) }
    }

    private func failLocked(_ error: EngineError) {
        guard failure == nil else { return }
        failure = error
        if case .readOnly(let reason) = error { observer.report(.becameReadOnly(reason: reason)) }
        groupDone.broadcast()
        roomMade.broadcast()
        logThreadWork.signal()
    }

    var currentFailure: EngineError? { lock.withLock { failure } }

    /// Refuses new writes, makes all that were applied durable and marks the log's clean end.
    func close() throws(EngineError) {
        lock.lock()
        isClosing = true
        roomMade.broadcast()
        logThreadWork.broadcast()
        lock.unlock()
        logThread?.join()
        lock.lock()
        defer { lock.unlock() }
        while isLeading { groupDone.wait() }
        if let failure { throw failure }
        let log = segments[segments.count - 1]
        // A single log without a record has no file, and needs none.
        guard segments.count > 1 || log.lastSequence > 0 else { return }
        leadGroup(forceSync: true)
        if let failure { throw failure }
        log.appendCleanEnd()
        leadGroup(forceSync: true)
        if let failure { throw failure }
    }
}
