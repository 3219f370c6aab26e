internal import StorageEngine

/// A look at a database folder, or at one of its files, that never writes and takes no lock.
///
/// It may run while a database has the folder open: tables never change, and logs and manifests
/// only grow. What is seen of a file that grows is what was there when it was opened.
package struct Inspection: Sendable {
    /// The folder or file.
    package var path: String
    /// Whether values are shown whole, not their first bytes alone.
    package var showsWholeValues = false
    /// How many entries of a table are shown.
    package var entryLimit = 0
    /// Whether every checksum, order and count is checked, and not only what is shown.
    package var verifies = false

    private static let shownValueBytes = 32

    package init(path: String) { self.path = path }

    var valueLimitBytes: Int { showsWholeValues ? .max : Self.shownValueBytes }

    /// Calls back with what is found, in order, as it is found.
    ///
    /// Damage is one of the lines, of the kind `damage`, with file, offset and reason.
    ///
    /// - Returns: Whether everything that was looked at is whole.
    /// - Throws: ``DatabaseError`` where there is nothing to inspect: no such file, not kvd's, or
    ///   not readable.
    package func run(_ emit: (InspectionLine) -> Void) throws(DatabaseError) -> Bool {
        do throws(EngineError) {
            let filesystem = POSIXFilesystem()
            if (try? filesystem.list(path)) != nil {
                return try inspectFolder(emit)
            }
            return try inspectFile(InspectedFile.open(path), emit)
        } catch {
            guard case .corruption = error else { throw DatabaseError(error) }
            emit(Self.damage(error))
            return false
        }
    }

    private func inspectFile(
        _ file: InspectedFile, _ emit: (InspectionLine) -> Void
    ) throws(EngineError) -> Bool {
        let kind =
            switch file.kind {
            case .log: "log"
            case .manifest: "manifest"
            case .table: "table"
            }
        emit(
            InspectionLine(
                kind,
                [
                    .init("name", file.name), .init("number", file.number),
                    .init("sizeBytes", file.sizeBytes),
                ]))
        switch file.kind {
        case .log: try inspect(log: LogInspection(file, valueLimitBytes: valueLimitBytes), emit)
        case .manifest: try inspect(manifest: ManifestInspection(file), emit)
        case .table: return try inspect(table: SSTableInspection(file), emit)
        }
        return true
    }

    // MARK: Fields that several lines share

    static func damage(_ error: EngineError, depth: Int = 0) -> InspectionLine {
        guard case .corruption(let file, let offset, let reason) = error else {
            return InspectionLine("damage", depth: depth, [.init("reason", error.description)])
        }
        return InspectionLine(
            "damage", depth: depth,
            [.init("file", file), .init("offset", offset), .init("reason", reason)])
    }

    static func key(_ name: String, _ key: InspectedBytes) -> InspectionLine.Field {
        .init(name, .key(key.prefix, row: RowKeyDescription.fields(of: key.prefix)))
    }

    static func value(_ value: InspectedBytes) -> InspectionLine.Field {
        .init("value", .bytes(value.prefix, count: value.count))
    }

    static func fields(_ header: LogInspection.Header) -> [InspectionLine.Field] {
        [
            .init("formatVersion", header.version), .init("databaseID", header.databaseID),
            .init("number", header.number), .init("predecessor", header.predecessorNumber),
            .init("predecessorSizeBytes", header.predecessorSizeBytes),
            .init("predecessorLastSequence", header.predecessorLastSequence),
            .init("predecessorIsSynced", .flag(header.predecessorIsSynced)),
        ]
    }

    static func fields(_ table: InspectedTable) -> [InspectionLine.Field] {
        [
            .init("level", table.level), .init("table", table.number),
            .init("sizeBytes", table.sizeBytes), .init("entries", table.entryCount),
            .init("deletions", table.deletionCount),
            .init("rangeDeletions", table.rangeDeletionCount), .init("hidden", table.hiddenCount),
            .init("denseGarbage", table.denseGarbageCount),
            .init("smallestSequence", table.smallestSequence),
            .init("largestSequence", table.largestSequence),
            .init("checksum", table.checksum), key("smallestKey", table.smallestKey),
            key("largestKey", table.largestKey),
        ]
    }
}
