// Unsafe pointers: what an engine lends is copied into arrays before the scope that lends it ends.

public import StorageEngine

/// A place where an engine and its model disagree.
public struct Mismatch: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension WriteBatch {
    /// A batch of the same changes.
    public convenience init(_ changes: [OrderedMapModel.Change]) {
        self.init()
        for change in changes {
            switch change {
            case .put(let key, let value): put(key: key, value: value)
            case .delete(let key): delete(key: key)
            case .deleteRange(let lower, let upper): deleteRange(lower: lower, upper: upper)
            case .add(let counter, let delta): add(counter: counter, delta)
            }
        }
    }
}

extension Engine {
    /// Commits the changes as one batch and waits until they are durable.
    public func commit(_ changes: [OrderedMapModel.Change]) throws(EngineError) {
        try commit(WriteBatch(changes))
    }

    /// A copy of the value of `key`.
    public func value(
        of key: [UInt8], at point: ReadPoint = .durable, mode: ReadMode = .blocking
    ) throws -> [UInt8]? {
        let pinned = try key.withUnsafeBytes { try get($0, at: point, mode: mode) }
        guard let pinned else { return nil }
        return withExtendedLifetime(pinned) { Array(pinned.bytes) }
    }

    /// Copies of the entries in `[lower, upper)`, walked in one direction.
    public func entries(
        from lower: [UInt8] = [], to upper: [UInt8]? = nil, at point: ReadPoint = .durable,
        backward: Bool = false
    ) throws -> [OrderedMapModel.Entry] {
        let cursor = try cursor(lower: lower, upper: upper, at: point, mode: .blocking)
        var entries: [OrderedMapModel.Entry] = []
        if backward { try cursor.seekToLast() } else { try cursor.seekToFirst() }
        while let entry = cursor.entry {
            entries.append(entry)
            if backward { try cursor.previous() } else { try cursor.next() }
        }
        return entries
    }

    /// Throws a ``Mismatch`` where the engine's whole contents differ from the model's.
    ///
    /// - Parameter counters: Whether to compare the counters too; they have no older versions, so
    ///   a snapshot's model knows other sums.
    public func requireEqual(
        _ model: OrderedMapModel, at point: ReadPoint = .durable, counters: Bool = true
    ) throws {
        try requireEntries(model.entries, try entries(at: point), "forward")
        try requireEntries(model.entries.reversed(), try entries(at: point, backward: true), "back")
        guard counters else { return }
        for (counter, sum) in model.counters where self.counter(counter) != sum {
            throw Mismatch("counter \(counter) is \(self.counter(counter)), not \(sum)")
        }
    }

    private func requireEntries(
        _ expected: [OrderedMapModel.Entry], _ found: [OrderedMapModel.Entry], _ direction: String
    ) throws {
        guard expected != found else { return }
        let index = zip(expected, found).prefix { $0 == $1 }.count
        throw Mismatch(
            "\(direction) scan of \(found.count) entries, expected \(expected.count); at \(index): "
                + "found \(describe(found.dropFirst(index).first)), "
                + "expected \(describe(expected.dropFirst(index).first))")
    }
}

extension Cursor {
    /// A copy of the entry the cursor stands on.
    public var entry: OrderedMapModel.Entry? {
        isValid ? OrderedMapModel.Entry(key: Array(key), value: Array(value)) : nil
    }
}

/// A short text for a failure message.
public func describe(_ entry: OrderedMapModel.Entry?) -> String {
    guard let entry else { return "nothing" }
    return "\(describe(entry.key)) = \(describe(entry.value))"
}

/// A short text for a failure message.
public func describe(_ bytes: [UInt8]?) -> String {
    guard let bytes else { return "nothing" }
    let digits = bytes.prefix(24).map { byte in
        let text = String(byte, radix: 16)
        return text.count < 2 ? "0" + text : text
    }
    return digits.joined() + (bytes.count > 24 ? "… (\(bytes.count) bytes)" : "")
}
