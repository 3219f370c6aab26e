// Unsafe pointers: keys and values are lent by the caller for the length of a call and copied.

/// Changes that become durable and visible together, or not at all.
///
/// A batch is written once by one thread, given to an engine, and may be reused after
/// ``removeAll()``. Later entries win over earlier ones for the same key.
///
/// ## Format (the record a log holds)
///     first sequence  u64   written by the engine at commit; entry i has first + i
///     count           u32   entries, counter entries excepted
///     entries:
///       kind u8 = 1 · key length varint · key · value length varint · value      put
///       kind u8 = 0 · key length varint · key                                    delete
///       kind u8 = 2 · counter u64 · delta i64                                    counter
///       kind u8 = 4 · lower length varint · lower · upper length varint · upper  range delete,
///                     lower < upper
public final class WriteBatch {
    /// Bytes before the first entry.
    static let headerSizeBytes = 12
    /// The kind byte of a counter entry, which never reaches a memtable.
    static let counterKind: UInt8 = 2
    /// The largest key an engine takes.
    public static let keySizeLimitBytes = 65_535
    /// The largest batch an engine takes.
    public static let batchSizeLimitBytes = 256 << 20
    /// The most range deletions an engine takes in one batch: pieces of ranges that all overlap take
    /// memory in proportion to the square of their number.
    public static let rangeDeletionLimit = 1024

    let buffer = OutputBuffer(capacity: 512)
    private(set) var count = 0
    /// Where in `buffer` a key waits for its commit sequence, and which entry that is.
    private var stamps: [(offset: Int, entry: Int)] = []
    /// Memory the entries will need in a memtable, apart from what it adds to each.
    private(set) var payloadBytes = 0
    private(set) var hasOversizeKey = false
    private(set) var rangeDeletionCount = 0

    public init() { buffer.append(zeros: Self.headerSizeBytes) }

    public var isEmpty: Bool { buffer.count == Self.headerSizeBytes }

    /// The size of the log record.
    public var sizeBytes: Int { buffer.count }

    /// Forgets the entries and keeps the memory.
    public func removeAll() {
        buffer.removeAll()
        buffer.append(zeros: Self.headerSizeBytes)
        count = 0
        stamps.removeAll(keepingCapacity: true)
        payloadBytes = 0
        hasOversizeKey = false
        rangeDeletionCount = 0
    }

    /// Sets `key` to `value`.
    public func put(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        appendKey(key, kind: .put)
        buffer.append(lengthPrefixed: value)
        payloadBytes += value.count
    }

    /// Sets `key` to `value`.
    public func put(key: [UInt8], value: [UInt8]) {
        key.withUnsafeBytes { key in value.withUnsafeBytes { put(key: key, value: $0) } }
    }

    /// Sets a key of which eight bytes, from `stampOffset`, are replaced at commit by the entry's
    /// commit sequence in big-endian order, so that rows of a feed sort in commit order.
    public func putStamped(
        key: UnsafeRawBufferPointer, stampOffset: Int, value: UnsafeRawBufferPointer
    ) {
        precondition(
            stampOffset >= 0 && stampOffset + 8 <= key.count, "the stamp lies outside the key")
        let entry = count
        appendKey(key, kind: .put)
        stamps.append((offset: buffer.count - key.count + stampOffset, entry: entry))
        buffer.append(lengthPrefixed: value)
        payloadBytes += value.count
    }

    /// Sets a stamped key.
    public func putStamped(key: [UInt8], stampOffset: Int, value: [UInt8]) {
        key.withUnsafeBytes { key in
            value.withUnsafeBytes { putStamped(key: key, stampOffset: stampOffset, value: $0) }
        }
    }

    /// Removes `key`; removing one that is not there is allowed.
    public func delete(key: UnsafeRawBufferPointer) { appendKey(key, kind: .delete) }

    /// Removes `key`.
    public func delete(key: [UInt8]) { key.withUnsafeBytes { delete(key: $0) } }

