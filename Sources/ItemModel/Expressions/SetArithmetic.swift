// Unsafe pointers: members are lent bytes of the two values, which outlive this one.

/// The union and the difference of two stored sets, for ADD and DELETE. Stored sets are sorted, so
/// one merge gives both: a set may have tens of thousands of members.
struct SetArithmetic {
    private let type: AttributeType
    private let existing: [UnsafeRawBufferPointer]
    private let operand: [UnsafeRawBufferPointer]

    /// - Throws: `ItemError` when the two are not sets of the same type.
    init(_ existing: ValueView, _ operand: ValueView) throws(ItemError) {
        guard existing.type == operand.type, existing.type.isSet else {
            throw UpdateWriter.incorrectType
        }
        type = existing.type
        self.existing = Self.members(of: existing)
        self.operand = Self.members(of: operand)
    }

    private static func members(of set: ValueView) -> [UnsafeRawBufferPointer] {
        var members: [UnsafeRawBufferPointer] = []
        members.reserveCapacity(set.count)
        set.forEachMember { members.append($0) }
        return members
    }

    /// The members of the existing set that the operand does not have.
    private var difference: [UnsafeRawBufferPointer] {
        var rest = operand[...]
        return existing.filter { member in
            while let next = rest.first {
                let order = compareBytes(next, member)
                if order >= 0 { return order > 0 }
                rest.removeFirst()
            }
            return true
        }
    }

    /// Whether the difference has any member: DynamoDB has no empty sets.
    var leavesMembers: Bool { !difference.isEmpty }

    func writeUnion(to encoder: inout ItemEncoder) throws(ItemError) {
        encoder.beginSet(type)
        var new = operand[...]
        for member in existing {
            while let next = new.first {
                let order = compareBytes(next, member)
                if order > 0 { break }
                if order < 0 { write(next, to: &encoder) }
                new.removeFirst()
            }
            write(member, to: &encoder)
        }
        for member in new { write(member, to: &encoder) }
        try encoder.endSet()
    }

    func writeDifference(to encoder: inout ItemEncoder) throws(ItemError) {
        encoder.beginSet(type)
        for member in difference { write(member, to: &encoder) }
        try encoder.endSet()
    }

    private func write(_ member: UnsafeRawBufferPointer, to encoder: inout ItemEncoder) {
        switch type {
        case .stringSet: encoder.string(member)
        case .numberSet: encoder.number(ordered: member)
        default: encoder.binary(member)
        }
    }
}
