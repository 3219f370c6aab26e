internal import StorageEngine

/// Each kind of file, as lines.
extension Inspection {
    // MARK: Log

    func inspect(log: LogInspection, _ emit: (InspectionLine) -> Void) throws(EngineError) {
        while let step = try log.next() {
            switch step {
            case .header(let header):
                emit(InspectionLine("header", depth: 1, Self.fields(header)))
            case .record(let record):
                emit(
                    InspectionLine(
                        "record", depth: 1,
                        [
                            .init("offset", record.offset), .init("sizeBytes", record.sizeBytes),
                            .init("firstSequence", record.firstSequence),
                            .init("lastSequence", record.lastSequence),
                            .init("entries", record.entryCount),
                        ]))
            case .operation(let operation): emit(Self.line(operation))
            case .syncMark(let mark): emit(Self.line(mark))
            case .end(let end): emit(Self.line(end))
            }
        }
    }

    private static func line(_ operation: LogInspection.Operation) -> InspectionLine {
        switch operation {
        case .put(let sequence, let key, let value):
            InspectionLine(
                "put", depth: 2,
                [.init("sequence", sequence), Self.key("key", key), Self.value(value)])
        case .delete(let sequence, let key):
            InspectionLine(
                "delete", depth: 2, [.init("sequence", sequence), Self.key("key", key)])
        case .deleteRange(let sequence, let lower, let upper):
            InspectionLine(
                "deleteRange", depth: 2,
                [
                    .init("sequence", sequence), Self.key("lower", lower),
                    Self.key("upper", upper),
                ])
        case .counter(let id, let delta):
            InspectionLine(
                "counter", depth: 2, [.init("id", id), .init("delta", .integer(delta))])
        }
    }

    private static func line(_ mark: LogInspection.SyncMark) -> InspectionLine {
        InspectionLine(
            "syncMark", depth: 1,
            [.init("offset", mark.offset), .init("syncedOffset", mark.syncedOffset)])
    }

    private static func line(_ end: LogInspection.End) -> InspectionLine {
        let (offset, state) =
            switch end {
            case .closed(let offset): (offset, "closed cleanly")
            case .complete(0): (0, "empty: ready for writes to come")
            case .complete(let offset): (offset, "complete, not closed")
            case .torn(let offset): (offset, "torn: half written by a crash, or being written")
            }
        return InspectionLine(
            "end", depth: 1, [.init("offset", offset), .init("state", state)])
    }

    // MARK: Manifest

    func inspect(manifest: ManifestInspection, _ emit: (InspectionLine) -> Void)
        throws(EngineError)
    {
        while let step = try manifest.next() {
            switch step {
            case .header(let header):
                emit(
                    InspectionLine(
                        "header", depth: 1,
                        [
                            .init("formatVersion", header.version),
                            .init("databaseID", header.databaseID), .init("number", header.number),
                        ]))
            case .edit(let edit): emitEdit(edit, emit)
            case .syncMark(let mark): emit(Self.line(mark))
            case .end(let end): emit(Self.line(end))
            }
        }
        guard let version = manifest.version else { return }
        emit(
            InspectionLine(
                "version", depth: 1,
                [
                    .init("logNumber", version.logNumber),
                    .init("lastSequence", version.lastSequence),
                    .init("tables", version.tables.count),
                    .init("counters", version.counters.count),
                ]))
        for table in version.tables {
            emit(InspectionLine("table", depth: 2, Self.fields(table)))
        }
        for counter in version.counters { emit(Self.line(counter, kind: "counter")) }
    }

    private func emitEdit(_ edit: ManifestInspection.Edit, _ emit: (InspectionLine) -> Void) {
        var fields: [InspectionLine.Field] = [
            .init("offset", edit.offset), .init("sizeBytes", edit.sizeBytes),
        ]
        if let number = edit.logNumber { fields.append(.init("logNumber", number)) }
        if let sequence = edit.lastSequence { fields.append(.init("lastSequence", sequence)) }
        if !edit.removedTables.isEmpty {
            fields.append(.init("removed", .numbers(edit.removedTables)))
        }
        emit(InspectionLine("edit", depth: 1, fields))
        for table in edit.addedTables {
            emit(InspectionLine("added", depth: 2, Self.fields(table)))
        }
        for counter in edit.counterDeltas { emit(Self.line(counter, kind: "counterChange")) }
    }

    private static func line(_ counter: InspectedCounter, kind: String) -> InspectionLine {
        InspectionLine(
            kind, depth: 2, [.init("id", counter.id), .init("value", .integer(counter.value))])
    }
}
