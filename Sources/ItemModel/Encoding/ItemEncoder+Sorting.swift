// Unsafe pointers: buffers are lent by the encoder's arrays for the length of a closure. Offsets of
// the open container point to entries that the encoder wrote below `length`.

extension ItemEncoder {
    /// Up to this many entries insertion sort is the fastest; most items have fewer.
    private static var insertionSortLimit: Int { 24 }

    /// Sorts the offsets of `frame` by the bytes of the names or members, entries that are equal
    /// in the order of their arrival. Returns whether there were equal ones.
    mutating func sortEntries(_ frame: Frame) -> Bool {
        Self.sort(
            &offsets, from: frame.firstOffset, of: storage, bodyStart: frame.bodyStart,
            end: length)
    }

    private static func sort(
        _ offsets: inout [UInt32], from first: Int, of storage: [UInt8], bodyStart: Int, end: Int
    ) -> Bool {
        if offsets.count - first < 2 { return false }
        return offsets.withUnsafeMutableBufferPointer { offsets in
            storage.withUnsafeBytes { bytes in
                let table = UnsafeMutableBufferPointer(rebasing: offsets[first...])
                let body = StoredLayout.slice(bytes, from: bodyStart, to: end)
                return table.count <= insertionSortLimit
                    ? insertionSort(table, body) : largeSort(table, body)
            }
        }
    }

    private static func insertionSort(
        _ table: UnsafeMutableBufferPointer<UInt32>, _ body: UnsafeRawBufferPointer
    ) -> Bool {
        var sawEqual = false
        var place = 1
        while place < table.count {
            let moving = table[place]
            let name = counted(body, at: moving)
            var hole = place
            while hole > 0 {
                let order = compareBytes(counted(body, at: table[hole - 1]), name)
                if order == 0 { sawEqual = true }
                if order <= 0 { break }
                table[hole] = table[hole - 1]
                hole -= 1
            }
            table[hole] = moving
            place += 1
        }
        return sawEqual
    }

    private static func largeSort(
        _ table: UnsafeMutableBufferPointer<UInt32>, _ body: UnsafeRawBufferPointer
    ) -> Bool {
        var table = table
        table.sort { left, right in
            let order = compareBytes(counted(body, at: left), counted(body, at: right))
            return order == 0 ? left < right : order < 0
        }
        for index in 1..<table.count
        where ByteOrder.equal(counted(body, at: table[index - 1]), counted(body, at: table[index]))
        {
            return true
        }
        return false
    }

    /// The name or member that the entry at `offset` begins with.
    @inline(__always)
    private static func counted(
        _ body: UnsafeRawBufferPointer, at offset: UInt32
    ) -> UnsafeRawBufferPointer {
        let (length, start) = StoredLayout.loadVarint(body, at: Int(offset))
        return StoredLayout.slice(body, from: start, to: start + length)
    }

    /// Takes out of a map the entries whose names came again, in one pass over its bytes, and
    /// returns what they added to its size. The offsets are sorted, and of equal names the last is
    /// the one that came last.
    mutating func removeReplacedEntries(_ frame: Frame) -> Int {
        let sorted = Array(offsets[frame.firstOffset...])
        let body = Array(storage[frame.bodyStart..<length])
        var replaced: Set<UInt32> = []
        body.withUnsafeBytes { body in
            for index in 1..<sorted.count
            where ByteOrder.equal(
                Self.counted(body, at: sorted[index - 1]), Self.counted(body, at: sorted[index]))
            {
                replaced.insert(sorted[index - 1])
            }
        }
        offsets.removeLast(sorted.count)
        length = frame.bodyStart + StoredLayout.countBytes
        var freed = 0
        let arrivals = sorted.sorted()
        for (index, arrival) in arrivals.enumerated() {
            let end = index + 1 < arrivals.count ? Int(arrivals[index + 1]) : body.count
            let entry = body[Int(arrival)..<end]
            if replaced.contains(arrival) {
                let isInItem = frame.bodyStart == StoredLayout.bodyOffset
                freed += entry.withUnsafeBytes { Self.size(ofEntry: $0, inItem: isInItem) }
                continue
            }
            // What stays moves towards the start, so there is room for it.
            offsets.append(UInt32(length - frame.bodyStart))
            storage.replaceSubrange(length..<length + entry.count, with: entry)
            length += entry.count
        }
        let hasEqual = sortEntries(frame)
        precondition(!hasEqual, "a name that is still there twice")
        return freed
    }

    private static func size(ofEntry entry: UnsafeRawBufferPointer, inItem: Bool) -> Int {
        let (count, start) = StoredLayout.loadVarint(entry, at: 0)
        let value = StoredLayout.slice(entry, from: start + count, to: entry.count)
        return count + ValueView(value).sizeBytes + (inItem ? 0 : ItemSize.elementOverhead)
    }

    /// The refusal of the open set; its members in the order of their arrival.
    func duplicateMembers(_ frame: Frame) -> ItemError {
        storage.withUnsafeBytes { bytes in
            let body = StoredLayout.slice(bytes, from: frame.bodyStart, to: length)
            let members = offsets[frame.firstOffset...].sorted().map {
                Self.counted(body, at: $0)
            }
            switch frame.type {
            case .binarySet:
                return .duplicates(.binarySet, members: members.map(Base64Text.encode))
            case .stringSet:
                return .duplicates(
                    .stringSet, members: members.map { String(decoding: $0, as: UTF8.self) })
            default: return .duplicates(frame.type, members: [])
            }
        }
    }
}
