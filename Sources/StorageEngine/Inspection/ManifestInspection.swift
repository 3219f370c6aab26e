// Unsafe pointers: records are lent by the manifest reader until the next one and copied.

/// A manifest, front to back, an edit at a time, and the version that the edits add up to.
package final class ManifestInspection {
    /// One durable change of the set of tables.
    package struct Edit: Equatable, Sendable {
        /// Where its first chunk begins in the file.
        package let offset: Int
        /// Without framing.
        package let sizeBytes: Int
        /// Logs below it hold nothing that is not in tables; nil where the edit does not say.
        package let logNumber: UInt64?
        /// Of all entries in tables; nil where the edit does not say.
        package let lastSequence: UInt64?
        package let removedTables: [UInt64]
        package let addedTables: [InspectedTable]
        /// By counter, rising.
        package let counterDeltas: [InspectedCounter]
    }

    package enum Step: Equatable, Sendable {
        case header(LogInspection.Header)
        case edit(Edit)
        case syncMark(LogInspection.SyncMark)
        case end(LogInspection.End)
    }

    private enum State {
        case start
        case edits
        case done
    }

    private let file: InspectedFile
    private let reader: LogReader
    private var state = State.start
    private var replay: ManifestReplay?

    package init(_ file: InspectedFile) throws(EngineError) {
        self.file = file
        reader = try LogReader(file.handle, name: file.name, fileNumber: file.number)
    }

    /// What comes next; nil after the end.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for damage, after which there are no
    ///   more steps.
    package func next() throws(EngineError) -> Step? {
        do throws(EngineError) {
            switch state {
            case .start: return try header()
            case .edits: return try edit()
            case .done: return nil
            }
        } catch {
            state = .done
            throw error
        }
    }

    /// What the edits so far add up to; nil before the header.
    package var version: InspectedVersion? { contents.map { InspectedVersion($0) } }

    var contents: Manifest.Contents? { replay?.result }

    var formatVersion: UInt32 { reader.formatVersion }

    private func header() throws(EngineError) -> Step {
        guard let header = try reader.readHeader() else {
            throw damaged(0, "the header is damaged")
        }
        replay = ManifestReplay(databaseID: header.databaseID)
        state = .edits
        return .header(LogInspection.Header(header, formatVersion: formatVersion))
    }

    private func edit() throws(EngineError) -> Step {
        let record: UnsafeRawBufferPointer
        switch try reader.nextElement() {
        case .record(let bytes): record = bytes
        case .mark(let syncedOffset):
            return .syncMark(.init(offset: reader.elementOffset, syncedOffset: syncedOffset))
        case nil: return try end()
        }
        guard let edit = VersionEdit.read(record) else {
            throw damaged(
                reader.elementOffset, "edit \(replay?.editCount ?? 0) is malformed")
        }
        replay?.apply(edit)
        return .edit(Edit(edit, offset: reader.elementOffset, sizeBytes: record.count))
    }

    private func end() throws(EngineError) -> Step {
        state = .done
        // CURRENT named this file only after its first edit was synced.
        guard replay?.editCount ?? 0 > 0 else { throw damaged(0, "it holds no edit") }
        return .end(LogInspection.End(reader))
    }

    private func damaged(_ offset: Int, _ reason: String) -> EngineError {
        .corruption(file: file.name, offset: offset, reason: reason)
    }
}

extension ManifestInspection.Edit {
    init(_ edit: VersionEdit, offset: Int, sizeBytes: Int) {
        self.offset = offset
        self.sizeBytes = sizeBytes
        logNumber = edit.logNumber
        lastSequence = edit.lastSequence
        removedTables = edit.removedTables
        addedTables = edit.addedTables.map { InspectedTable($0.metadata, level: $0.level) }
        counterDeltas = edit.counterDeltas.map { InspectedCounter(id: $0, value: $1) }
            .sorted { $0.id < $1.id }
    }
}
