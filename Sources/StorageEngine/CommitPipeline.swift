// Unsafe pointers: batch records are lent by the batch for one call.

internal import Synchronization

/// Orders writes, logs them, and tells when they are durable.
///
/// ## How a write flows
/// Under `lock`: the batch gets its sequences, is framed into the log's buffer and inserted into the
/// memtable, and `applied` moves on. No file is touched there. One thread at a time then leads a
/// group: it takes what is framed, writes and syncs it, moves `durable` on and completes, in one
/// pass, everyone who waited for it. While it syncs, the next group gathers by itself; nothing is
/// delayed on purpose. ``CommitGroups`` tells who leads: a blocking caller, or the log thread where
/// only completions wait.
///
/// ## Invariants
/// - Sequences in a log are consecutive, and logs follow each other without a gap.
/// - A log's first bytes reach the disk only after all of its predecessor is synced, and its header
///   vouches for that; but for ``Durability/none``, where the header says that it does not, and most
///   logs are of no use any more before anything has made them reach the disk.
/// - Logs are synced in their order: a sync mark vouches for all logs before its own.
/// - `durable` never passes a sequence whose log bytes were not written (and synced, where
///   durability asks for it).
/// - After a failed write or sync of a log nothing is written to logs again: what the failed call left
///   on the disk is unknown, and a second fsync would report success for pages the kernel has dropped.
///   After another failure no write is taken any more, and those that were still become durable.
///
/// `@unchecked Sendable`: `applied` and `durable` are atomic, all other state is guarded by `lock`.
final class CommitPipeline: @unchecked Sendable {
    private typealias Waiter = (sequence: UInt64, completion: @Sendable (EngineError?) -> Void)

    private let options: EngineOptions
    private let versions: VersionSet
    private let states: ReadStates
    private let background: BackgroundSignal
    private let observer: EngineObserver

    private let lock: Lock
    private let groups: CommitGroups
    /// Told when a group has ended and nobody leads the next.
    private let leaderless: Condition
    private let logThreadWork: Condition
    private let gate: WriteGate

    private let applied: Atomic<UInt64>
    private let durable: Atomic<UInt64>

    private var memtable: Memtable
    /// Logs that still have bytes to write or sync, oldest first; the last takes new records.
    private var segments: [LogSegment]
    private let nextLog: NextLog
    private var hasAskedForLog = false
    /// Set by the log thread where a sync is due and somebody else leads.
    private var isSyncDue = false
    /// The last sequence that a sync is known to have reached.
    private var syncedSequence: UInt64
    private var waiters: [Waiter] = []
    /// Why nothing is written any more; reads go on.
    private var failure: EngineError?
    /// Why the log can not be written or synced any more. Where only a table could not be written,
    /// it is nil, and what was applied still becomes durable.
    private var logFailure: EngineError?
    private var isClosing = false
    private var counters: [UInt64: Int64]
    private var logThread: WorkerThread?

    /// Pending bytes that make the log thread write even though nobody waits.
    private static let pendingLimitBytes = 4 << 20

    init(
        options: EngineOptions, versions: VersionSet, states: ReadStates,
        log: LogSegment, nextLog: NextLog, lastSequence: UInt64, counters: [UInt64: Int64],
        background: BackgroundSignal, observer: EngineObserver
    ) {
        self.options = options
        self.versions = versions
        self.states = states
        self.background = background
        self.observer = observer
        self.counters = counters
        lock = Lock()
        groups = CommitGroups(isBrief: options.durability != .synced)
        leaderless = Condition(lock)
        logThreadWork = Condition(lock)
        gate = WriteGate(options, lock: lock, observer: observer)
        applied = Atomic(lastSequence)
        durable = Atomic(lastSequence)
        syncedSequence = lastSequence
        memtable = states.current.memtable
        memtable.advance(to: lastSequence)
        segments = [log]
        self.nextLog = nextLog
        gate.update(states.current)
    }

    /// Starts the log thread, where the engine has threads.
    func start() throws(EngineError) {
        guard options.backgroundWork == .threads else { return }
        logThread = try WorkerThread(name: "kvd-log") { self.runLogThread() }
    }

    var appliedSequence: UInt64 { applied.load(ordering: .acquiring) }
    var durableSequence: UInt64 { durable.load(ordering: .acquiring) }

