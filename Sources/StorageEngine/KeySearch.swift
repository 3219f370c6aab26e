// Unsafe pointers: keys are lent by the caller for one call, values by the memtable or block.

/// Whether a search for a key ends in a source, or goes on in older ones.
///
/// A source's range tombstone ends a search as a version of the key does: all that older sources
/// hold of the key is older than both.
enum KeySearch {
    case ends(PinnedBytes?)
    case goesOn
}

extension Memtable {
    @inline(__always)
    func search(_ key: UnsafeRawBufferPointer, _ sequence: UInt64) -> KeySearch {
        let covering = coveringSequence(of: key, at: sequence)
        guard let found = get(key, sequence: sequence) else {
            return covering > 0 ? .ends(nil) : .goesOn
        }
        let isVisible = found.tag.isPut && found.tag.sequence >= covering
        return .ends(isVisible ? PinnedBytes(found.value, owner: self) : nil)
    }
}

extension SSTable {
    /// - Parameter hash: The key's XXH64, for the filter.
    @inline(__always)
    func search(
        _ key: UnsafeRawBufferPointer, hash: UInt64, sequence: UInt64, mode: ReadMode
    ) throws(EngineError) -> KeySearch {
        let covering = coveringSequence(of: key, at: sequence)
        guard let found = try get(key, hash: hash, sequence: sequence, mode: mode) else {
            return covering > 0 ? .ends(nil) : .goesOn
        }
        return .ends(found.value(newerThan: covering))
    }
}
