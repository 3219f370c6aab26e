// Unsafe pointers: `key` and `value` are lent by the data block until the source's next move.

/// The entries of a sorted run of tables that do not overlap: one level, or some of its tables.
final class TableRunSource: EntrySource {
    private let run: SortedRun
    private let mode: ReadMode
    private let use: CacheUse
    private let window: ReadAheadWindow
    /// The table and the data block that the source stands in; without a block where it stands in
    /// none.
    private var tableIndex = -1
    private var blockNumber = 0
    private let data = BlockIterator()

    init(_ run: SortedRun, mode: ReadMode, use: CacheUse) {
        self.run = run
        self.mode = mode
        self.use = use
        window = ReadAheadWindow(readsAll: use == .rewriting)
    }

    override func seekToFirst() throws(EngineError) {
        try enterBlock(0, ofTable: 0)
        data.seekToFirst()
        try settleForward()
    }

    override func seekToLast() throws(EngineError) {
        try enterLastBlock(ofTable: run.count - 1)
        data.seekToLast()
        try settleBackward()
    }

    override func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        let table = run.firstTable(endingAtOrAfter: key)
        let number =
            table < run.count
            ? try run.tables[table].blockNumber(for: key, tag: tag, mode: mode, use: use) : 0
        try enterBlock(number, ofTable: table)
        data.seek(key, tag: tag)
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

    /// Loads a data block, or none where there is no such table or block.
    private func enterBlock(_ number: Int, ofTable newTable: Int) throws(EngineError) {
        let isSameBlock = newTable == tableIndex && number == blockNumber && data.hasBlock
        if isSameBlock { return }
        data.setBlock(nil)
        if newTable != tableIndex, newTable >= 0, newTable < run.count {
            window.begin(dataEnd: run.tables[newTable].dataEnd)
        }
        tableIndex = newTable
        blockNumber = number
        guard newTable >= 0, newTable < run.count else { return }
        guard number >= 0, number < run.tables[newTable].blockCount else { return }
        data.setBlock(
            try run.tables[newTable].dataBlock(
                number, mode: mode, use: use, window: window))
    }

    private func enterLastBlock(ofTable table: Int) throws(EngineError) {
        try enterBlock(table >= 0 ? run.tables[table].blockCount - 1 : 0, ofTable: table)
    }

    private func settleForward() throws(EngineError) {
        try throwIfMalformed()
        while !data.isValid {
            guard tableIndex < run.count else { return setEnd() }
            if blockNumber + 1 < run.tables[tableIndex].blockCount {
                try enterBlock(blockNumber + 1, ofTable: tableIndex)
                run.tables[tableIndex].prefetchDataBlock(
                    blockNumber + 1, byteCount: data.byteCount, isBackward: false)
            } else {
                try enterBlock(0, ofTable: tableIndex + 1)
            }
            data.seekToFirst()
            try throwIfMalformed()
        }
        setEntry(key: data.key, tag: data.tag, value: data.value)
    }

    private func settleBackward() throws(EngineError) {
        try throwIfMalformed()
        while !data.isValid {
            guard tableIndex >= 0 else { return setEnd() }
            if blockNumber > 0 {
                try enterBlock(blockNumber - 1, ofTable: tableIndex)
                run.tables[tableIndex].prefetchDataBlock(
                    blockNumber - 1, byteCount: data.byteCount, isBackward: true)
            } else {
                try enterLastBlock(ofTable: tableIndex - 1)
            }
            data.seekToLast()
            try throwIfMalformed()
        }
        setEntry(key: data.key, tag: data.tag, value: data.value)
    }

    private func throwIfMalformed() throws(EngineError) {
        if data.isMalformed { throw run.tables[tableIndex].damaged(blockNumber) }
    }
}
