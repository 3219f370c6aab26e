// Unsafe pointers: every offset comes from the arena and stays valid while the memtable lives; an
// entry's bytes are written before its offset is published with release order and never change
// after, so readers that load with acquire order see it whole.

internal import Synchronization

/// Recent writes in order: a B-link tree in an arena, one inserter, any number of readers that
/// never wait.
///
/// An insertion into 64 MiB of entries is bound by cache misses. A skip list pays one for most of
/// the nodes it compares with, some ten of them; this tree compares with key heads that lie together
/// in a node and pays about one for the leaf and one for the entry (the figures stand under
/// Decisions, "MemtableTree").
///
/// ## Thread safety
/// `insert`, and the sizes and counts until the memtable is sealed, by one thread at a time (the
/// commit lock); all else from any thread.
/// `@unchecked Sendable`: for the reason at the head of this file; `deltas` is the inserter's until
/// the memtable is sealed and is only read after.
final class Memtable: @unchecked Sendable {
    private let arena: Arena
    let base: UnsafeMutableRawPointer
    let tree: MemtableTree
    let tombstoneFragments = TombstoneFragments()

    /// The log that holds these writes.
    let logNumber: UInt64
    /// The last sequence inserted.
    private(set) var lastSequence: UInt64 = 0
    private(set) var entryCount = 0
    var rangeTombstoneCount = 0
    /// Arena bytes that entries and range tombstones take, nodes not counted.
    private var entryBytes = 0
    /// How many of its entries a flush has come past.
    private let flushedCount = Atomic<Int>(0)
    /// Sums of counter changes since the memtable began.
    private(set) var counterDeltas: [UInt64: Int64] = [:]

    /// An empty memtable in a mapping of its own, which goes back to the system with it.
    ///
    /// - Parameter capacityBytes: Of the arena, entries and nodes together.
    init(capacityBytes: Int, logNumber: UInt64) throws(EngineError) {
        guard capacityBytes <= Self.capacityLimitBytes else {
            throw .invalidArgument("a batch has more entries than a memtable can hold")
        }
        arena = try Arena(capacity: capacityBytes)
        self.logNumber = logNumber
        base = arena.base
        guard let tree = MemtableTree(arena) else {
            throw .invalidArgument("an arena is too small for a memtable")
        }
        self.tree = tree
    }

    /// How much of a full memtable a flush has come past, from 0 to 1.
    var flushedFraction: Double {
        Double(flushedCount.load(ordering: .relaxed)) / Double(max(entryCount, 1))
    }

    /// Tells those who write meanwhile how far a flush is.
    func noteFlushed(entryCount: Int) { flushedCount.store(entryCount, ordering: .relaxed) }

    /// Arena bytes an entry needs at most apart from its key and value, its share of nodes included.
    private static let entryOverheadBytes =
        MemtableEntry.headerSizeBytes + 8 + MemtableTree.nodeBytesPerEntry
    /// Entries are named by 32-bit offsets; a full batch of empty keys could ask for more.
    static let capacityLimitBytes = Int(UInt32.max)
    /// Arena bytes to allow for beside the entries.
    private static let emptySizeBytes = MemtableTree.emptySizeBytes

    /// Arena bytes for entries of so many bytes of keys and values.
    static func capacityBytes(entryCount: Int, payloadBytes: Int) -> Int {
        payloadBytes + entryCount * entryOverheadBytes + emptySizeBytes
    }

    var isEmpty: Bool { !hasEntries && counterDeltas.isEmpty }
    /// Whether a flush has a table to write.
    var hasEntries: Bool { entryCount > 0 || hasRangeTombstones }
    var sizeBytes: Int { arena.used }

    /// Whether a batch of this much is sure to fit.
    ///
    /// - Parameter rangeDeletionCount: Of the entries; those of the batch and of the memtable together
    ///   are bounded as those of one batch are (see ``WriteBatch/rangeDeletionLimit``).
    func hasRoom(entryCount: Int, payloadBytes: Int, rangeDeletionCount: Int = 0) -> Bool {
        let rangeTombstones = rangeTombstoneCount + rangeDeletionCount
        if rangeTombstones > WriteBatch.rangeDeletionLimit { return false }
        let entries = payloadBytes + entryCount * (MemtableEntry.headerSizeBytes + 8)
        // A few entries split a few nodes at most. Many can split as many nodes as the tree could
        // have at its emptiest, which is known from the number of its entries alone.
        let fewNodes = entryCount.multipliedReportingOverflow(by: tree.splitSizeBytes)
        if !fewNodes.overflow, arena.free >= entries + fewNodes.partialValue { return true }
        let allEntries = self.entryCount + entryCount
        return arena.capacity
            >= entryBytes + entries + allEntries * MemtableTree.nodeBytesPerEntry
            + Self.emptySizeBytes
    }

    func add(counter: UInt64, _ delta: Int64) { counterDeltas[counter, default: 0] &+= delta }

    /// Marks that all entries up to `sequence` are in.
    func advance(to sequence: UInt64) { lastSequence = sequence }

    /// Adds an entry; the caller made sure of room with ``hasRoom(entryCount:payloadBytes:)``.
    func insert(key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer) {
        let sizeBytes = MemtableEntry.headerSizeBytes + key.count + value.count
        let entry = allocateEntry(sizeBytes)
        MemtableEntry(base + entry).initialize(key: key, tag: tag, value: value)
        tree.insert(entry, key: key, tag: tag)
        entryCount += 1
    }

    /// Takes arena bytes for an entry or a range tombstone, for which the caller made sure of room.
    @inline(__always)
    func allocateEntry(_ sizeBytes: Int) -> Int {
        guard let offset = arena.allocate(sizeBytes) else {
            preconditionFailure("a batch was admitted that does not fit")
        }
        entryBytes += (sizeBytes + 7) & ~7
        return offset
    }

    /// The newest version of `key` that a reader at `sequence` may see.
    func get(_ key: UnsafeRawBufferPointer, sequence: UInt64)
        -> (tag: EntryTag, value: UnsafeRawBufferPointer)?
    {
        let offset = tree.firstEntry(atOrAfter: key, .seek(sequence: sequence))
        if offset == 0 { return nil }
        let entry = entry(offset)
        guard compareKeys(entry.key, key) == 0 else { return nil }
        return (entry.tag, entry.value)
    }

    /// A place in the order of the entries, to walk from.
    func makeWalk() -> MemtableTree.Walk { MemtableTree.Walk(tree) }

    @inline(__always)
    func entry(_ offset: Int) -> MemtableEntry { MemtableEntry(base + offset) }
}
