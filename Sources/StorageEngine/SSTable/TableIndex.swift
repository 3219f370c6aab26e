// Unsafe pointers: entries are lent by the top block, which this value holds.

/// A table's index as it is kept in memory: the whole of it, or the top of two levels.
///
/// Data blocks and partitions are numbered in key order, each from 0. Layout: ``SSTableFormat``.
struct TableIndex {
    let top: Block
    /// The number of the first data block of each partition, then the number of data blocks; empty
    /// for an index of one level.
    private let firstBlocks: [Int]
    let isPartitioned: Bool
    let blockCount: Int

    /// Nil where a top of two levels is malformed.
    init?(_ top: Block, kind: SSTableFormat.IndexKind, fileSizeBytes: Int) {
        self.top = top
        isPartitioned = kind == .partitioned
        guard isPartitioned else {
            firstBlocks = []
            blockCount = top.restarts
            return
        }
        // What is read here is memory to be allocated.
        let blockLimit = fileSizeBytes / (SSTableFormat.blockTrailerSizeBytes + 1)
        var firstBlocks = [0]
        for number in 0..<top.restarts {
            guard let entry = top.restartEntry(number) else { return nil }
            var input = InputCursor(entry.value)
            guard BlockHandle.read(&input) != nil, let count = input.readLength(), count > 0,
                firstBlocks[number] + count <= blockLimit
            else { return nil }
            firstBlocks.append(firstBlocks[number] + count)
        }
        self.firstBlocks = firstBlocks
        blockCount = firstBlocks[top.restarts]
    }

    var partitionCount: Int { isPartitioned ? top.restarts : 0 }

    /// Memory the index takes.
    var chargeBytes: Int { top.chargeBytes + 8 * firstBlocks.count }

    func firstBlock(ofPartition number: Int) -> Int { firstBlocks[number] }

    func blockCount(ofPartition number: Int) -> Int {
        firstBlocks[number + 1] - firstBlocks[number]
    }

    /// The partition that names a data block.
    func partition(ofBlock number: Int) -> Int {
        (0..<partitionCount).partitionPoint { firstBlocks[$0 + 1] <= number }
    }

    /// Nil for bytes that are not a handle.
    func partitionHandle(_ number: Int) -> BlockHandle? {
        top.restartEntry(number).flatMap { BlockHandle.read($0.value) }
    }
}
