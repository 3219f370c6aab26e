// Unsafe pointers: keys are lent by whoever holds the memtable node, block or caller's buffer.

internal import Glibc

/// What an entry does to its key. The raw value is stored.
enum EntryKind: UInt8 {
    case delete = 0
    case put = 1
    /// A range tombstone: of every older entry from its key to before the key that is its value.
    case deleteRange = 4
    // 2 is a counter delta, which exists in batches only; 3 (a value in a value log) is reserved.
}

/// A 56-bit commit sequence and an 8-bit kind in one word, as memtables and tables store it.
///
/// Among entries of one user key a larger tag is newer and sorts first.
struct EntryTag: Comparable {
    let word: UInt64

    static let maximumSequence: UInt64 = (1 << 56) - 1

    @inline(__always)
    init(word: UInt64) { self.word = word }

    @inline(__always)
    init(sequence: UInt64, kind: EntryKind) { word = sequence << 8 | UInt64(kind.rawValue) }

    /// Sorts before every entry of its key that a reader at `sequence` may see.
    @inline(__always)
    static func seek(sequence: UInt64) -> EntryTag { EntryTag(word: sequence << 8 | 0xFF) }

    /// Sorts after every entry of its key.
    static let last = EntryTag(word: 0)

    /// Sorts before every entry of its key.
    static let first = EntryTag(word: .max)

    @inline(__always) var sequence: UInt64 { word >> 8 }
    @inline(__always) var kindByte: UInt8 { UInt8(truncatingIfNeeded: word) }
    @inline(__always) var isPut: Bool { kindByte == EntryKind.put.rawValue }

    @inline(__always)
    static func < (left: EntryTag, right: EntryTag) -> Bool { left.word < right.word }
}

/// The order of user keys: unsigned bytes, a prefix first.
@inline(__always)
func compareKeys(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    if common > 0, let leftBase = left.baseAddress, let rightBase = right.baseAddress {
        let order = memcmp(leftBase, rightBase, common)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}

/// Whether two user keys are the same.
///
/// Neighbours in key order differ in their last bytes most often, so those are looked at first.
@inline(__always)
func equalKeys(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    if left.count >= 8 {
        let last = left.count - 8
        if left.loadUnaligned(fromByteOffset: last, as: UInt64.self)
            != right.loadUnaligned(fromByteOffset: last, as: UInt64.self)
        {
            return false
        }
    }
    return compareKeys(left, right) == 0
}

/// The order of entries: user keys up, then tags down, so that the newest version comes first.
@inline(__always)
func compareEntries(
    _ leftKey: UnsafeRawBufferPointer, _ leftTag: EntryTag,
    _ rightKey: UnsafeRawBufferPointer, _ rightTag: EntryTag
) -> Int {
    let order = compareKeys(leftKey, rightKey)
    if order != 0 { return order }
    if leftTag.word == rightTag.word { return 0 }
    return leftTag.word > rightTag.word ? -1 : 1
}
