// Unsafe pointers: lent bytes, read through the views alone.

/// The size of items by the service's rules, in bytes.
///
/// Source: "DynamoDB item sizes and formats" (CapacityUnitCalculations). An item is the sum of its
/// names' and values' sizes: strings and names by their UTF-8 bytes, binary values by their bytes,
/// NULL and BOOL 1, lists and maps 3 and 1 more for each element.
///
/// Uncertain, because the page does not say or says "approximately":
/// - A number counts 1 byte for each two significant digits and 1 byte more. Here the digits are
///   paired from the decimal point, as a base-100 number is held: 1.5 is two pairs, 0.15 is one. A
///   negative number takes 1 byte more, none takes more than 21, zero takes 1.
/// - A set is the sum of its members, without overhead.
/// - The 100 bytes of indexing overhead are for billing of storage and no part of an item's size.
package enum ItemSize {
    package static let containerOverhead = 3
    package static let elementOverhead = 1
    static let maximumNumber = 21

    /// - Parameter count: the count of the number's ordered bytes, which are the exponent, the
    ///   pairs of digits and the end mark of a negative number: just what the service counts.
    @inline(__always)
    package static func number(orderedByteCount count: Int) -> Int {
        min(count, maximumNumber)
    }
}

extension ValueView {
    /// The size by the service's rules, without the name that the value may stand under. Walks
    /// lists, maps and sets.
    package var sizeBytes: Int { sizeAndHeight.size }

    /// The size, and how many levels of values this one spans: 1 for a scalar, for an empty list
    /// or map, and for a set.
    var sizeAndHeight: (size: Int, height: Int) {
        switch type {
        case .string, .binary: return (payload.count, 1)
        case .number: return (ItemSize.number(orderedByteCount: payload.count), 1)
        case .bool, .null: return (1, 1)
        case .stringSet, .binarySet, .numberSet: return (setSize, 1)
        case .list, .map: return containerSizeAndHeight
        }
    }

    private var setSize: Int {
        let body = body
        var size = 0
        for index in 0..<body.count {
            let count = body.member(at: index).count
            size += type == .numberSet ? ItemSize.number(orderedByteCount: count) : count
        }
        return size
    }

    private var containerSizeAndHeight: (size: Int, height: Int) {
        let body = body
        var size = ItemSize.containerOverhead
        var height = 0
        for index in 0..<body.count {
            let element: ValueView
            if type == .map {
                let attribute = body.attribute(at: index)
                size += attribute.name.count
                element = attribute.value
            } else {
                element = body.element(at: index)
            }
            let inside = element.sizeAndHeight
            size += ItemSize.elementOverhead + inside.size
            height = max(height, inside.height)
        }
        return (size, height + 1)
    }
}
