/// Rewrites a sorted run of entries as tables of about the wanted size.
///
/// A file that fails is removed and the whole rewrite fails; the caller tries again under new names.
struct TableBuilder {
    let folder: String
    let options: EngineOptions
    /// Gives a number no file of the folder has had.
    let newFileNumber: () -> UInt64
    let snapshots: [UInt64]
    /// Whether the tables go below level 0, where blocks are compressed.
    let compresses: Bool
    /// The size at which a table is finished; nil makes one table.
    let tableSizeBytes: Int?
    let isBottom: Bool

    /// Writes everything in `source`.
    ///
    /// - Returns: The tables, synced with their folder; none where every entry was dropped.
    func build(
        from source: EntrySource, mayLieDeeper: (UnsafeRawBufferPointer) -> Bool
    ) throws(EngineError) -> [SSTableMetadata] {
        var finished: [SSTableMetadata] = []
        var openNumber: UInt64?
        do {
            try source.seekToFirst()
            try writeTables(source, mayLieDeeper, &finished, &openNumber)
            if !finished.isEmpty {
                try onDisk { () throws(FilesystemError) in
                    try options.filesystem.syncFolder(folder)
                }
            }
            return finished
        } catch {
            for number in finished.map(\.number) + (openNumber.map { [$0] } ?? []) {
                // What can not be removed now is an orphan, which the next open removes.
                try? options.filesystem.remove(FileName.table(number).path(in: folder))
            }
            throw error
        }
    }

    private func writeTables(
        _ source: EntrySource, _ mayLieDeeper: (UnsafeRawBufferPointer) -> Bool,
        _ finished: inout [SSTableMetadata], _ openNumber: inout UInt64?
    ) throws(EngineError) {
        var filter = VersionFilter(snapshots: snapshots)
        var writer: SSTableWriter?
        let lastKey = OutputBuffer(capacity: 128)
        while source.isValid {
            let decision = filter.decide(
                source.key, source.tag, isBottom: isBottom, mayLieDeeper: mayLieDeeper)
            if case .keep(let tag) = decision {
                // Versions of one key stay in one table, so that a level's tables do not overlap.
                if let full = writer, let tableSizeBytes,
                    full.estimatedSizeBytes >= tableSizeBytes,
                    compareKeys(lastKey.bytes, source.key) != 0
                {
                    finished.append(try full.finish())
                    writer = nil
                }
                let current: SSTableWriter
                if let writer {
                    current = writer
                } else {
                    current = try openWriter(&openNumber)
                    writer = current
                }
                try current.add(key: source.key, tag: tag, value: source.value)
                lastKey.removeAll()
                lastKey.append(source.key)
            }
            try source.moveNext()
        }
        if let writer { finished.append(try writer.finish()) }
    }

    private func openWriter(_ openNumber: inout UInt64?) throws(EngineError) -> SSTableWriter {
        let number = newFileNumber()
        openNumber = number
        let path = FileName.table(number).path(in: folder)
        let handle = try onDisk { () throws(FilesystemError) in
            try options.filesystem.open(path, .create)
        }
        return SSTableWriter(
            handle: handle, number: number, options: options, compresses: compresses)
    }
}
