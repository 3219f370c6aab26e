// Unsafe pointers: records are lent by the log reader for one call.

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

    /// Reads the logs in force one after another, as a recovery does, and holds each against what the
    /// next says of it.
    ///
    /// An engine at work writes, finishes and removes logs meanwhile, so damage counts if it is still
    /// there at a second look.
    ///
    /// - Throws: ``EngineError/corruption(file:offset:reason:)`` for what makes a recovery refuse
    ///   them.
    package func verifyLogChain() throws(EngineError) {
        var failure: EngineError?
        for _ in 1...Self.chainAttemptLimit {
            do throws(EngineError) {
                return try readLogChain()
            } catch {
                if error == failure { throw error }
                failure = error
            }
        }
    }

    /// Damage stays as it is; what an engine at work does is never the same twice in a row for long.
    private static let chainAttemptLimit = 10

    private func readLogChain() throws(EngineError) {
        let manifest = try CurrentFile.read(folder: folder, filesystem: filesystem)
        let contents = try Manifest.read(number: manifest, folder: folder, filesystem: filesystem)
        let names = try onDisk { () throws(FilesystemError) in try filesystem.list(folder) }
        var chain = LogChain(contents, folder: folder, filesystem: filesystem)
        var lastSequence = contents.lastSequence
        for number in LogChain.numbers(of: names, from: contents.logNumber) {
            try chain.read(log: number) { (record, name) throws(EngineError) in
                guard var batch = BatchReader(record), batch.firstSequence == lastSequence + 1,
                    Self.isWellFormed(&batch)
                else { throw LogReplay.malformed(name, after: lastSequence) }
                lastSequence += UInt64(max(batch.count, 1))
                return lastSequence
            }
        }
    }

    private static func isWellFormed(_ batch: inout BatchReader) -> Bool {
        while !batch.isAtEnd {
            if batch.next() == nil { return false }
        }
        return true
    }
}
