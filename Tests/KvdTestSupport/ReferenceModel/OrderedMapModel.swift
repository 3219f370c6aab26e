import Glibc

/// What a storage engine must answer, as plainly as it can be written: a sorted array.
///
/// A value type, so that a snapshot is a copy. Keys are ordered as unsigned bytes, a prefix before
/// its extensions.
public struct OrderedMapModel: Sendable {
    public struct Entry: Sendable, Hashable {
        public let key: [UInt8]
        public var value: [UInt8]

        public init(key: [UInt8], value: [UInt8]) {
            self.key = key
            self.value = value
        }

        /// Not byte by byte, as arrays compare: whole databases are compared after each crash.
        public static func == (a: Entry, b: Entry) -> Bool {
            compare(a.key, b.key) == 0 && compare(a.value, b.value) == 0
        }
    }

    /// One part of a batch.
    public enum Change: Sendable, Hashable {
        case put([UInt8], [UInt8])
        case delete([UInt8])
        /// Of all keys from the first to before the second.
        case deleteRange([UInt8], [UInt8])
        case add(counter: UInt64, Int64)
    }

    /// All entries, by key.
    public private(set) var entries: [Entry] = []
    /// The running sums; a counter never added to is absent.
    public private(set) var counters: [UInt64: Int64] = [:]

    public init() {}

    public mutating func apply(_ changes: [Change]) {
        for change in changes { apply(change) }
    }

    public mutating func apply(_ change: Change) {
        switch change {
        case .put(let key, let value):
            let (index, isFound) = position(of: key)
            if isFound {
                entries[index].value = value
            } else {
                entries.insert(Entry(key: key, value: value), at: index)
            }
        case .delete(let key):
            let (index, isFound) = position(of: key)
            if isFound { entries.remove(at: index) }
        case .deleteRange(let lower, let upper):
            entries.removeSubrange(indexes(from: lower, to: upper))
        case .add(let counter, let delta):
            counters[counter, default: 0] += delta
        }
    }

    public func value(of key: [UInt8]) -> [UInt8]? {
        let (index, isFound) = position(of: key)
        return isFound ? entries[index].value : nil
    }

    /// The indexes into ``entries`` of the keys in `[lower, upper)`; nil is beyond every key.
    public func indexes(from lower: [UInt8], to upper: [UInt8]?) -> Range<Int> {
        let start = position(of: lower).index
        let end = upper.map { position(of: $0).index } ?? entries.count
        return start..<max(start, end)
    }

    /// The index of the first key at or after `key`, and whether it is `key` itself.
    public func position(of key: [UInt8]) -> (index: Int, isFound: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            let order = Self.compare(entries[middle].key, key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// Negative, zero or positive as `a` comes before, at or after `b`.
    public static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        let common = min(a.count, b.count)
        let order = common == 0 ? 0 : memcmp(a, b, common)
        return order != 0 ? Int(order) : a.count - b.count
    }
}

/// A position in a model's range, with the moves of an engine's cursor.
public struct OrderedMapCursor: Sendable {
    private let model: OrderedMapModel
    private let range: Range<Int>
    private var index: Int?

    /// A cursor over `[lower, upper)` that stands on no entry yet.
    public init(_ model: OrderedMapModel, from lower: [UInt8], to upper: [UInt8]?) {
        self.model = model
        range = model.indexes(from: lower, to: upper)
    }

    /// The entry it stands on.
    public var entry: OrderedMapModel.Entry? { index.map { model.entries[$0] } }

    public mutating func seekToFirst() { stand(on: range.lowerBound) }

    public mutating func seekToLast() { stand(on: range.upperBound - 1) }

    /// To the first key at or after `key`.
    public mutating func seek(to key: [UInt8]) {
        stand(on: max(range.lowerBound, model.position(of: key).index))
    }

    /// To the last key at or before `key`.
    public mutating func seekBackward(to key: [UInt8]) {
        let (position, isFound) = model.position(of: key)
        stand(on: min(range.upperBound - 1, isFound ? position : position - 1))
    }

    public mutating func next() {
        if let index { stand(on: index + 1) }
    }

    public mutating func previous() {
        if let index { stand(on: index - 1) }
    }

    private mutating func stand(on target: Int) {
        index = range.contains(target) ? target : nil
    }
}
