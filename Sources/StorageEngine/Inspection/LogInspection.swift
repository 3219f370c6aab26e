// Unsafe pointers: records are lent by the log reader until the next one and copied in parts.

/// A log, front to back, a step at a time; a file of any size takes the memory of one batch.
package final class LogInspection {
    /// What a log says of itself and of the one before it.
    package struct Header: Equatable, Sendable {
        package let version: UInt32
        /// 32 hex digits.
        package let databaseID: String
        package let number: UInt64
        /// 0 for none.
        package let predecessorNumber: UInt64
        package let predecessorSizeBytes: UInt64
        package let predecessorLastSequence: UInt64
        package let predecessorIsSynced: Bool
    }

    /// One batch.
    package struct Record: Equatable, Sendable {
        /// Where its first chunk begins in the file.
        package let offset: Int
        /// Without framing.
        package let sizeBytes: Int
        package let firstSequence: UInt64
        /// A batch of counters alone takes one sequence.
        package let lastSequence: UInt64
        /// Counter changes excepted.
        package let entryCount: Int
    }

    /// One change of a batch.
    package enum Operation: Equatable, Sendable {
        case put(sequence: UInt64, key: InspectedBytes, value: InspectedBytes)
        case delete(sequence: UInt64, key: InspectedBytes)
        /// Of the keys from `lower` on, before `upper`.
        case deleteRange(sequence: UInt64, lower: InspectedBytes, upper: InspectedBytes)
        case counter(id: UInt64, delta: Int64)
    }

    /// How a log ends.
    package enum End: Equatable, Sendable {
        /// With the mark of a clean close.
        case closed(offset: Int)
        /// After a whole record, as the log of an engine that runs or was killed does.
        case complete(offset: Int)
        /// In bytes that a crash, or a write under way, left half written; all before are good.
        case torn(offset: Int)
    }

    /// Says how much of the file was on stable storage before the mark was written.
    package struct SyncMark: Equatable, Sendable {
        /// Where the mark begins in the file.
        package let offset: Int
        package let syncedOffset: Int
    }

    package enum Step: Equatable, Sendable {
        case header(Header)
        case record(Record)
        case operation(Operation)
        case syncMark(SyncMark)
        case end(End)
    }

    private enum State {
        case start
        case records
        case operations(BatchReader, sequence: UInt64)
        case done
    }

    private let file: InspectedFile
    private let reader: LogReader
    private let valueLimitBytes: Int
    private var state = State.start
    /// The sequence that the next record must begin with.
    private var nextSequence: UInt64?
    /// Where bytes that were being written seemed to be damaged.
    private var passedOffset: Int?

    /// - Parameter valueLimitBytes: How much of each value is kept.
    package init(_ file: InspectedFile, valueLimitBytes: Int = .max) throws(EngineError) {
        self.file = file
        self.valueLimitBytes = valueLimitBytes
        reader = try LogReader(file.handle, name: file.name, fileNumber: file.number)
    }

    /// What comes next; nil after the end.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for damage, after which there are no
    ///   more steps: nothing behind damage in a log is ever replayed.
    package func next() throws(EngineError) -> Step? {
        do throws(EngineError) {
            switch state {
            case .start: return try header()
            case .records: return try record()
            case .operations(let batch, let sequence): return try operation(batch, sequence)
            case .done: return nil
            }
        } catch {
            state = .done
            throw error
        }
    }

    /// The next record or mark; nil at the end.
    ///
    /// Where a log's space is reserved ahead, an engine at work may write what was read as zeros
    /// before the reader comes to the bytes that follow, which then seem to prove damage. So damage
    /// counts if it is still there at a second look.
    private func nextElement() throws(EngineError) -> LogReader.Element? {
        do throws(EngineError) {
            return try reader.nextElement()
        } catch {
            guard case .corruption(_, let offset, _) = error, !recurs(error) else { throw error }
            passedOffset = offset
            return nil
        }
    }

    private func recurs(_ error: EngineError) -> Bool {
        do throws(EngineError) {
            let again = try LogReader(file.handle, name: file.name, fileNumber: file.number)
            guard try again.readHeader() != nil else { return true }
            while try again.nextRecord() != nil {}
            return false
        } catch let second {
            return second == error
        }
    }

    private func header() throws(EngineError) -> Step {
        guard let header = try reader.readHeader() else { return end() }
        guard header.logNumber == file.number else {
            throw damaged(0, "its header is that of log \(header.logNumber)")
        }
        state = .records
        return .header(Header(header, formatVersion: reader.formatVersion))
    }

    private func record() throws(EngineError) -> Step {
        let bytes: UnsafeRawBufferPointer
        switch try nextElement() {
        case .record(let record): bytes = record
        case .mark(let syncedOffset):
            state = .records
            return .syncMark(SyncMark(offset: reader.elementOffset, syncedOffset: syncedOffset))
        case nil: return end()
        }
        guard let batch = BatchReader(bytes) else {
            throw damaged(reader.elementOffset, "the record is cut short")
        }
        let first = batch.firstSequence
        guard first <= EntryTag.maximumSequence, nextSequence ?? first == first else {
            throw damaged(
                reader.elementOffset,
                "the record begins with sequence \(first), not \(nextSequence ?? 0)")
        }
        let last = first + UInt64(max(batch.count, 1)) - 1
        nextSequence = last + 1
        state = .operations(batch, sequence: first)
        return .record(
            Record(
                offset: reader.elementOffset, sizeBytes: bytes.count, firstSequence: first,
                lastSequence: last, entryCount: batch.count))
    }

    private func operation(_ batch: BatchReader, _ sequence: UInt64) throws(EngineError) -> Step {
        var batch = batch
        if batch.isAtEnd {
            guard sequence == batch.firstSequence + UInt64(batch.count) else {
                throw damaged(reader.elementOffset, "the record has fewer entries than it says")
            }
            return try record()
        }
        guard let entry = batch.next() else {
            throw damaged(reader.elementOffset, "an entry of the record is malformed")
        }
        let operation = Operation(entry, sequence: sequence, valueLimitBytes: valueLimitBytes)
        let isCounter = if case .counter = operation { true } else { false }
        state = .operations(batch, sequence: isCounter ? sequence : sequence + 1)
        return .operation(operation)
    }

    private func end() -> Step {
        state = .done
        if let passedOffset { return .end(.torn(offset: passedOffset)) }
        return .end(End(reader))
    }

    private func damaged(_ offset: Int, _ reason: String) -> EngineError {
        .corruption(file: file.name, offset: offset, reason: reason)
    }
}

