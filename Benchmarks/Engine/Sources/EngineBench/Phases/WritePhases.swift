/// The phases that write. The timed part ends when the last write returns; what it left to do in the
/// background is waited for afterwards and counts in CPU time and bytes written.
extension RoundRunner {
    func fillSequentially(_ database: FilledDatabase) throws -> PhaseResult {
        let values = workload.values
        return try measureWrites(.fillseq, database, stream: Stream.fill) {
            session, key, _, index in
            let number = UInt64(index)
            try session.put(key.set(number), values.value(of: number, generation: 0))
        }
    }

    func fillRandomly(_ database: FilledDatabase) throws -> PhaseResult {
        let values = workload.values
        let order = workload.order(Stream.fill)
        return try measureWrites(.fillrandom, database, stream: Stream.fill) {
            session, key, _, index in
            let number = order[index]
            try session.put(key.set(number), values.value(of: number, generation: 0))
        }
    }

    /// One operation of the latency is a batch; of the throughput, an entry.
    func fillInBatches(_ database: FilledDatabase) throws -> PhaseResult {
        let values = workload.values
        let order = workload.order(Stream.fill)
        let batchEntries = Workload.batchEntries
        let count = workload.entryCount / batchEntries
        return try meter.measure(
            .fillbatch, database, userBytesPerOperation: workload.entryBytes
        ) {
            try runOperations(
                meter, database, operations: count, stream: Stream.fill,
                unitsPerOperation: batchEntries
            ) { session, key, _, index in
                for entry in index * batchEntries..<(index + 1) * batchEntries {
                    let number = order[entry]
                    try session.addToBatch(
                        key.set(number), values.value(of: number, generation: 0))
                }
                try session.commitBatch()
            }
        }
    }

    func overwrite(_ database: FilledDatabase) throws -> PhaseResult {
        let values = workload.values
        let order = workload.order(Stream.overwrite)
        database.generation += 1
        let generation = database.generation
        database.isCompacted = false
        database.isWarm = false
        let result = try measureWrites(.overwrite, database, stream: Stream.overwrite) {
            session, key, _, index in
            let number = order[index]
            try session.put(key.set(number), values.value(of: number, generation: generation))
        }
        try database.checkContents(from: result.isCutShort ? 0 : generation)
        return result
    }

    func deleteRandom(_ database: FilledDatabase) throws -> PhaseResult {
        let order = workload.order(Stream.delete)
        database.isCompacted = false
        database.isWarm = false
        let result = try meter.measure(
            .deleterandom, database, userBytesPerOperation: KeyBuffer.sizeBytes, liveEntries: 0
        ) {
            try runOperations(
                meter, database, operations: workload.entryCount, stream: Stream.delete
            ) { session, key, _, index in try session.delete(key.set(order[index])) }
        }
        if !result.isCutShort { try database.checkIsEmpty() }
        return result
    }

    private func measureWrites(
        _ phase: Phase, _ database: FilledDatabase, stream: UInt64,
        _ operation:
            @escaping @Sendable (any EngineSession, KeyBuffer, inout SplitMix, Int) throws -> Void
    ) throws -> PhaseResult {
        try meter.measure(phase, database, userBytesPerOperation: workload.entryBytes) {
            try runOperations(
                meter, database, operations: workload.entryCount, stream: stream, operation)
        }
    }
}
