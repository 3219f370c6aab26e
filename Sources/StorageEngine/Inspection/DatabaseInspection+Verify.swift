extension DatabaseInspection {
    /// Reads a table whole and holds it against what the manifest and the table itself say.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for the first damage. That of a
    ///   table which an engine at work has replaced meanwhile is none.
    package func verify(_ table: InspectedTable) throws(EngineError) {
        do throws(EngineError) {
            let path = FileName.table(table.number).path(in: folder)
            let file = try InspectedFile.open(path, filesystem: filesystem)
            // Blocks first: they say where the damage is.
            let inspection = try SSTableInspection(file)
            while let block = try inspection.nextBlock() { try inspection.verify(block) }
            try inspection.verifyTotals()
            try table.verify(file)
        } catch {
            let now = try Self.inspect(folder, filesystem: filesystem)
            let tables = now.levels.lazy.flatMap(\.tables)
            if tables.contains(where: { $0.number == table.number }) { throw error }
        }
    }

    /// Reads a log to its end.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for damage; a torn tail is none, and
    ///   neither is that of a log which an engine at work has finished with meanwhile.
    package func verify(_ log: Log) throws(EngineError) {
        do throws(EngineError) {
            let path = FileName.log(log.number).path(in: folder)
            let file = try InspectedFile.open(path, filesystem: filesystem)
            let inspection = try LogInspection(file, valueLimitBytes: 0)
            while try inspection.next() != nil {}
        } catch {
            let now = try Self.inspect(folder, filesystem: filesystem)
            if now.logs.contains(where: { $0.number == log.number && $0.isInForce }) { throw error }
        }
    }
}
