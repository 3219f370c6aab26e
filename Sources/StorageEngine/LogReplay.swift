// Unsafe pointers: records are lent by the log reader for one call.

/// The state of a replay: one memtable at a time, and the tables it overflowed into.
struct LogReplay {
    private let recovery: Recovery
    private(set) var nextFileNumber: UInt64
    private(set) var tables: [SSTableMetadata] = []
    private(set) var counters: [UInt64: Int64]
    private(set) var lastSequence: UInt64
    private var memtable: Memtable?

    init(recovery: Recovery, contents: Manifest.Contents, nextFileNumber: UInt64) {
        self.recovery = recovery
        self.nextFileNumber = nextFileNumber
        counters = contents.counters
        lastSequence = contents.lastSequence
    }

    /// Takes in the next record of a log.
    ///
    /// - Returns: Its last sequence.
    mutating func apply(_ record: UnsafeRawBufferPointer, name: String) throws(EngineError)
        -> UInt64
    {
        let malformed = Self.malformed(name, after: lastSequence)
        guard let reader = BatchReader(record), reader.firstSequence == lastSequence + 1 else {
            throw malformed
        }
        let memtable = try memtable(withRoomFor: reader, record.count)
        let end = memtable.insert(reader) { id, delta in counters[id, default: 0] &+= delta }
        guard end == reader.firstSequence + UInt64(reader.count) else { throw malformed }
        lastSequence = reader.firstSequence + UInt64(max(reader.count, 1)) - 1
        return lastSequence
    }

    static func malformed(_ name: String, after lastSequence: UInt64) -> EngineError {
        .corruption(
            file: name, offset: 0, reason: "the record after sequence \(lastSequence) is malformed")
    }

    private mutating func memtable(withRoomFor batch: BatchReader, _ payloadBytes: Int)
        throws(EngineError) -> Memtable
    {
        // The count comes from the record; a wrong one must not ask for all memory.
        let entryCount = min(batch.count, payloadBytes)
        if let memtable,
            memtable.hasRoom(
                entryCount: entryCount, payloadBytes: payloadBytes,
                // Counted only where it can matter: it is a second pass over the record.
                rangeDeletionCount: memtable.hasRangeTombstones ? batch.rangeDeletionCount : 0)
        {
            return memtable
        }
        try finish()
        // The record is larger than its keys and values: what was admitted for these must not be
        // refused now.
        let needed = min(
            Memtable.capacityBytes(entryCount: entryCount, payloadBytes: payloadBytes),
            Memtable.capacityLimitBytes)
        let fresh = try Memtable(
            capacityBytes: max(recovery.options.memtableSizeBytes, needed), logNumber: 0)
        memtable = fresh
        return fresh
    }

    /// Writes what the memtable holds into a level-0 table.
    mutating func finish() throws(EngineError) {
        guard let full = memtable else { return }
        memtable = nil
        if !full.hasEntries { return }
        let number = nextFileNumber
        nextFileNumber += 1
        let builder = TableBuilder(
            folder: recovery.folder, options: recovery.options, newFileNumber: { number },
            snapshots: [], isBottom: false,
            // What was replayed is a memtable or two; the levels it lies over are not open yet.
            filterBits: FilterBits(uniform: recovery.options.bloomBitsPerKey))
        tables += try builder.build(from: full, cutter: .never)
    }
}
