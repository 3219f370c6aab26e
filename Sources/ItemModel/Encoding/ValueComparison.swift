// Unsafe pointers: lent bytes, read through the views alone.

extension ValueView {
    /// Whether two values are the same document: equal types; numbers by value; sets without
    /// regard to order; maps by name.
    package static func areEqual(_ left: ValueView, _ right: ValueView) -> Bool {
        guard left.type == right.type else { return false }
        switch left.type {
        case .string, .binary, .number: return ByteOrder.equal(left.payload, right.payload)
        case .bool: return left.bool == right.bool
        case .null: return true
        case .stringSet, .numberSet, .binarySet: return equalSets(left.body, right.body)
        case .list: return equalLists(left.body, right.body)
        case .map: return equalMaps(left.body, right.body)
        }
    }

    /// The order of two values of the same scalar type S, N or B: negative, zero or positive.
    /// Nil where the service knows no order: other types, or types that differ.
    package static func compare(_ left: ValueView, _ right: ValueView) -> Int? {
        guard left.type == right.type else { return nil }
        switch left.type {
        case .string, .binary, .number:
            return compareBytes(left.payload, right.payload)
        default: return nil
        }
    }

    private static func equalSets(_ left: ContainerBody, _ right: ContainerBody) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where !ByteOrder.equal(left.member(at: index), right.member(at: index)) {
            return false
        }
        return true
    }

    private static func equalLists(_ left: ContainerBody, _ right: ContainerBody) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where !areEqual(left.element(at: index), right.element(at: index)) {
            return false
        }
        return true
    }

    static func equalMaps(_ left: ContainerBody, _ right: ContainerBody) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count {
            let a = left.attribute(at: index)
            let b = right.attribute(at: index)
            guard ByteOrder.equal(a.name, b.name), areEqual(a.value, b.value) else { return false }
        }
        return true
    }

    /// Feeds what `equal` compares.
    func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch type {
        case .string, .binary, .number: hasher.combineCounted(payload)
        case .bool: hasher.combine(bool)
        case .null: break
        case .stringSet, .numberSet, .binarySet:
            let body = body
            hasher.combine(body.count)
            for index in 0..<body.count { hasher.combineCounted(body.member(at: index)) }
        case .list:
            let body = body
            hasher.combine(body.count)
            for index in 0..<body.count { body.element(at: index).hash(into: &hasher) }
        case .map: body.hashAsMap(into: &hasher)
        }
    }
}

extension ItemView {
    /// Whether two items are the same document, whatever the order in which attributes arrived.
    package static func areEqual(_ left: ItemView, _ right: ItemView) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count {
            let a = left.attribute(at: index)
            let b = right.attribute(at: index)
            guard ByteOrder.equal(a.name, b.name), ValueView.areEqual(a.value, b.value) else {
                return false
            }
        }
        return true
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<count {
            let (name, value) = attribute(at: index)
            hasher.combineCounted(name)
            value.hash(into: &hasher)
        }
    }
}

extension ContainerBody {
    fileprivate func hashAsMap(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<count {
            let (name, value) = attribute(at: index)
            hasher.combineCounted(name)
            value.hash(into: &hasher)
        }
    }
}

extension Hasher {
    fileprivate mutating func combineCounted(_ bytes: UnsafeRawBufferPointer) {
        combine(bytes.count)
        combine(bytes: bytes)
    }
}
