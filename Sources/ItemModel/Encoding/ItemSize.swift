// Unsafe pointers: lent bytes, read through the views alone.

/// The size of items by the service's rules, in bytes.
///
/// Source: "DynamoDB item sizes and formats" (CapacityUnitCalculations). An item is the sum of its
/// names' and values' sizes: strings and names by their UTF-8 bytes, binary values by their bytes,
/// NULL and BOOL 1, lists and maps 3 and 1 more for each element.
///
/// The page says "approximately" of numbers and nothing of sets. What was measured on the service
/// at the limit of 400 KB, to the byte, and published (2026) is followed here:
/// - A number counts 1 byte, 1 for each two significant digits of its integer part, 1 for each two
///   of its fraction, both rounded up, and 1 more when it is negative. That is the length of a
///   base-100 number paired from the decimal point, which its ordered bytes are.
/// - A set is the sum of its members, without overhead.
///
/// Uncertain: whether zeros between the point and the digits complete a pair, as they do here: 120
/// is the pairs 01 20 and counts 3, 0.012 is 01 20 as well. The 100 bytes of indexing overhead that
/// the page names are for billing of storage and no part of an item's size.
package enum ItemSize {
    package static let containerOverhead = 3
    package static let elementOverhead = 1
}

extension ValueView {
    /// The size by the service's rules, without the name that the value may stand under. Walks
    /// lists, maps and sets.
    package var sizeBytes: Int { sizeAndHeight.size }

    /// The size, and how many levels of values this one spans: 1 for a scalar, for an empty list
    /// or map, and for a set.
    var sizeAndHeight: (size: Int, height: Int) {
        switch type {
        case .string, .binary, .number: return (payload.count, 1)
        case .bool, .null: return (1, 1)
        case .stringSet, .binarySet, .numberSet: return (setSize, 1)
        case .list, .map: return containerSizeAndHeight
        }
    }

    private var setSize: Int {
        let body = body
        var size = 0
        for index in 0..<body.count { size += body.member(at: index).count }
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
