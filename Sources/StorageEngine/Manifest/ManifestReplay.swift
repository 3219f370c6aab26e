/// Adds the edits of a manifest up, in their order.
struct ManifestReplay {
    private var contents: Manifest.Contents
    private var tables: [UInt64: (level: Int, metadata: SSTableMetadata)] = [:]
    private(set) var editCount = 0

    init(databaseID: DatabaseID) { contents = Manifest.Contents(databaseID: databaseID) }

    mutating func apply(_ edit: VersionEdit) {
        contents.logNumber = edit.logNumber ?? contents.logNumber
        contents.lastSequence = edit.lastSequence ?? contents.lastSequence
        for removed in edit.removedTables { tables[removed] = nil }
        for added in edit.addedTables { tables[added.metadata.number] = added }
        for (counter, delta) in edit.counterDeltas {
            contents.counters[counter, default: 0] &+= delta
        }
        editCount += 1
    }

    /// What the edits so far add up to.
    var result: Manifest.Contents {
        var contents = contents
        contents.tables = tables.values.sorted { $0.metadata.number < $1.metadata.number }
        return contents
    }
}
