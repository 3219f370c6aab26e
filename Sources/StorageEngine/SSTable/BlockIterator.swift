// Unsafe pointers: `key` is lent from this iterator's own buffer and `value` from the block it
// holds; both are valid until the next move.

/// Walks one block's entries in both directions without allocating.
///
/// A backward step decodes again from the restart before it, at most a restart interval of entries.
final class BlockIterator {
    private(set) var block: Block?
    private let keyBuffer = OutputBuffer(capacity: 256)
    private(set) var tag = EntryTag.last
    private(set) var value = UnsafeRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var next = 0
    private(set) var isValid = false
    /// Set where the bytes were not a block after all; the owner reports corruption.
    private(set) var isMalformed = false

    var key: UnsafeRawBufferPointer { keyBuffer.bytes }

    func setBlock(_ block: Block?) {
        self.block = block
        isValid = false
        isMalformed = false
    }

    func seekToFirst() {
        keyBuffer.removeAll()
        _ = load(at: 0)
    }

    func seekToLast() {
        guard let block else { return }
        moveToLastEntry(fromRestart: block.restarts - 1, before: block.end)
    }

    /// Moves to the first entry at or after a position.
    func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) {
        guard let block else { return }
        keyBuffer.removeAll()
        var offset = block.offset(before: key, tag: tag)
        while load(at: offset) {
            if compareEntries(self.key, self.tag, key, tag) >= 0 { return }
            offset = next
        }
    }

    /// Moves on; not valid after the last entry.
    @inline(__always)
    func moveNext() { _ = load(at: next) }

    /// Moves back; not valid before the first entry.
    func movePrevious() {
        guard let block else { return }
        let current = start
        if current == 0 {
            isValid = false
            return
        }
        var low = 0
        var high = block.restarts - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if block.restartOffset(middle) < current { low = middle } else { high = middle - 1 }
        }
        moveToLastEntry(fromRestart: low, before: current)
    }

    private func moveToLastEntry(fromRestart restart: Int, before limit: Int) {
        guard let block else { return }
        keyBuffer.removeAll()
        var offset = block.restartOffset(restart)
        while load(at: offset), next < limit { offset = next }
    }

    @inline(__always)
    private func load(at offset: Int) -> Bool {
        guard let block, offset < block.end else {
            isValid = false
            return false
        }
        guard let entry = block.entry(at: offset), entry.sharedCount <= keyBuffer.count else {
            fail()
            return false
        }
        keyBuffer.truncate(to: entry.sharedCount)
        keyBuffer.append(entry.unshared)
        tag = entry.tag
        value = entry.value
        start = offset
        next = entry.end
        isValid = true
        return true
    }

    private func fail() {
        isValid = false
        isMalformed = true
    }
}
