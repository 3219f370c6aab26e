// Unsafe pointers: `bytes` is lent by the item that contains this body; all reads go through the
// checked functions of `StoredLayout`.

/// The lent body of a map, list or set: count, entries, table of offsets.
struct ContainerBody {
    let bytes: UnsafeRawBufferPointer
    let count: Int
    private let tableStart: Int

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        count = StoredLayout.loadWord(bytes, at: 0)
        tableStart = bytes.count - count * StoredLayout.offsetBytes
        precondition(tableStart >= StoredLayout.countBytes, "a table longer than its body")
    }

    @inline(__always)
    private func offset(at index: Int) -> Int {
        precondition(index >= 0 && index < count, "an entry beyond the count")
        return StoredLayout.loadWord(bytes, at: tableStart + index * StoredLayout.offsetBytes)
    }

    @inline(__always)
    private func value(at start: Int) -> ValueView {
        let end = StoredLayout.endOfValue(bytes, at: start)
        return ValueView(StoredLayout.slice(bytes, from: start, to: end))
    }

    @inline(__always)
    private func name(at index: Int) -> UnsafeRawBufferPointer {
        let (length, start) = StoredLayout.loadVarint(bytes, at: offset(at: index))
        return StoredLayout.slice(bytes, from: start, to: start + length)
    }

    /// The entry of a map, in the order of the names.
    @inline(__always)
    func attribute(at index: Int) -> (name: UnsafeRawBufferPointer, value: ValueView) {
        let (length, start) = StoredLayout.loadVarint(bytes, at: offset(at: index))
        let name = StoredLayout.slice(bytes, from: start, to: start + length)
        return (name, value(at: start + length))
    }

    /// The entry of a list.
    @inline(__always)
    func element(at index: Int) -> ValueView {
        value(at: offset(at: index))
    }

    /// The payload of a set's entry, in the order of the members' bytes.
    @inline(__always)
    func member(at index: Int) -> UnsafeRawBufferPointer {
        name(at: index)
    }

    /// The place of a map's name or a set's member by binary search.
    @inline(__always)
    func index(of key: UnsafeRawBufferPointer) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let order = compareBytes(name(at: middle), key)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    @inline(__always)
    func value(named name: UnsafeRawBufferPointer) -> ValueView? {
        guard let index = index(of: name) else { return nil }
        return attribute(at: index).value
    }

    func value(named name: String) -> ValueView? {
        var name = name
        return name.withUTF8 { value(named: UnsafeRawBufferPointer($0)) }
    }
}