    /// Memory that the memtables have handed out; what the one written to has is guarded by the lock.
    var memtableBytes: Int {
        lock.withLock {
            let state = states.current
            return state.waiting.reduce(state.memtable.sizeBytes) { $0 + $1.sizeBytes }
        }
    }

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
        guard batch.rangeDeletionCount <= WriteBatch.rangeDeletionLimit else {
            throw .invalidArgument(
                "a batch has more than \(WriteBatch.rangeDeletionLimit) range deletions")
        }
        if batch.isEmpty { return appliedSequence }
        lock.lock()
        defer { lock.unlock() }
        if gate.isSlowing {
            // One that is turned away must not be charged for it.
            if !mayBlock { try makeRoom(for: batch, mayBlock: false) }
            try gate.slowDown(
                bytes: batch.sizeBytes, memtableLead: memtableLead, mayBlock: mayBlock
            ) {
                failure == nil && !isClosing
            }
        }
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
        if !hasAskedForLog, memtable.sizeBytes * 2 > options.memtableSizeBytes { askForLog() }
        return last
    }

    /// How far writers are ahead of the flush of the oldest memtable that waits.
    private var memtableLead: Double {
        WriteThrottle.memtableLead(
            fill: Double(memtable.sizeBytes) / Double(options.memtableSizeBytes),
            flushed: states.current.waiting.last?.flushedFraction ?? 0)
    }

    /// Has the next log made ready while there is time.
    private func askForLog() {
        hasAskedForLog = true
        nextLog.request()
        background.requestFlush()
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
            if hasRoom(for: batch) { return }
            guard let reason = gate.stopReason else {
                try rotate(
                    minimumCapacity: Memtable.capacityBytes(
                        entryCount: batch.count, payloadBytes: batch.payloadBytes))
                continue
            }
            try gate.stop(reason, mayBlock: mayBlock) {
                failure == nil && !isClosing && !hasRoom(for: batch)
            }
        }
    }

    private func hasRoom(for batch: WriteBatch) -> Bool {
        memtable.hasRoom(
            entryCount: batch.count, payloadBytes: batch.payloadBytes,
            rangeDeletionCount: batch.rangeDeletionCount)
    }

    /// Wakes writers that wait for room; called after a flush or a compaction.
    func noteRoom() {
        lock.withLock {
            let state = states.current
            gate.update(state)
            gate.wakeAll()
            // What was flushed is on stable storage, whatever became of its log.
            dropSegments(upTo: (state.waiting.last ?? state.memtable).logNumber - 1)
        }
    }

    /// Begins a new memtable and a new log, with the lock held.
    private func rotate(minimumCapacity: Int) throws(EngineError) {
        let old = segments[segments.count - 1]
        let file = nextLog.take()
        let next: Memtable
        do {
            next = try Memtable(
                capacityBytes: max(options.memtableSizeBytes, minimumCapacity),
                logNumber: file.number)
        } catch {
            nextLog.giveBack(file)
            throw error
        }
        hasAskedForLog = false
        next.advance(to: applied.load(ordering: .relaxed))
        // Only a sealed log's size is the one it will have.
        old.seal()
        let header = LogHeader(
            databaseID: versions.databaseID, logNumber: file.number,
            predecessorNumber: old.number, predecessorSizeBytes: UInt64(old.sizeBytes),
            predecessorLastSequence: applied.load(ordering: .relaxed),
            predecessorIsSynced: options.durability != .none)
        segments.append(LogSegment(file: file, header: header, options: options))
        memtable = next
        states.rotate(to: next)
        gate.update(states.current)
        background.requestFlush()
    }

    /// Forgets logs of which nothing is left to write or to sync.
    private func dropSegments(upTo number: UInt64) {
        let count = segments.prefix { $0.number <= number }.count
        if count > 0 { segments.removeFirst(count) }
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
        let failed = logFailure
        let isDurable = durable.load(ordering: .relaxed) >= sequence
        if failed == nil, !isDurable {
            waiters.append((sequence, completion))
            // Whoever leads looks for waiters when it is done, and the log thread before it sleeps,
            // so one signal is enough for any number of them.
            logThreadWork.signal()
        }
        lock.unlock()
        if isDurable { completion(nil) } else if let failed { completion(failed) }
    }

    /// Returns when everything up to `sequence` is durable; leads a group where nobody else does.
    func awaitDurable(_ sequence: UInt64) throws(EngineError) {
        precondition(sequence <= appliedSequence, "a sequence that no write was given")
        while durable.load(ordering: .acquiring) < sequence {
            lock.lock()
            if durable.load(ordering: .relaxed) >= sequence { return lock.unlock() }
            // An heir comes here as well: it may find that its writes can not become durable any more.
            if let logFailure {
                lock.unlock()
                throw logFailure
            }
            guard groups.isLed else {
                leadGroup(forceSync: false)
                continue
            }
            let place = groups.join(waitingFor: sequence)
            lock.unlock()
            switch place {
            case .follower(let group): groups.waitAsFollower(of: group)
            case .heir(let handOver):
                groups.waitAsHeir(handOver)
                lock.lock()
                let isDurable = durable.load(ordering: .relaxed) >= sequence
                if groups.heirLeads(isDurable: isDurable) {
                    leadGroup(forceSync: false)
                } else {
                    lock.unlock()
                }
            }
        }
    }

    /// Writes and syncs what is framed. Called with the lock held, and returns without it.
    private func leadGroup(forceSync: Bool) {
        let goal = applied.load(ordering: .relaxed)
        groups.begin(goal: goal)
        observer.commits.noteGroup()
        let syncs = forceSync || isSyncDue || options.durability == .synced
        isSyncDue = false
        // One that inherits the lead of a failed log has nothing to do but to wake the others.
        let led = logFailure == nil ? segments : []
        for segment in led { segment.takePending(syncs: syncs) }
        lock.unlock()

        var error: EngineError?
        do {
            for segment in led { try segment.writeTaken(syncs: syncs) }
        } catch let caught {
            error = caught
        }

        lock.lock()
        if let error {
            let reason = EngineError.readOnly(reason: error.description)
            logFailure = reason
            failLocked(reason)
        } else if !led.isEmpty {
            // A log may be done before an older one is, which then still has to be synced some day.
            var areAllDone = true
            for segment in led {
                if !segment.settle() { areAllDone = false }
                if areAllDone { dropSegments(upTo: segment.number) }
            }
            durable.store(goal, ordering: .releasing)
            if syncs { syncedSequence = goal }
        }
        let wakes = groups.finish()
        if wakes.isLeaderless { leaderless.broadcast() }
        let ready = takeReadyWaiters()
        lock.unlock()
        groups.wake(wakes)
        complete(ready)
    }

    /// Takes out, under the lock, all whose sequence is durable, or all where the log failed.
    private func takeReadyWaiters() -> [Waiter] {
        let reached = durable.load(ordering: .relaxed)
        var ready: [Waiter] = []
        if waiters.isEmpty { return ready }
        if logFailure != nil || waiters.allSatisfy({ $0.sequence <= reached }) {
            swap(&ready, &waiters)
        } else {
            ready = waiters.filter { $0.sequence <= reached }
            waiters.removeAll { $0.sequence <= reached }
        }
        return ready
    }

    /// Completes what was taken out, in one pass and without the lock.
    private func complete(_ ready: [Waiter]) {
        if ready.isEmpty { return }
        let reached = durable.load(ordering: .relaxed)
        let failed = ready.contains { $0.sequence > reached } ? lock.withLock { logFailure } : nil
        for waiter in ready { waiter.completion(waiter.sequence <= reached ? nil : failed) }
    }

    /// Writes and syncs everything applied so far, whatever ``EngineOptions/durability`` asks for.
    func syncApplied() throws(EngineError) {
        if options.durability == .synced { return try awaitDurable(appliedSequence) }
        lock.lock()
        defer { lock.unlock() }
        if isClosing { throw .closed }
        let goal = applied.load(ordering: .relaxed)
        // Whoever leads the next group syncs it, so that writers who keep the lead do not hold this
        // call up.
        isSyncDue = true
        while syncedSequence < goal {
            if let logFailure { throw logFailure }
            if isClosing { throw .closed }
            if groups.isLed {
                leaderless.wait()
            } else {
                leadGroup(forceSync: true)
                lock.lock()
            }
        }
    }

    /// What ``SyncedLog/logs(of:oldest:)`` says now; no version may be installed meanwhile.
    var syncedLogs: [SyncedLog] {
        lock.withLock { SyncedLog.logs(of: states.current, oldest: segments[0]) }
    }

    private func runLogThread() {
        lock.lock()
        var nextSync = ContinuousClock.now
        while true {
            if logFailure != nil {
                let ready = takeReadyWaiters()
                lock.unlock()
                complete(ready)
                lock.lock()
                if isClosing { break }
                logThreadWork.wait()
                continue
            }
            if case .interval(let interval) = options.durability, nextSync <= .now {
                isSyncDue = true
                nextSync = .now + interval
            }
            let pendingBytes = segments[segments.count - 1].pendingBytes
            if isSyncDue || !waiters.isEmpty || pendingBytes > Self.pendingLimitBytes {
                if groups.isLed {
                    leaderless.wait()
                } else {
                    leadGroup(forceSync: false)
                    lock.lock()
                }
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
        leaderless.broadcast()
        gate.wakeAll()
        logThreadWork.signal()
    }

    var currentFailure: EngineError? { lock.withLock { failure } }

    /// Refuses new writes, makes all that were applied durable and marks the log's clean end.
    func close() throws(EngineError) {
        lock.lock()
        isClosing = true
        gate.wakeAll()
        logThreadWork.broadcast()
        lock.unlock()
        logThread?.join()
        nextLog.discard()
        lock.lock()
        // A checkpoint may still lead.
        while groups.isLed { leaderless.wait() }
        let log = segments[segments.count - 1]
        // A single log without a record needs no file.
        let isEmpty = segments.count == 1 && log.lastSequence == 0
        if isEmpty { log.removeUnused() }
        lock.unlock()
        if !isEmpty {
            try syncAll()
            lock.withLock { log.appendCleanEnd() }
            try syncAll()
        }
        if let failure = currentFailure { throw failure }
    }

    /// Leads a group of all that is framed, once nobody else leads.
    private func syncAll() throws(EngineError) {
        lock.lock()
        while groups.isLed { leaderless.wait() }
        leadGroup(forceSync: true)
        if let failure = lock.withLock({ logFailure }) { throw failure }
    }
}
