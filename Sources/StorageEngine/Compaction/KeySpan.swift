/// The user keys from `smallest` to `largest`, both included.
struct KeySpan: Equatable, Sendable {
    var smallest: [UInt8]
    var largest: [UInt8]

    func overlaps(_ other: KeySpan) -> Bool {
        !Version.precedes(largest, other.smallest) && !Version.precedes(other.largest, smallest)
    }

    mutating func formUnion(_ other: KeySpan) {
        if Version.precedes(other.smallest, smallest) { smallest = other.smallest }
        if Version.precedes(largest, other.largest) { largest = other.largest }
    }

    /// The span from the first key of any of the tables to the last of any; nil for none.
    static func covering(_ tables: some Sequence<SSTableMetadata>) -> KeySpan? {
        var span: KeySpan?
        for table in tables {
            if span == nil { span = table.span } else { span?.formUnion(table.span) }
        }
        return span
    }
}

extension SSTableMetadata {
    var span: KeySpan { KeySpan(smallest: smallestKey, largest: largestKey) }
}

extension Collection where Element == SSTableMetadata {
    var totalBytes: Int { reduce(0) { $0 + $1.sizeBytes } }
}

extension Array where Element == SSTableMetadata {
    /// The tables of a sorted run that meet a span.
    ///
    /// Requires: the tables are in key order and do not overlap.
    func overlapping(_ span: KeySpan) -> ArraySlice<SSTableMetadata> {
        let first = indices.partitionPoint { Version.precedes(self[$0].largestKey, span.smallest) }
        var end = first
        while end < count, !Version.precedes(span.largest, self[end].smallestKey) { end += 1 }
        return self[first..<end]
    }
}
