import Testing

@testable import ItemModel

/// The size rules of "DynamoDB item sizes and formats", example by example.
struct ItemSizeTests {
    private func size(_ value: AttributeValue) throws -> Int {
        try EncodedItem(["n": value]).sizeBytes - 1
    }

    @Test func anItemIsTheSumOfItsNamesAndValues() throws {
        let item: Item = ["id": "user-1", "naïve": "é", "blob": .binary([1, 2, 3])]
        #expect(try EncodedItem(item).sizeBytes == (2 + 6) + (6 + 2) + (4 + 3))
    }

    @Test func anItemWithoutAttributesHasNoSize() throws {
        #expect(try EncodedItem([:]).sizeBytes == 0)
    }

    @Test(arguments: [
        ("0", 1), ("1", 2), ("99", 2), ("100", 2), ("123", 3), ("1.5", 3), ("0.15", 2),
        ("1000000", 2), ("-1", 3), ("-123", 4), ("12345678901234567890123456789012345678", 20),
        ("1.2345678901234567890123456789012345678", 21),
        ("-1.2345678901234567890123456789012345678", 22), ("12.5", 3), ("-0.5", 3), ("120", 3),
    ])
    func aNumberCountsItsPairsOfDigits(text: String, expected: Int) throws {
        #expect(try size(.number(DecimalNumber(parsing: text))) == expected)
    }

    @Test func nullAndBoolAreOneByte() throws {
        #expect(try size(.null) == 1)
        #expect(try size(.bool(false)) == 1)
    }

    @Test func listsAndMapsAddThreeBytesAndOneAnElement() throws {
        #expect(try size(.list([])) == 3)
        #expect(try size(.map([:])) == 3)
        #expect(try size(["abc", true]) == 3 + (1 + 3) + (1 + 1))
        #expect(try size(["key": "abc"]) == 3 + (1 + 3 + 3))
        #expect(try size([["k": [nil]]]) == 3 + (1 + 3 + (1 + 1 + 3 + (1 + 1))))
    }

    @Test func aSetIsTheSumOfItsMembers() throws {
        #expect(try size(.stringSet(["ab", "c"])) == 3)
        #expect(try size(.numberSet([1, -2, 300])) == 2 + 3 + 2)
        #expect(try size(.binarySet([[1, 2], [3]])) == 3)
    }

    @Test func theSizeOfAValueIsItsShareOfTheItem() throws {
        let value: AttributeValue = [["k": [1, "two", .stringSet(["three"])]], nil]
        let item = try EncodedItem(["n": value])
        #expect(item.withView { $0.value(named: "n")?.sizeBytes } == item.sizeBytes - 1)
    }
}
