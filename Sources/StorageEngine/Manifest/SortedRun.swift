// Unsafe pointers: `heads` and `prefix` are this class's own allocations, freed at `deinit`.

/// Tables in key order that do not overlap, as reads meet them: a level, or a sublevel of level 0.
///
/// Reads from several threads must not all count references to the same objects, or each waits for
/// the others' cache lines; so a reader that is known to be inside a read state borrows the tables
/// from here (see ``ReadPins``).
///
/// `@unchecked Sendable`: immutable after `init`.
final class SortedRun: @unchecked Sendable {
    private let lent: LentObjects<SSTable>
    /// Of the tables' largest keys.
    private let heads: UnsafeMutablePointer<UInt64>
    private let prefix: UnsafeMutableRawBufferPointer

    init(_ tables: [SSTable]) {
        lent = LentObjects(tables)
        heads = .allocate(capacity: tables.count)
        let first = tables.first?.metadata.largestKey ?? []
        let last = tables.last?.metadata.largestKey ?? []
        let prefixCount = first.withUnsafeBytes { first in
            last.withUnsafeBytes { commonPrefixCount(first, $0) }
        }
        prefix = .allocate(byteCount: prefixCount, alignment: 1)
        prefix.copyBytes(from: first[..<prefixCount])
        for (index, table) in tables.enumerated() {
            let head = table.metadata.largestKey.withUnsafeBytes {
                KeyHeads.head($0, from: prefixCount)
            }
            (heads + index).initialize(to: head)
        }
    }

    deinit {
        heads.deallocate()
        prefix.deallocate()
    }

    var tables: [SSTable] { lent.objects }

    @inline(__always)
    var count: Int { lent.count }

    @inline(__always)
    func withTable<Result, Failure: Error>(
        _ index: Int, _ body: (SSTable) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try lent.borrow(index, body)
    }

    /// The first table that ends at or after a key, which is the only one that may hold it; the
    /// number of tables where there is none.
    @inline(__always)
    func firstTable(endingAtOrAfter key: UnsafeRawBufferPointer) -> Int {
        let open = KeyHeads(
            prefix: UnsafeRawBufferPointer(prefix), heads: heads, count: count
        ).undecided(key)
        return open.partitionPoint { isBefore($0, key) }
    }

    /// Whether a table's keys meet `[smallest, largest]`.
    func hasTable(meeting smallest: UnsafeRawBufferPointer, _ largest: UnsafeRawBufferPointer)
        -> Bool
    {
        let index = firstTable(endingAtOrAfter: smallest)
        guard index < count else { return false }
        return tables[index].metadata.smallestKey.withUnsafeBytes { compareKeys($0, largest) <= 0 }
    }

    private func isBefore(_ index: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        tables[index].metadata.largestKey.withUnsafeBytes { compareKeys($0, key) < 0 }
    }
}
