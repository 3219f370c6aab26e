// Unsafe pointers: `write` lends the encoder's own array for the length of one closure and has made
// the room that the closure fills; sources are lent by the caller for one call and copied.

extension ItemEncoder {
    /// A scalar's place in its container. Returns its tag, or nil for a member of a set.
    @inline(__always)
    mutating func beginScalar(_ type: AttributeType) -> AttributeType? {
        if frame.type == .map || frame.type == .list {
            beginValue()
            return type
        }
        precondition(frame.type.memberType == type, "a member of another type than the set's")
        pushOffset()
        return nil
    }

    @inline(__always)
    mutating func beginValue() {
        if frame.type == .map {
            precondition(isNameWritten, "a value without a name")
            isNameWritten = false
        } else {
            precondition(frame.type == .list, "a value in a set that holds scalars")
            pushOffset()
            frame.size += ItemSize.elementOverhead
        }
    }

    @inline(__always)
    mutating func pushOffset() {
        offsets.append(UInt32(length - frame.bodyStart))
    }

    @inline(__always)
    mutating func writeCounted(_ bytes: UnsafeRawBufferPointer, tag: AttributeType?) {
        write(reserving: bytes.count + StoredLayout.maximumVarintBytes + 1) { target in
            var place = target
            if let tag { Self.put(tag.rawValue, &place) }
            var rest = bytes.count
            while rest >= 0x80 {
                Self.put(UInt8(truncatingIfNeeded: rest) | 0x80, &place)
                rest >>= 7
            }
            Self.put(UInt8(truncatingIfNeeded: rest), &place)
            if let source = bytes.baseAddress {
                place.copyMemory(from: source, byteCount: bytes.count)
            }
            return place + bytes.count - target
        }
    }

    mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        write(reserving: bytes.count) { target in
            if let source = bytes.baseAddress {
                target.copyMemory(from: source, byteCount: bytes.count)
            }
            return bytes.count
        }
    }

    @inline(__always)
    static func put(_ byte: UInt8, _ place: inout UnsafeMutableRawPointer) {
        place.storeBytes(of: byte, as: UInt8.self)
        place += 1
    }

    /// Lends `count` bytes of room behind what is written; `fill` returns how many it took.
    @inline(__always)
    mutating func write(
        reserving count: Int, _ fill: (UnsafeMutableRawPointer) -> Int
    ) {
        if storage.count - length < count { grow(by: count) }
        let start = length
        let taken = storage.withUnsafeMutableBytes { bytes in
            // The array is never empty, so it has an address.
            bytes.baseAddress.map { fill($0 + start) } ?? 0
        }
        length = start + taken
    }

    @inline(__always)
    mutating func store(_ word: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset + 4 <= storage.count, "a word outside of its bytes")
        storage.withUnsafeMutableBytes {
            $0.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
    }

    @inline(never)
    mutating func grow(by count: Int) {
        let larger = max(storage.count * 2, length + count)
        storage.append(contentsOf: repeatElement(0, count: larger - storage.count))
    }
}
