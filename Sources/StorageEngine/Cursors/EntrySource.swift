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
