// Unsafe pointers: entries are lent by the sources, until the next move; `losers` is this class's own
// allocation, one for each source.

/// Several sorted runs as one, through a loser tree.
///
/// `losers[1..<n]` hold, at each inner node, the source that lost there; `winner` won them all. A
/// step moves the winner and replays its path: one comparison a level, against stored losers, where
/// a heap needs two. Source: Knuth, The Art of Computer Programming, volume 3, 5.4.1.
final class MergingSource: EntrySource {
    private let lent: LentObjects<EntrySource>
    private let losers: UnsafeMutablePointer<Int>
    private var winner = 0
    private var isForward = true

    init(_ sources: [EntrySource]) {
        lent = LentObjects(sources)
        losers = .allocate(capacity: sources.count)
        losers.initialize(repeating: 0, count: sources.count)
    }

    deinit { losers.deallocate() }

    private var sources: [EntrySource] { lent.objects }

    override func seekToFirst() throws(EngineError) {
        isForward = true
        for source in sources { try source.seekToFirst() }
        play()
    }

    override func seekToLast() throws(EngineError) {
        isForward = false
        for source in sources { try source.seekToLast() }
        play()
    }

    override func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        isForward = true
        for source in sources { try source.seek(key, tag: tag) }
        play()
    }

    override func seekBackward(_ key: UnsafeRawBufferPointer, tag: EntryTag) throws(EngineError) {
        isForward = false
        for source in sources { try source.seekBackward(key, tag: tag) }
        play()
    }

    override func moveNext() throws(EngineError) {
        if !isForward { try turn(forward: true) }
        try lent.borrow(winner) { (source) throws(EngineError) in try source.moveNext() }
        replay()
    }

    override func movePrevious() throws(EngineError) {
        if isForward { try turn(forward: false) }
        try lent.borrow(winner) { (source) throws(EngineError) in try source.movePrevious() }
        replay()
    }

    /// Moves the sources from `first` on that stand before `key` to it; the others stay.
    ///
    /// For entries that the caller knows it does not want; the merge must be walking forward.
    func skipForward(to key: UnsafeRawBufferPointer, sourcesFrom first: Int) throws(EngineError) {
        precondition(isForward)
        for source in sources.dropFirst(first)
        where source.isValid && compareKeys(source.key, key) < 0 {
            try source.seek(key, tag: .first)
        }
        play()
    }

    /// Moves the sources from `first` on that stand at or after `key` to before it.
    func skipBackward(before key: UnsafeRawBufferPointer, sourcesFrom first: Int)
        throws(EngineError)
    {
        precondition(!isForward)
        for source in sources.dropFirst(first)
        where source.isValid && compareKeys(source.key, key) >= 0 {
            try source.seekBackward(key, tag: .first)
        }
        play()
    }

    /// Brings the other sources to the far side of the winner's entry, from where the new direction
    /// leads to them.
    private func turn(forward: Bool) throws(EngineError) {
        isForward = forward
        let current = sources[winner]
        for (index, source) in sources.enumerated() where index != winner {
            if forward {
                try source.seek(current.key, tag: current.tag)
            } else {
                try source.seekBackward(current.key, tag: current.tag)
            }
        }
        // The winner's own entry is the extreme of all now, so it wins the new tree as well.
        let kept = winner
        play()
        precondition(winner == kept, "a source that turned round lost its place")
    }

    /// Plays the whole tournament.
    private func play() {
        let count = sources.count
        guard count > 0 else { return setEnd() }
        winner = count == 1 ? 0 : play(node: 1)
        showWinner()
    }

    private func play(node: Int) -> Int {
        let count = sources.count
        if node >= count { return node - count }
        let left = play(node: 2 * node)
        let right = play(node: 2 * node + 1)
        if isBetter(left, than: right) {
            losers[node] = right
            return left
        }
        losers[node] = left
        return right
    }

    @inline(__always)
    private func replay() {
        var candidate = winner
        var node = (candidate + lent.count) / 2
        while node >= 1 {
            let loser = losers[node]
            if isBetter(loser, than: candidate) {
                losers[node] = candidate
                candidate = loser
            }
            node /= 2
        }
        winner = candidate
        showWinner()
    }

    @inline(__always)
    private func isBetter(_ left: Int, than right: Int) -> Bool {
        lent.borrow(left) { left in
            lent.borrow(right) { right in
                if !left.isValid { return false }
                if !right.isValid { return true }
                let order = compareEntries(left.key, left.tag, right.key, right.tag)
                return isForward ? order < 0 : order > 0
            }
        }
    }

    @inline(__always)
    private func showWinner() {
        lent.borrow(winner) { source in
            if source.isValid {
                setEntry(key: source.key, tag: source.tag, value: source.value)
            } else {
                setEnd()
            }
        }
    }
}
