internal import StorageEngine

/// A database folder, as lines.
extension Inspection {
    func inspectFolder(_ emit: (InspectionLine) -> Void) throws(EngineError) -> Bool {
        let database = try DatabaseInspection.inspect(path)
        emit(
            InspectionLine(
                "database",
                [
                    .init("folder", database.folder), .init("databaseID", database.databaseID),
                    .init("manifest", database.manifestNumber),
                    .init("manifestBytes", database.manifestSizeBytes),
                    .init("logFormatVersion", database.logFormatVersion),
                    .init("tableFormatVersion", database.tableFormatVersion),
                    .init("lastTableSequence", database.lastTableSequence),
                    .init("counters", database.counterCount),
                ]))
        for level in database.levels where !level.tables.isEmpty { emit(Self.line(level)) }
        for level in database.levels {
            for table in level.tables {
                emit(InspectionLine("table", depth: 1, Self.fields(table)))
            }
        }
        for log in database.logs {
            emit(
                InspectionLine(
                    "log", depth: 1, isRow: true,
                    [
                        .init("number", log.number), .init("sizeBytes", log.sizeBytes),
                        .init("isInForce", .flag(log.isInForce)),
                    ]))
        }
        for name in database.unnamedFiles {
            emit(InspectionLine("unnamedFile", depth: 1, [.init("name", name)]))
        }
        for damage in database.damages { emit(Self.damage(damage, depth: 1)) }
        let isVerified = verifies ? verify(database, emit) : true
        return database.damages.isEmpty && isVerified
    }

    private static func line(_ level: DatabaseInspection.Level) -> InspectionLine {
        var fields: [InspectionLine.Field] = [
            .init("level", level.level), .init("tables", level.tables.count),
            .init("sortedRuns", level.sortedRunCount), .init("sizeBytes", level.sizeBytes),
            .init("entries", level.entryCount), .init("deletions", level.deletionCount),
            .init("rangeDeletions", level.rangeDeletionCount), .init("hidden", level.hiddenCount),
            .init("denseGarbage", level.denseGarbageCount),
            .init("smallestSequence", level.smallestSequence),
            .init("largestSequence", level.largestSequence),
        ]
        if let bits = level.filterBitsPerEntry {
            fields.append(.init("filterBitsPerEntry", .real(bits)))
        }
        if let smallest = level.smallestKey, let largest = level.largestKey {
            fields += [key("smallestKey", smallest), key("largestKey", largest)]
        }
        return InspectionLine("level", depth: 1, isRow: true, fields)
    }

    /// Reads every table and log in force whole, and shows which are damaged.
    private func verify(_ database: DatabaseInspection, _ emit: (InspectionLine) -> Void) -> Bool {
        var isWhole = true
        var tableCount = 0
        var logCount = 0
        func attempt(_ body: () throws(EngineError) -> Void) {
            do throws(EngineError) {
                try body()
            } catch {
                emit(Self.damage(error, depth: 1))
                isWhole = false
            }
        }
        for table in database.levels.flatMap(\.tables) {
            tableCount += 1
            attempt { () throws(EngineError) in try database.verify(table) }
        }
        for log in database.logs where log.isInForce {
            logCount += 1
            attempt { () throws(EngineError) in try database.verify(log) }
        }
        // Each by itself first: that says where the damage is.
        if isWhole { attempt { () throws(EngineError) in try database.verifyLogChain() } }
        if isWhole {
            emit(
                InspectionLine(
                    "verified", depth: 1, [.init("tables", tableCount), .init("logs", logCount)]))
        }
        return isWhole
    }
}
