// Unsafe pointers: `key` is lent from this iterator's own buffer and `value` from the block it
// holds; both are valid until the next move.

internal import CKvdShims

/// Walks one block's entries in both directions without allocating.
///
/// A backward step decodes again from the restart before it, at most a restart interval of entries.
final class BlockIterator {
    private var block: Block?
    private let keyBuffer = OutputBuffer(capacity: 256)
    private(set) var tag = EntryTag.last
    private(set) var value = UnsafeRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var next = 0
    /// A restart at or before the entry, from which a step back begins to look.
    private var restart = 0
    private(set) var isValid = false
    /// Set where the bytes were not a block after all; the owner reports corruption.
    private(set) var isMalformed = false
    /// The block's entries, which `block` keeps in memory: a step then counts no references.
    private var entries = BlockEntries.none

    var key: UnsafeRawBufferPointer { keyBuffer.bytes }

    var hasBlock: Bool { block != nil }

    /// Bytes of the block's entries.
    var byteCount: Int { entries.end }

    func setBlock(_ block: Block?) {
        self.block = block
        entries = block?.entries ?? .none
        isValid = false
        isMalformed = false
    }

    func seekToFirst() {
        keyBuffer.removeAll()
        restart = 0
        _ = load(at: 0)
    }

    func seekToLast() {
        guard let block else { return }
        restart = max(0, block.restarts - 1)
        moveToLastEntry(of: block, before: entries.end)
    }

    /// Moves to the first entry at or after a position.
    func seek(_ key: UnsafeRawBufferPointer, tag: EntryTag) {
        guard let block else { return }
        keyBuffer.removeAll()
        restart = block.restart(before: key, tag: tag)
        var offset = block.restartOffset(restart)
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
        // Steps forward may have left later restarts between the two.
        while restart + 1 < block.restarts, block.restartOffset(restart + 1) < current {
            restart += 1
        }
        while restart > 0, block.restartOffset(restart) >= current { restart -= 1 }
        moveToLastEntry(of: block, before: current)
    }

    private func moveToLastEntry(of block: Block, before limit: Int) {
        keyBuffer.removeAll()
        var offset = block.restartOffset(restart)
        while load(at: offset), next < limit { offset = next }
    }

    @inline(__always)
    private func load(at offset: Int) -> Bool {
        guard offset < entries.end else {
            isValid = false
            return false
        }
        guard let entry = entries.entry(at: offset), entry.sharedCount <= keyBuffer.count else {
            isValid = false
            isMalformed = true
            return false
        }
        keyBuffer.truncate(to: entry.sharedCount)
        keyBuffer.append(entry.unshared)
        tag = entry.tag
        value = entry.value
        start = offset
        next = entry.end
        // The third entry from here, should those between be as large: where the next one is depends on
        // what is read here, so that without this each is waited for. Past the block's end too, since
        // blocks that were read in order lie in order.
        if let base = entries.bytes.baseAddress { kvd_prefetch(base + next + 2 * (next - start)) }
        isValid = true
        return true
    }
}
