/// The phases that read. Each checks what it found: an engine that answers wrongly fails the run.
extension RoundRunner {
    /// Reads of one thread in a phase of gets.
    var readCount: Int { max(1, workload.entryCount / 2) }

    func readRandom(_ phase: Phase, _ database: FilledDatabase, threads: Int) throws -> PhaseResult
    {
        let bound = UInt64(workload.entryCount)
        let valueBytes = workload.valueBytes
        return try meter.measure(phase, database) {
            try runOperations(
                meter, database, threads: threads, operations: readCount, stream: Stream.read
            ) { session, key, random, _ in
                guard try session.get(key.set(random.next(below: bound))) == valueBytes
                else { throw PeerError("a stored key was not found") }
            }
        }
    }

    func readMissing(_ database: FilledDatabase) throws -> PhaseResult {
        let bound = UInt64(workload.entryCount)
        return try meter.measure(.readmissing, database) {
            try runOperations(meter, database, operations: readCount, stream: Stream.read) {
                session, key, random, _ in
                guard try session.get(key.setMissing(random.next(below: bound))) == nil
                else { throw PeerError("a key that was never stored was found") }
            }
        }
    }

    /// Walks of some entries from random keys. Throughput counts walks for `seek`, else entries.
    func readRanges(_ phase: Phase, _ database: FilledDatabase, entries: Int) throws -> PhaseResult
    {
        let bound = UInt64(max(1, workload.entryCount - entries))
        let isSeek = phase == .seek
        let walks = isSeek ? readCount / 2 : max(1, workload.entryCount / entries)
        return try meter.measure(phase, database) {
            try runOperations(
                meter, database, operations: walks, stream: Stream.read,
                unitsPerOperation: isSeek ? 1 : entries
            ) { session, key, random, _ in
                let start = key.set(random.next(below: bound))
                guard try session.scan(from: start, limit: entries) == entries
                else { throw PeerError("a walk ended early") }
            }
        }
    }

    /// The whole database forward or backward, four times; the latency is of a whole walk.
    func walk(_ phase: Phase, _ database: FilledDatabase) throws -> PhaseResult {
        let entryCount = workload.entryCount
        let isForward = phase == .scan
        return try meter.measure(phase, database) {
            var timed = try runOperations(
                meter, database, operations: 4, stream: Stream.read, unitsPerOperation: entryCount
            ) { session, _, _, _ in
                let count =
                    isForward
                    ? try session.scan(from: nil, limit: .max)
                    : try session.scanBackward(limit: .max)
                guard count == entryCount else { throw PeerError("a walk missed entries") }
            }
            timed.logs = nil
            return timed
        }
    }

    /// Opens and gets one key, ten times. What is measured but for the time is of the closes as well.
    func open(_ database: FilledDatabase) throws -> PhaseResult {
        try meter.measure(.open, database) {
            let log = meter.logs[0]
            let key = KeyBuffer()
            defer { withExtendedLifetime(key) {} }
            var seconds = 0.0
            log.begin()
            for _ in 0..<10 {
                try database.close()
                let begin = TickClock.monotonicSeconds()
                log.beginOperation()
                try database.openAgain()
                let session = try database.engine.makeSession()
                let isThere = try session.get(key.set(0)) != nil
                _ = log.mark()
                seconds += TickClock.monotonicSeconds() - begin
                session.close()
                guard isThere else { throw PeerError("a stored key was not found after opening") }
            }
            database.isWarm = false
            return Meter.Timed(operations: 10, seconds: seconds)
        }
    }

    /// One thread gets random keys; another overwrites random keys, as fast as it can, until the
    /// first is done.
    func readWhileWriting(
        _ database: FilledDatabase
    ) throws -> (reader: PhaseResult, writer: PhaseResult) {
        let workload = workload
        let meter = meter
        let engine = database.engine
        let reads = readCount
        let isOver = Counter()
        let written = Counter()
        let read = Counter()
        let readNanoseconds = Counter()
        var writerSeconds = 0.0
        database.generation += 1
        let generation = database.generation
        database.isCompacted = false
        database.isWarm = false
        let limit = meter.clock.ticks(seconds: meter.limitSeconds)
        let logs = meter.logs
        var reader = try meter.measure(
            .readwhilewriting, database, userBytesPerOperation: 0
        ) {
            writerSeconds = try runTogether(
                threads: 2, prepare: { _ in try engine.makeSession() },
                body: { thread, session in
                    let key = KeyBuffer()
                    defer { withExtendedLifetime(key) {} }
                    let log = logs[thread]
                    let deadline = TickClock.now() + limit
                    let bound = UInt64(workload.entryCount)
                    var count = 0
                    let begin = TickClock.monotonicSeconds()
                    log.begin()
                    if thread == 0 {
                        defer { isOver.add(1) }
                        var random = workload.random(Stream.read, thread: 0)
                        while count < reads {
                            guard
                                try session.get(key.set(random.next(below: bound)))
                                    == workload.valueBytes
                            else { throw PeerError("a stored key was not found") }
                            count += 1
                            if log.mark() > deadline { break }
                        }
                        // The writer's last put may wait for much longer.
                        readNanoseconds.add(
                            Int(1e9 * (TickClock.monotonicSeconds() - begin)))
                        read.add(count)
                    } else {
                        var random = workload.random(Stream.concurrentWrite, thread: 0)
                        while isOver.isZero, count < log.capacity {
                            let number = random.next(below: bound)
                            try session.put(
                                key.set(number),
                                workload.values.value(of: number, generation: generation))
                            count += 1
                            _ = log.mark()
                        }
                        written.add(count)
                    }
                }, finish: { $0.close() })
            return Meter.Timed(
                operations: read.value, seconds: Double(readNanoseconds.value) / 1e9,
                isCutShort: read.value < reads)
        }
        var writer = reader
        writer.phase = .writewhilereading
        writer.operations = written.value
        writer.seconds = writerSeconds
        // Nothing settles before the writer has ended.
        reader.settledSeconds += writerSeconds - reader.seconds
        writer.settledSeconds = reader.settledSeconds
        writer.latency = meter.latency(1..<2)
        // A writer that ran out of room for its latencies left the reader alone at the end.
        if written.value == logs[1].capacity {
            reader.isCutShort = true
            writer.isCutShort = true
        }
        writer.userBytesWritten = written.value * workload.entryBytes
        reader.userBytesWritten = 0
        return (reader, writer)
    }
}
