import KvdTestSupport
import Testing

@testable import ItemModel

/// The bytes that the encoder writes, and names that come again.
struct EncoderTests {
    private func encoded(
        _ attributes: [(String, AttributeValue)], by encoder: inout ItemEncoder
    ) throws -> EncodedItem {
        encoder.beginItem()
        for (name, value) in attributes {
            encoder.beginAttribute(name: name)
            try encoder.encode(value)
        }
        try encoder.endItem()
        return encoder.take()
    }

    @Test func theBytesAreAsDrawn() throws {
        var encoder = ItemEncoder()
        let item = try encoded(
            [("b", "xy"), ("a", .numberSet([2, 1])), ("c", [true, nil])], by: &encoder)
        let expected: [UInt8] =
            [1, 16, 0, 0, 0]  // version, size
            + [3, 0, 0, 0]  // count
            + [1, 0x62, 0x53, 2, 0x78, 0x79]  // b = S "xy" at 4
            + [1, 0x61, 0x6E, 18, 0, 0, 0, 2, 0, 0, 0]  // a = NS at 10
            + [2, 0xC1, 3, 2, 0xC1, 2]  // 2 at 4, 1 at 7
            + [7, 0, 0, 0, 4, 0, 0, 0]  // 1 before 2
            + [1, 0x63, 0x4C, 15, 0, 0, 0, 2, 0, 0, 0]  // c = L at 35
            + [0x3F, 1, 0x30]  // true at 4, null at 6
            + [4, 0, 0, 0, 6, 0, 0, 0]
            + [10, 0, 0, 0, 4, 0, 0, 0, 35, 0, 0, 0]  // a, b, c
        #expect(item.bytes == expected)
    }

    @Test func namesAreSortedByBytesWhateverTheirArrival() throws {
        var random = SeededRandom.fromEnvironment("namesAreSortedByBytesWhateverTheirArrival")
        var encoder = ItemEncoder()
        let names = (0..<300).map { "name-\($0)" } + ["a", "é", "e\u{301}", "z", "😀"]
        for count in [0, 1, 2, 10, 24, 25, names.count] {
            let some = names.shuffled(using: &random).prefix(count)
            let item = try encoded(some.map { ($0, .string($0)) }, by: &encoder)
            let sorted = some.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let found = item.withView { view in
                (0..<view.count).map {
                    String(decoding: view.attribute(at: $0).name, as: UTF8.self)
                }
            }
            #expect(found.map { Array($0.utf8) } == sorted.map { Array($0.utf8) })
        }
    }

    @Test func aNameThatComesAgainReplacesTheValueBefore() throws {
        var encoder = ItemEncoder()
        let item = try encoded(
            [("a", "first"), ("b", 1), ("a", ["x", "y"]), ("c", nil), ("a", "last")],
            by: &encoder)
        #expect(item == (try EncodedItem(["a": "last", "b": 1, "c": nil])))
        #expect(item.sizeBytes == 5 + 3 + 2)
        #expect(item.bytes.withUnsafeBytes { EncodedItem.validating($0) })
    }

    @Test func replacedNamesLeaveNoBytesBehind() throws {
        var random = SeededRandom.fromEnvironment("replacedNamesLeaveNoBytesBehind")
        var encoder = ItemEncoder()
        let values = RandomValues(maximumHeight: 3)
        for _ in 0..<200 {
            let attributes = (0..<random.int(in: 1...60)).map { _ in
                ("n\(random.int(in: 0...20))", values.value(height: 3, using: &random))
            }
            // The same attributes in the item and, where one encoder call a member is made, in a
            // map within it.
            encoder.beginItem()
            encoder.beginAttribute(name: "map")
            try encoder.beginMap()
            for (name, value) in attributes {
                encoder.beginAttribute(name: name)
                try encoder.encode(value)
            }
            encoder.endMap()
            for (name, value) in attributes {
                encoder.beginAttribute(name: name)
                try encoder.encode(value)
            }
            try encoder.endItem()
            let item = encoder.take()
            var expected = Item(attributes)
            expected["map"] = .map(Item(attributes))
            #expect(item.decoded() == expected)
            #expect(item.sizeBytes == (try EncodedItem(expected).sizeBytes))
            #expect(item.bytes.count == (try EncodedItem(expected).bytes.count))
            #expect(item.bytes.withUnsafeBytes { EncodedItem.validating($0) })
        }
    }

    @Test func aCopiedValueIsTheSameValue() throws {
        var random = SeededRandom.fromEnvironment("aCopiedValueIsTheSameValue")
        let values = RandomValues()
        var encoder = ItemEncoder()
        for _ in 0..<100 {
            let original = try EncodedItem(values.item(using: &random))
            original.withView { view in
                encoder.beginItem()
                for index in (0..<view.count).reversed() {
                    let (name, value) = view.attribute(at: index)
                    encoder.beginAttribute(name: name)
                    encoder.copy(value)
                }
            }
            try encoder.endItem()
            #expect(encoder.take() == original)
            #expect(encoder.withView { $0.sizeBytes } == original.sizeBytes)
        }
    }

    @Test func longTextsTakeLongLengths() throws {
        for count in [0, 127, 128, 16_383, 16_384, 400_000] {
            let text = String(repeating: "x", count: count)
            let item = try EncodedItem(["t": .string(text)])
            #expect(item.decoded()["t"] == .string(text))
            #expect(item.bytes.withUnsafeBytes { EncodedItem.validating($0) })
        }
    }
}
