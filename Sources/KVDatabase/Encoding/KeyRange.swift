internal import ItemModel

/// The stored keys `[lower, upper)`.
struct KeyRange {
    var lower: [UInt8]
    var upper: [UInt8]?

    /// Every key that begins with `prefix`.
    init(prefix: [UInt8]) {
        lower = prefix
        upper = prefix.prefixEnd
    }

    init(lower: [UInt8], upper: [UInt8]?) {
        self.lower = lower
        self.upper = upper
    }

    func contains(_ key: [UInt8]) -> Bool {
        if key.lexicographicallyPrecedes(lower) { return false }
        guard let upper else { return true }
        return key.lexicographicallyPrecedes(upper)
    }

    /// The rows of one partition whose sort key a condition admits.
    ///
    /// - Parameters:
    ///   - partition: What the rows of the partition begin with.
    ///   - isEscaped: Whether the sort key is followed by other parts and so is stored escaped.
    init(partition: [UInt8], sortKey: KeyCondition.SortKey, isEscaped: Bool) {
        let bounds = SortKeyBounds(partition: partition, isEscaped: isEscaped)
        self.init(prefix: partition)
        switch sortKey {
        case .any: break
        case .equal(let value):
            lower = bounds.first(of: value)
            upper = bounds.after(value)
        case .less(let value): upper = bounds.first(of: value)
        case .lessOrEqual(let value): upper = bounds.after(value)
        case .greater(let value): lower = bounds.after(value)
        case .greaterOrEqual(let value): lower = bounds.first(of: value)
        case .between(let low, let high):
            lower = bounds.first(of: low)
            upper = bounds.after(high)
        case .beginsWith(let start): self.init(prefix: bounds.beginning(with: start))
        }
    }

    /// The part `segment` of `totalSegments` equal parts of the hashes that follow `prefix`.
    init(prefix: [UInt8], segment: Int, totalSegments: Int) {
        self.init(prefix: prefix)
        func boundary(_ segment: Int) -> [UInt8] {
            // Rounded up, so that the parts touch and none overlaps.
            let total = UInt128(totalSegments)
            let hash = ((UInt128(segment) << 64) + total - 1) / total
            var key = prefix
            key.append(bigEndian: UInt64(truncatingIfNeeded: hash))
            return key
        }
        if segment > 0 { lower = boundary(segment) }
        if segment + 1 < totalSegments { upper = boundary(segment + 1) }
    }
}

/// Where a sort key's rows begin and end within a partition.
private struct SortKeyBounds {
    let partition: [UInt8]
    let isEscaped: Bool

    /// The first row that can have this sort key.
    func first(of value: [UInt8]) -> [UInt8] {
        guard isEscaped else { return partition + value }
        var key = partition
        key.appendEscaped(value)
        return key
    }

    /// The first row that can have a greater sort key.
    func after(_ value: [UInt8]) -> [UInt8] {
        var key = first(of: value)
        // The escaped end is 00 00, and what continues the same bytes is at least 00 FF.
        if isEscaped { key[key.count - 1] = 1 } else { key.append(0) }
        return key
    }

    /// What the rows begin with whose sort key begins with `start`.
    func beginning(with start: [UInt8]) -> [UInt8] {
        var key = first(of: start)
        if isEscaped { key.removeLast(2) }
        return key
    }
}
