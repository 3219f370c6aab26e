@testable import StorageEngine
import Testing

@Suite("Edits of a version")
struct VersionEditTests {
    private static func edit(
        sizeBytes: Int, entryCount: Int, rangeDeletionCount: Int, denseGarbageCount: Int = 0
    ) -> VersionEdit {
        var edit = VersionEdit()
        edit.addedTables = [
            (
                3,
                SSTableMetadata(
                    number: 7, sizeBytes: sizeBytes, checksum: 5, smallestKey: [1],
                    largestKey: [2], smallestSequence: 3, largestSequence: 9,
                    entryCount: entryCount, deletionCount: 30, hiddenCount: 12,
                    rangeDeletionCount: rangeDeletionCount,
                    denseGarbageCount: denseGarbageCount)
            )
        ]
        return edit
    }

    private static func reread(_ edit: VersionEdit) -> SSTableMetadata? {
        let record = OutputBuffer()
        edit.append(to: record)
        return VersionEdit.read(record.bytes)?.addedTables.first?.metadata
    }

    @Test("A table's metadata comes back as it was")
    func roundTrip() {
        let edit = Self.edit(
            sizeBytes: 1_000, entryCount: 60_000, rangeDeletionCount: 12, denseGarbageCount: 42)
        #expect(Self.reread(edit) == edit.addedTables[0].metadata)
    }

    @Test("A size that no table has is refused, so that what follows from it can not overflow")
    func impossibleSize() {
        let most = Self.edit(sizeBytes: 1 << 46, entryCount: 1 << 52, rangeDeletionCount: 0)
        #expect(Self.reread(most) != nil)
        let more = Self.edit(sizeBytes: (1 << 46) + 1, entryCount: 1 << 52, rangeDeletionCount: 0)
        #expect(Self.reread(more) == nil)
    }

    @Test("File numbers and sequences past the largest are refused: the next one would overflow")
    func impossibleNumbers() {
        func isRefused(_ change: (inout VersionEdit) -> Void) -> Bool {
            var edit = VersionEdit()
            change(&edit)
            let record = OutputBuffer()
            edit.append(to: record)
            return VersionEdit.read(record.bytes) == nil
        }
        #expect(!isRefused { $0.lastSequence = EntryTag.maximumSequence })
        #expect(isRefused { $0.lastSequence = EntryTag.maximumSequence + 1 })
        #expect(isRefused { $0.logNumber = .max / 2 })
        #expect(isRefused { $0.removedTables = [.max] })
        func table(_ change: (inout SSTableMetadata) -> Void) -> Bool {
            var edit = Self.edit(sizeBytes: 1_000, entryCount: 100, rangeDeletionCount: 0)
            change(&edit.addedTables[0].metadata)
            return Self.reread(edit) == nil
        }
        #expect(table { $0.number = .max })
        #expect(table { $0.largestSequence = .max })
        #expect(table { $0.smallestSequence = .max })
    }

    @Test(
        "Counts that a file of that size can not hold are refused: memory is set aside by them",
        arguments: [(Int.max / 4, 0, 0), (65_000, 0, 0), (100, 65_000, 0), (100, 0, 101)])
    func impossibleCounts(entryCount: Int, rangeDeletionCount: Int, denseGarbageCount: Int) {
        let edit = Self.edit(
            sizeBytes: 1_000, entryCount: entryCount, rangeDeletionCount: rangeDeletionCount,
            denseGarbageCount: denseGarbageCount)
        #expect(Self.reread(edit) == nil)
    }
}