extension LogInspection.Header {
    init(_ header: LogHeader, formatVersion: UInt32) {
        version = formatVersion
        databaseID = header.databaseID.text
        number = header.logNumber
        predecessorNumber = header.predecessorNumber
        predecessorSizeBytes = header.predecessorSizeBytes
        predecessorLastSequence = header.predecessorLastSequence
        predecessorIsSynced = header.predecessorIsSynced
    }
}

extension LogInspection.Operation {
    init(_ entry: BatchEntry, sequence: UInt64, valueLimitBytes: Int) {
        switch entry {
        case .put(let key, let value):
            self = .put(
                sequence: sequence, key: InspectedBytes(key),
                value: InspectedBytes(value, limit: valueLimitBytes))
        case .delete(let key):
            self = .delete(sequence: sequence, key: InspectedBytes(key))
        case .deleteRange(let lower, let upper):
            self = .deleteRange(
                sequence: sequence, lower: InspectedBytes(lower), upper: InspectedBytes(upper))
        case .counter(let id, let delta):
            self = .counter(id: id, delta: delta)
        }
    }
}

extension DatabaseID {
    /// 32 hex digits.
    var text: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension LogInspection.End {
    /// How the log or manifest ends that a reader came to the end of.
    init(_ reader: LogReader) {
        switch reader.end {
        case .torn(let offset): self = .torn(offset: offset)
        case .complete(let offset):
            self = reader.isCleanlyClosed ? .closed(offset: offset) : .complete(offset: offset)
        case nil: preconditionFailure("a log that was read has an end")
        }
    }
}
