/// A table as the manifest has it.
package struct InspectedTable: Equatable, Sendable {
    package let level: Int
    package let number: UInt64
    package let sizeBytes: Int
    /// CRC-32C of the whole file.
    package let checksum: UInt32
    package let smallestKey: InspectedBytes
    package let largestKey: InspectedBytes
    package let smallestSequence: UInt64
    package let largestSequence: UInt64
    package let entryCount: Int
    package let deletionCount: Int
    package let rangeDeletionCount: Int
    /// Puts that a newer version of their key in the same table precedes.
    package let hiddenCount: Int
    /// Deletions and hidden puts in data blocks of which they are the most.
    package let denseGarbageCount: Int

    init(_ metadata: SSTableMetadata, level: Int) {
        self.level = level
        number = metadata.number
        sizeBytes = metadata.sizeBytes
        checksum = metadata.checksum
        smallestKey = InspectedBytes(metadata.smallestKey)
        largestKey = InspectedBytes(metadata.largestKey)
        smallestSequence = metadata.smallestSequence
        largestSequence = metadata.largestSequence
        entryCount = metadata.entryCount
        deletionCount = metadata.deletionCount
        rangeDeletionCount = metadata.rangeDeletionCount
        hiddenCount = metadata.hiddenCount
        denseGarbageCount = metadata.denseGarbageCount
    }
}

/// A counter's value, or its change.
package struct InspectedCounter: Equatable, Sendable {
    package let id: UInt64
    package let value: Int64
}

/// What the edits of a manifest add up to.
package struct InspectedVersion: Equatable, Sendable {
    /// 32 hex digits.
    package let databaseID: String
    /// Logs below it hold nothing that is not in tables.
    package let logNumber: UInt64
    /// Of all entries in tables.
    package let lastSequence: UInt64
    /// By level, and in each by number.
    package let tables: [InspectedTable]
    /// By counter, rising.
    package let counters: [InspectedCounter]

    init(_ contents: Manifest.Contents) {
        databaseID = contents.databaseID.text
        logNumber = contents.logNumber
        lastSequence = contents.lastSequence
        tables = contents.tables.map { InspectedTable($0.metadata, level: $0.level) }
            .sorted { ($0.level, $0.number) < ($1.level, $1.number) }
        counters = contents.counters.map { InspectedCounter(id: $0, value: $1) }
            .sorted { $0.id < $1.id }
    }
}
