internal import Foundation

/// The phases about logs: durable writes, and an open that finds a log to replay.
extension RoundRunner {
    /// Puts in random order into an empty database, each durable before it returns.
    func fillSynced(_ phase: Phase, _ database: FilledDatabase, threads: Int) throws -> PhaseResult
    {
        let values = workload.values
        let order = workload.order(Stream.fill)
        let each = Self.syncedWriteCount(workload, threads: threads) / threads
        return try meter.measure(
            phase, database, userBytesPerOperation: workload.entryBytes,
            liveEntries: each * threads
        ) {
            let next = Counter()
            return try runOperations(
                meter, database, threads: threads, operations: each, stream: Stream.fill
            ) { session, key, _, _ in
                let number = order[next.take()]
                try session.put(key.set(number), values.value(of: number, generation: 0))
            }
        }
    }

    static func syncedWriteCount(_ workload: Workload, threads: Int) -> Int {
        max(64, workload.entryCount / (threads == 1 ? 100 : 50))
    }

    /// Fills about half of a write buffer, copies the folder while the engine has it open,
    /// which is what `kill -9` would leave, and opens that copy: the log is replayed.
    func openWithLog(_ database: FilledDatabase) throws -> PhaseResult {
        let image = database.settings.folder + "-image"
        let entries = min(
            workload.entryCount, database.settings.writeBufferBytes / 2 / workload.entryBytes)
        let session = try database.engine.makeSession()
        let key = KeyBuffer()
        defer { withExtendedLifetime(key) {} }
        let order = workload.order(Stream.fill)
        for index in 0..<entries {
            let number = order[index]
            try session.put(key.set(number), workload.values.value(of: number, generation: 0))
        }
        session.close()
        try database.settle()
        var settings = database.settings
        settings.folder = image
        let result = try meter.measure(.openlog, database, liveEntries: entries) {
            let log = meter.logs[0]
            var seconds = 0.0
            log.begin()
            for _ in 0..<3 {
                try? FileManager.default.removeItem(atPath: image)
                try FileManager.default.copyItem(atPath: database.settings.folder, toPath: image)
                let begin = TickClock.monotonicSeconds()
                log.beginOperation()
                let engine = try kind.open(settings)
                let session = try engine.makeSession()
                let isThere = try session.get(key.set(order[0])) != nil
                _ = log.mark()
                seconds += TickClock.monotonicSeconds() - begin
                session.close()
                try engine.close()
                guard isThere else { throw PeerError("an entry was lost with the process") }
            }
            return Meter.Timed(operations: 3, seconds: seconds)
        }
        try FileManager.default.removeItem(atPath: image)
        return result
    }
}
