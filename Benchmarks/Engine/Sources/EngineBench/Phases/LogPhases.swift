internal import Foundation

/// The phases about logs: durable writes, and an open that finds a log to replay.
extension RoundRunner {
    /// Puts in random order into an empty database, each durable before it returns, for some seconds:
    /// engines differ by twenty times, and threads take a while to fall into step. Where all entries
    /// are written it begins again with the first.
    func fillSynced(_ phase: Phase, _ database: FilledDatabase, threads: Int) throws -> PhaseResult
    {
        let values = workload.values
        let order = workload.order(Stream.fill)
        let entryCount = workload.entryCount
        let result = try meter.measure(
            phase, database, userBytesPerOperation: workload.entryBytes
        ) {
            let next = Counter()
            var timed = try runOperations(
                meter, database, threads: threads, operations: Self.syncedOperationLimit,
                limitSeconds: min(meter.limitSeconds, Double(Self.syncedSeconds)),
                stream: Stream.fill
            ) { session, key, _, _ in
                let number = order[next.take() % entryCount]
                try session.put(key.set(number), values.value(of: number, generation: 0))
            }
            timed.isCutShort = false
            return timed
        }
        // Each number that a thread took, it has also put.
        try database.checkContents(putCount: min(result.operations, entryCount))
        return result
    }

    /// How long durable writes are measured; less where a phase's time limit is less.
    static let syncedSeconds = 3
    /// The most that one thread writes durably; more than any does in that time.
    static let syncedOperationLimit = 100_000

    /// How much is put at most before an open that finds it in the log.
    static var loggedBytes: Int { EngineKind.kvd.writeBufferBytes / 2 }

    /// How many entries are put before that: of whatever write buffer so few that none is in a table
    /// yet, and as many for every engine.
    private func loggedEntryCount(_ settings: EngineSettings) -> Int {
        // What engines keep beside an entry in memory; the most measured is some 50 bytes.
        let inMemoryBytes = workload.entryBytes + 64
        let smallest = min(settings.writeBufferBytes, EngineKind.kvd.writeBufferBytes)
        return min(
            workload.entryCount, Self.loggedBytes / workload.entryBytes, smallest / inMemoryBytes)
    }

    /// Puts these entries, copies the folder three times while the engine has it open, which is
    /// what `kill -9` would leave, and opens the copies one after another: the log is replayed.
    /// What is measured but for the time is of opening, one get and the close.
    func openWithLog(_ database: FilledDatabase) throws -> PhaseResult {
        let folder = database.settings.folder
        let images = (1...3).map { "\(folder)-image\($0)" }
        let entries = loggedEntryCount(database.settings)
        let order = workload.order(Stream.fill)
        try put(entries, in: order, database)
        try database.settle()
        for image in images { try FileManager.default.copyItem(atPath: folder, toPath: image) }
        try database.replace(by: images[0])
        let result = try meter.measure(.openlog, database, liveEntries: entries) {
            let log = meter.logs[0]
            let key = KeyBuffer()
            defer { withExtendedLifetime(key) {} }
            var seconds = 0.0
            log.begin()
            for image in images {
                let begin = TickClock.monotonicSeconds()
                log.beginOperation()
                try database.openAgain(folder: image)
                let session = try database.engine.makeSession()
                let isThere = try session.get(key.set(order[0])) != nil
                _ = log.mark()
                seconds += TickClock.monotonicSeconds() - begin
                session.close()
                try database.close()
                guard isThere else { throw PeerError("an entry was lost with the process") }
            }
            return Meter.Timed(operations: images.count, seconds: seconds)
        }
        // What an open has replayed, a clean close must not lose either.
        try database.openAgain()
        try database.checkContents(putCount: entries)
        try database.close()
        for image in images { try FileManager.default.removeItem(atPath: image) }
        return result
    }

    /// Puts so many entries; nothing of the engine is held after.
    private func put(
        _ count: Int, in order: Permutation, _ database: FilledDatabase
    ) throws {
        let session = try database.engine.makeSession()
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        for index in 0..<count {
            let number = order[index]
            try session.put(key.set(number), workload.values.value(of: number, generation: 0))
        }
        session.close()
    }
}
