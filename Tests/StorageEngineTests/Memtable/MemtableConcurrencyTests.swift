import KvdTestSupport
import Synchronization
import Testing

@testable import StorageEngine

@Suite("Memtable under one inserter and a reader")
struct MemtableConcurrencyTests {
    /// An insertion between the reader's place and the node it was about to show must not be shown
    /// in that node's stead.
    @Test("A key that was there before the search is found, whatever is inserted meanwhile")
    func searchDuringInsertion() throws {
        for round in 0..<1_500 {
            let memtable = try Memtable(capacityBytes: 64 << 10, logNumber: 1)
            Self.insert(memtable, key: "m", sequence: 1)
            let isDone = Atomic<Bool>(false)
            try runThreads(2) { index in
                if index == 0 {
                    defer { isDone.store(true, ordering: .releasing) }
                    // Newer versions of the key, and keys before it, come to stand just before it.
                    for step in 0..<60 {
                        let key = step % 2 == 0 ? "m" : "k" + String(step)
                        Self.insert(memtable, key: key, sequence: UInt64(step + 2))
                    }
                } else {
                    while !isDone.load(ordering: .acquiring) {
                        guard Self.sequence(memtable, of: "m", at: 1) == 1 else {
                            throw Mismatch("round \(round): version 1 of the key was missed")
                        }
                    }
                }
            }
        }
    }

    private static func insert(_ memtable: Memtable, key: String, sequence: UInt64) {
        Array(key.utf8).withUnsafeBytes { key in
            memtable.insert(key: key, tag: EntryTag(sequence: sequence, kind: .put), value: key)
        }
    }

    private static func sequence(
        _ memtable: Memtable, of key: String, at sequence: UInt64
    ) -> UInt64? {
        Array(key.utf8).withUnsafeBytes { memtable.get($0, sequence: sequence)?.tag.sequence }
    }
}
