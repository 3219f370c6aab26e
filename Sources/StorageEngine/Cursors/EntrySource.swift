// Unsafe pointers: `key` and `value` are lent until the source's next move.

/// A sorted run of entries that can be walked in both directions.
///
/// A class with overridden methods and not a protocol: the merge calls it once a step, and a virtual
/// call of a concrete class is the cheapest dynamic call Swift has.
class EntrySource {
    final private(set) var isValid = false
    final private(set) var key = UnsafeRawBufferPointer(start: nil, count: 0)
    final private(set) var value = UnsafeRawBufferPointer(start: nil, count: 0)
    final private(set) var tag = EntryTag.last

    func seekToFirst() throws(EngineError) { preconditionFailure("overridden") }
    func seekToLast() throws(EngineError) { preconditionFailure("overridden") }
    /// Moves to the first entry at or after the position.
    func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        preconditionFailure("overridden")
    }
    /// Moves to the last entry before the position.
    func seekBackward(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        preconditionFailure("overridden")
    }
    func moveNext() throws(EngineError) { preconditionFailure("overridden") }
    func movePrevious() throws(EngineError) { preconditionFailure("overridden") }

    @inline(__always)
    final func setEntry(
        key: UnsafeRawBufferPointer, tag: EntryTag, value: UnsafeRawBufferPointer
    ) {
        self.key = key
        self.tag = tag
        self.value = value
        isValid = true
    }

    @inline(__always)
    final func setEnd() { isValid = false }
}

/// The entries of a memtable.
final class MemtableSource: EntrySource {
    private let memtable: Memtable
    private var walk: MemtableTree.Walk

    init(_ memtable: Memtable) {
        self.memtable = memtable
        walk = memtable.makeWalk()
    }

    override func seekToFirst() throws(EngineError) {
        walk.moveToFirst()
        show()
    }

    override func seekToLast() throws(EngineError) {
        walk.moveToLast()
        show()
    }

    override func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        walk.seek(key, tag)
        show()
    }

    override func seekBackward(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        walk.seek(before: key, tag)
        show()
    }

    override func moveNext() throws(EngineError) {
        walk.moveNext()
        show()
    }

    override func movePrevious() throws(EngineError) {
        walk.movePrevious()
        show()
    }

    @inline(__always)
    private func show() {
        let offset = walk.entry
        if offset == 0 {
            setEnd()
        } else {
            let entry = memtable.entry(offset)
            setEntry(key: entry.key, tag: entry.tag, value: entry.value)
        }
    }
}

/// The entries of a sorted run of tables that do not overlap: one level, or one table.
final class TableRunSource: EntrySource {
    private let tables: [SSTable]
    private let mode: ReadMode
    private let fillsCache: Bool
    private var tableIndex = -1
    /// Walks the index of the table the source stands in; without a block where it stands in none.
    private let index = BlockIterator()
    private let data = BlockIterator()

    init(_ tables: [SSTable], mode: ReadMode, fillsCache: Bool) {
        self.tables = tables
        self.mode = mode
        self.fillsCache = fillsCache
    }

    override func seekToFirst() throws(EngineError) {
        try openTable(0)
        index.seekToFirst()
        try loadBlock()
        if data.block != nil { data.seekToFirst() }
        try settleForward()
    }

    override func seekToLast() throws(EngineError) {
        try openTable(tables.count - 1)
        index.seekToLast()
        try loadBlock()
        if data.block != nil { data.seekToLast() }
        try settleBackward()
    }

    override func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        try openTable(firstTable(endingAtOrAfter: key))
        index.seek(key, tag: tag)
        try loadBlock()
        if data.block != nil { data.seek(key, tag: tag) }
        try settleForward()
    }

    override func seekBackward(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        try seek(key, tag: tag)
        if isValid { try movePrevious() } else { try seekToLast() }
    }

    override func moveNext() throws(EngineError) {
        data.moveNext()
        if data.isValid {
            setEntry(key: data.key, tag: data.tag, value: data.value)
        } else {
            try settleForward()
        }
    }

    override func movePrevious() throws(EngineError) {
        data.movePrevious()
        if data.isValid {
            setEntry(key: data.key, tag: data.tag, value: data.value)
        } else {
            try settleBackward()
        }
    }

    private func firstTable(endingAtOrAfter key: UnsafeRawBufferPointer) -> Int {
        var low = 0
        var high = tables.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = tables[middle].metadata.largestKey.withUnsafeBytes {
                compareKeys($0, key) < 0
            }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func openTable(_ newIndex: Int) throws(EngineError) {
        if newIndex != tableIndex || index.block == nil {
            tableIndex = newIndex
            data.setBlock(nil)
            index.setBlock(tables.indices.contains(newIndex) ? tables[newIndex].index : nil)
        }
    }

    /// Loads the data block that the index stands on, or none.
    private func loadBlock() throws(EngineError) {
        guard index.isValid else {
            try throwIfMalformed(index)
            data.setBlock(nil)
            return
        }
        guard let blockHandle = BlockHandle.read(index.value) else {
            throw tables[tableIndex].damaged(0, "an index entry is not a block handle")
        }
        data.setBlock(
            try tables[tableIndex].dataBlock(blockHandle, mode: mode, fills: fillsCache))
    }

    private func settleForward() throws(EngineError) {
        try throwIfMalformed(data)
        while !data.isValid {
            if index.block == nil { return setEnd() }
            if data.block != nil { index.moveNext() }
            if !index.isValid {
                try throwIfMalformed(index)
                guard tableIndex + 1 < tables.count else { return setEnd() }
                try openTable(tableIndex + 1)
                index.seekToFirst()
            }
            try loadBlock()
            if data.block != nil { data.seekToFirst() }
            try throwIfMalformed(data)
        }
        setEntry(key: data.key, tag: data.tag, value: data.value)
    }

    private func settleBackward() throws(EngineError) {
        try throwIfMalformed(data)
        while !data.isValid {
            if index.block == nil { return setEnd() }
            if data.block != nil { index.movePrevious() }
            if !index.isValid {
                try throwIfMalformed(index)
                guard tableIndex > 0 else { return setEnd() }
                try openTable(tableIndex - 1)
                index.seekToLast()
            }
            try loadBlock()
            if data.block != nil { data.seekToLast() }
            try throwIfMalformed(data)
        }
        setEntry(key: data.key, tag: data.tag, value: data.value)
    }

    private func throwIfMalformed(_ iterator: BlockIterator) throws(EngineError) {
        if iterator.isMalformed {
            throw tables[tableIndex].damaged(0, "a block's entries are malformed")
        }
    }
}
