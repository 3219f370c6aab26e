// Unsafe pointers: keys are lent by the merge for one call.

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
    /// Called again and again with the number of entries read so far; what it throws ends the rewrite.
    var onProgress: (Int) throws(EngineError) -> Void = { _ in }

    /// Every so many entries; few, since one may have 400 KB.
    private static let entriesBetweenCalls = 32

    /// Whether deeper tables may hold a key from the first to the second; asked for deletions.
    typealias DepthQuestion = (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool

    /// The tables of a rewrite, those that are finished and the one that is not.
    private struct Output {
        var cutter: OutputCutter
        var tombstones: RangeTombstoneCutter
        var finished: [SSTableMetadata] = []
        var writer: SSTableWriter?
        /// The file opened last.
        var openNumber: UInt64?
        /// Where a table may end inside a range tombstone.
        let boundary = OutputBuffer(capacity: 64)

        /// Of the table that is not finished, with the range tombstones that it is to take so far.
        var sizeBytes: Int { (writer?.estimatedSizeBytes ?? 0) + tombstones.waitingSizeBytes }
    }

    /// Writes everything in a memtable.
    func build(
        from memtable: Memtable, cutter: OutputCutter
    ) throws(EngineError) -> [SSTableMetadata] {
        try build(
            from: MemtableSource(memtable), tombstones: memtable.rangeTombstones, cutter: cutter,
            mayLieDeeper: { _, _ in true })
    }

    /// Writes everything in `source`.
    ///
    /// - Parameters:
    ///   - tombstones: The range tombstones of all that `source` merges.
    ///   - cutter: Says where a table ends.
    /// - Returns: The tables, synced with their folder; none where every entry was dropped.
    func build(
        from source: EntrySource, tombstones: RangeTombstoneList?, cutter: OutputCutter,
        mayLieDeeper: DepthQuestion
    ) throws(EngineError) -> [SSTableMetadata] {
        var filter = VersionFilter(snapshots: snapshots, tombstones: tombstones)
        let kept = filter.keptTombstones(isBottom: isBottom, mayLieDeeper: mayLieDeeper)
        let isBottom = isBottom
        let tombstones = RangeTombstoneCutter(
            kept, strata: filter.strata, below: cutter.below,
            mayLieDeeper: { !isBottom && mayLieDeeper($0, $1) })
        var output = Output(cutter: cutter, tombstones: tombstones)
        do {
            try source.seekToFirst()
            try writeTables(source, &filter, mayLieDeeper, &output)
            if !output.finished.isEmpty {
                try onDisk { () throws(FilesystemError) in
                    try options.filesystem.syncFolder(folder)
                }
            }
            return output.finished
        } catch {
            let numbers = output.finished.map(\.number) + (output.openNumber.map { [$0] } ?? [])
            for number in numbers {
                // What can not be removed now is an orphan, which the next open removes.
                try? options.filesystem.remove(FileName.table(number).path(in: folder))
            }
            throw error
        }
    }

    private func writeTables(
        _ source: EntrySource, _ filter: inout VersionFilter, _ mayLieDeeper: DepthQuestion,
        _ output: inout Output
    ) throws(EngineError) {
        var count = 0
        while source.isValid {
            if count % Self.entriesBetweenCalls == 0 { try onProgress(count) }
            count += 1
            let decision = filter.decide(
                source.key, source.tag, isBottom: isBottom, mayLieDeeper: { mayLieDeeper($0, $0) })
            if case .keep(let entry) = decision {
                if entry.pin != nil, let deletion = filter.takeHeldDeletion() {
                    let noValue = UnsafeRawBufferPointer(start: nil, count: 0)
                    try add(deletion, source.key, noValue, to: &output)
                }
                try add(entry, source.key, source.value, to: &output)
                output.tombstones.note(source.key, source.tag)
            }
            try source.moveNext()
        }
        try cutTombstones(&output, before: nil)
        // They may be all that is left.
        if output.tombstones.hasPart(upTo: nil) {
            try output.tombstones.write(upTo: nil, into: writer(&output))
        }
        if let last = output.writer { output.finished.append(try last.finish()) }
        output.writer = nil
    }

    @inline(__always)
    private func add(
        _ entry: VersionFilter.KeptEntry, _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer, to output: inout Output
    ) throws(EngineError) {
        // Versions of one key stay in one table, so that a level's tables do not overlap.
        if entry.isNewKey { try cut(&output, before: key) }
        try writer(&output).add(
            key: key, tag: entry.tag, value: value, isNewKey: entry.isNewKey, pin: entry.pin)
    }

    /// Ends the open table before `key`, or inside the range tombstones before it, where the cutter
    /// says so.
    @inline(__always)
    private func cut(
        _ output: inout Output, before key: UnsafeRawBufferPointer
    ) throws(EngineError) {
        if !output.tombstones.isAtEnd { try cutTombstones(&output, before: key) }
        if output.cutter.cuts(before: key, sizeBytes: output.sizeBytes), let full = output.writer {
            output.tombstones.write(upTo: full.lastKey, into: full)
            output.finished.append(try full.finish())
            output.writer = nil
        }
    }

    /// Ends tables inside and between range tombstones that have no key of their own before `key`, so
    /// that they are no larger and overlap no more of the level below than others.
    private func cutTombstones(
        _ output: inout Output, before key: UnsafeRawBufferPointer?
    ) throws(EngineError) {
        while let end = output.tombstones.nextEnd(before: key) {
            output.boundary.removeAll()
            output.boundary.append(end)
            output.boundary.append(UInt8(0))
            if output.cutter.cuts(before: output.boundary.bytes, sizeBytes: output.sizeBytes) {
                let hasPart = end.withUnsafeBytes { output.tombstones.hasPart(upTo: $0) }
                let full = hasPart ? try writer(&output) : output.writer
                end.withUnsafeBytes { output.tombstones.write(upTo: $0, into: full) }
                if let full { output.finished.append(try full.finish()) }
                output.writer = nil
            }
        }
    }

    @inline(__always)
    private func writer(_ output: inout Output) throws(EngineError) -> SSTableWriter {
        if let writer = output.writer { return writer }
        let writer = try openWriter(&output.openNumber)
        output.writer = writer
        return writer
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
