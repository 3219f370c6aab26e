// Unsafe pointers: `base` is this class's own allocation of `capacity` bytes, of which the first
// `count` are initialised; every append reserves before it writes.

/// A growable run of bytes with a stable address between appends.
///
/// Batches, log buffers and table blocks are built in these and reuse them, so that in a steady
/// state an append allocates nothing. Not thread-safe; its owner guards it.
final class OutputBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// The bytes so far, lent until the next append.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func removeAll() { count = 0 }

    /// Drops all but the first `newCount` bytes.
    func truncate(to newCount: Int) {
        precondition(newCount <= count)
        count = newCount
    }

    /// Counts bytes in that were written at the end, into room that ``reserve(_:)`` made.
    func extend(by extra: Int) {
        precondition(count + extra <= capacity)
        count += extra
    }

    /// Makes room for `extra` more bytes.
    @inline(__always)
    func reserve(_ extra: Int) {
        if count + extra > capacity { grow(to: count + extra) }
    }

    @inline(never)
    private func grow(to needed: Int) {
        let newCapacity = max(needed, capacity * 2)
        let newBase = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        newBase.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = newBase
        capacity = newCapacity
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        copyBytes(from: source, to: base + count, count: bytes.count)
        count += bytes.count
    }

    func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends an integer in little-endian order.
    @inline(__always)
    func append<Word: FixedWidthInteger>(littleEndian word: Word) {
        reserve(MemoryLayout<Word>.size)
        base.storeBytes(of: word.littleEndian, toByteOffset: count, as: Word.self)
        count += MemoryLayout<Word>.size
    }

    /// Appends an unsigned LEB128 integer: seven bits a byte, lowest first.
    @inline(__always)
    func append(varint value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            base.storeBytes(
                of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends a varint length and then the bytes.
    func append(lengthPrefixed bytes: UnsafeRawBufferPointer) {
        append(varint: UInt64(bytes.count))
        append(bytes)
    }

    /// Appends `count` zero bytes.
    func append(zeros zeroCount: Int) {
        reserve(zeroCount)
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: zeroCount)
        count += zeroCount
    }

    /// Overwrites an integer in place.
    func store<Word: FixedWidthInteger>(littleEndian word: Word, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Word>.size <= count)
        base.storeBytes(of: word.littleEndian, toByteOffset: offset, as: Word.self)
    }
}

/// Copies bytes that do not overlap; without a call where they are few, as those of keys are.
@inline(__always)
func copyBytes(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
    if count > 32 {
        target.copyMemory(from: source, byteCount: count)
    } else if count >= 16 {
        copyEnds(SIMD2<UInt64>.self, source, target, count)
    } else if count >= 8 {
        copyEnds(UInt64.self, source, target, count)
    } else if count >= 4 {
        copyEnds(UInt32.self, source, target, count)
    } else {
        for index in 0..<count {
            target.storeBytes(
                of: source.load(fromByteOffset: index, as: UInt8.self), toByteOffset: index,
                as: UInt8.self)
        }
    }
}

/// Copies the first and the last word of a run of one to two words' length, which may overlap.
@inline(__always)
private func copyEnds<Word: BitwiseCopyable>(
    _ type: Word.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int
) {
    let last = count - MemoryLayout<Word>.size
    let head = source.loadUnaligned(as: Word.self)
    let tail = source.loadUnaligned(fromByteOffset: last, as: Word.self)
    target.storeBytes(of: head, as: Word.self)
    target.storeBytes(of: tail, toByteOffset: last, as: Word.self)
}
