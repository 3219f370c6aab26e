/// Rewrites a sorted run of entries as tables of about the wanted size.
///
/// A file that fails is removed and the whole rewrite fails; the caller tries again under new names.
struct TableBuilder {
    let folder: String
    let options: EngineOptions
    /// Gives a number no file of the folder has had.
    let newFileNumber: () -> UInt64
    let snapshots: [UInt64]
    let isBottom: Bool
    let filterBits: FilterBits

    /// Writes everything in `source`.
    ///
    /// - Parameter cutter: Says where a table ends.
    /// - Returns: The tables, synced with their folder; none where every entry was dropped.
    func build(
        from source: EntrySource, cutter: OutputCutter,
        mayLieDeeper: (UnsafeRawBufferPointer) -> Bool
    ) throws(EngineError) -> [SSTableMetadata] {
        var finished: [SSTableMetadata] = []
        var openNumber: UInt64?
        do {
            try source.seekToFirst()
            try writeTables(source, cutter, mayLieDeeper, &finished, &openNumber)
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
        _ source: EntrySource, _ cutter: OutputCutter,
        _ mayLieDeeper: (UnsafeRawBufferPointer) -> Bool,
        _ finished: inout [SSTableMetadata], _ openNumber: inout UInt64?
    ) throws(EngineError) {
        var filter = VersionFilter(snapshots: snapshots)
        var cutter = cutter
        var writer: SSTableWriter?
        while source.isValid {
            let decision = filter.decide(
                source.key, source.tag, isBottom: isBottom, mayLieDeeper: mayLieDeeper)
            if case .keep(let tag, let isNewKey) = decision {
                // Versions of one key stay in one table, so that a level's tables do not overlap.
                if isNewKey {
                    let sizeBytes = writer?.estimatedSizeBytes ?? 0
                    if cutter.cuts(before: source.key, sizeBytes: sizeBytes), let full = writer {
                        finished.append(try full.finish())
                        writer = nil
                    }
                }
                let current: SSTableWriter
                if let writer {
                    current = writer
                } else {
                    current = try openWriter(&openNumber)
                    writer = current
                }
                try current.add(
                    key: source.key, tag: tag, value: source.value, isNewKey: isNewKey)
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
            handle: handle, number: number, options: options, filterBits: filterBits)
    }
}