    /// Removes every key from `lower` to before `upper`, as it is at this place of the batch: later
    /// entries put keys into the range again. Costs the same for one key as for millions.
    ///
    /// A range that is empty, `upper` not after `lower`, removes nothing and adds no entry.
    public func deleteRange(lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer) {
        guard compareKeys(lower, upper) < 0 else { return }
        if upper.count > Self.keySizeLimitBytes { hasOversizeKey = true }
        appendKey(lower, kind: .deleteRange)
        buffer.append(lengthPrefixed: upper)
        payloadBytes += upper.count
        rangeDeletionCount += 1
    }

    /// Removes every key from `lower` to before `upper`.
    public func deleteRange(lower: [UInt8], upper: [UInt8]) {
        lower.withUnsafeBytes { lower in
            upper.withUnsafeBytes { deleteRange(lower: lower, upper: $0) }
        }
    }

    /// Adds `delta` to a counter; counters begin at 0 and wrap.
    public func add(counter: UInt64, _ delta: Int64) {
        buffer.append(Self.counterKind)
        buffer.append(littleEndian: counter)
        buffer.append(littleEndian: delta)
    }

    private func appendKey(_ key: UnsafeRawBufferPointer, kind: EntryKind) {
        if key.count > Self.keySizeLimitBytes { hasOversizeKey = true }
        buffer.append(kind.rawValue)
        buffer.append(lengthPrefixed: key)
        count += 1
        payloadBytes += key.count
    }

    /// Writes the header and the stamps for a batch whose first entry gets `firstSequence`.
    func stamp(firstSequence: UInt64) {
        buffer.store(littleEndian: firstSequence, at: 0)
        buffer.store(littleEndian: UInt32(count), at: 8)
        for stamp in stamps {
            let sequence = firstSequence + UInt64(stamp.entry)
            buffer.store(littleEndian: sequence.bigEndian, at: stamp.offset)
        }
    }
}

/// One entry of a batch record, lent.
enum BatchEntry {
    case put(key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)
    case delete(key: UnsafeRawBufferPointer)
    case deleteRange(lower: UnsafeRawBufferPointer, upper: UnsafeRawBufferPointer)
    case counter(id: UInt64, delta: Int64)
}

/// Reads a batch record; the bytes may come from a damaged log, so it returns nil for a malformed
/// entry instead of trusting any length.
struct BatchReader {
    let firstSequence: UInt64
    let count: Int
    private var keysLeft: Int
    private var input: InputCursor

    init?(_ record: UnsafeRawBufferPointer) {
        var input = InputCursor(record)
        guard let first = input.read(littleEndian: UInt64.self),
            let count = input.read(littleEndian: UInt32.self)
        else { return nil }
        firstSequence = first
        self.count = Int(count)
        keysLeft = Int(count)
        self.input = input
    }

    var isAtEnd: Bool { input.isAtEnd }

    /// How many of the entries remove a range; as far as they can be read.
    var rangeDeletionCount: Int {
        var (rest, count) = (self, 0)
        while let entry = rest.next() {
            if case .deleteRange = entry { count += 1 }
        }
        return count
    }

    @inline(__always)
    mutating func next() -> BatchEntry? {
        guard let kind = input.readByte() else { return nil }
        switch kind {
        case EntryKind.put.rawValue:
            guard let key = readKey(), let value = input.readLengthPrefixed()
            else { return nil }
            return .put(key: key, value: value)
        case EntryKind.delete.rawValue:
            guard let key = readKey() else { return nil }
            return .delete(key: key)
        case EntryKind.deleteRange.rawValue:
            guard let lower = readKey(), let upper = input.readLengthPrefixed(),
                upper.count <= WriteBatch.keySizeLimitBytes, compareKeys(lower, upper) < 0
            else { return nil }
            return .deleteRange(lower: lower, upper: upper)
        case WriteBatch.counterKind:
            guard let id = input.read(littleEndian: UInt64.self),
                let delta = input.read(littleEndian: Int64.self)
            else { return nil }
            return .counter(id: id, delta: delta)
        default:
            return nil
        }
    }

    /// A key; nil also for one longer than a memtable takes, and for one past the count, for which
    /// no room was made.
    @inline(__always)
    private mutating func readKey() -> UnsafeRawBufferPointer? {
        guard keysLeft > 0, let key = input.readLengthPrefixed(),
            key.count <= WriteBatch.keySizeLimitBytes
        else { return nil }
        keysLeft -= 1
        return key
    }
}
