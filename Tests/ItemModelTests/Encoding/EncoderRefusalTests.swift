import Testing

@testable import ItemModel

/// What the encoder refuses, in the words of the service, and that it goes on afterwards.
struct EncoderRefusalTests {
    private func refusal(_ value: AttributeValue) -> String? {
        do {
            _ = try EncodedItem(["a": value])
            return nil
        } catch {
            return error.message
        }
    }

    private static let start = "One or more parameter values were invalid: "

    @Test(arguments: [
        (AttributeValue.stringSet([]), "An string set  may not be empty"),
        (.numberSet([]), "An number set  may not be empty"),
        (.binarySet([]), "Binary sets should not be empty"),
    ])
    func emptySetsAreRefused(set: AttributeValue, words: String) {
        #expect(refusal(set) == Self.start + words)
        #expect(refusal([["k": set]]) == Self.start + words)
    }

    @Test func aMemberTwiceIsRefusedWithTheMembersAsGiven() {
        #expect(
            refusal(.stringSet(["b", "a", "b"]))
                == Self.start + "Input collection [b, a, b] contains duplicates.")
        #expect(
            refusal(.binarySet([[0], [1], [0]]))
                == Self.start + "Input collection [AA==, AQ==, AA==]of type BS contains duplicates."
        )
        #expect(refusal(.numberSet([1, 2, 1.0])) == "Input collection contains duplicates")
    }

    @Test func membersThatDifferByBytesAloneAreDistinct() {
        #expect(refusal(.stringSet(["é", "e\u{301}"])) == nil)
    }

    @Test func aMemberTwiceIsFoundInALargeSet() {
        let members = (0..<100).map { DecimalNumber($0) }
        #expect(refusal(.numberSet(members)) == nil)
        #expect(refusal(.numberSet(members + [50])) == "Input collection contains duplicates")
    }

    private func nested(_ levels: Int, _ leaf: AttributeValue) -> AttributeValue {
        (0..<levels).reduce(leaf) { value, level in
            level.isMultiple(of: 2) ? .list([value]) : ["k": value]
        }
    }

    @Test func aScalarWithin31ListsOrMapsIsTaken() {
        #expect(refusal(nested(31, 1)) == nil)
        #expect(refusal(nested(31, [])) == nil)
        #expect(refusal(nested(31, .stringSet(["a"]))) == nil)
    }

    @Test(arguments: [32, 33, 100])
    func aScalarWithinMoreListsOrMapsIsRefused(levels: Int) {
        let words =
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            + "levels beyond supported limit"
        #expect(refusal(nested(levels, 1)) == words)
        #expect(refusal(nested(levels, .stringSet(["a"]))) == words)
        #expect(refusal(nested(levels, [])) == words)
    }

    @Test func aCopyThatNestsTooDeepIsRefused() throws {
        let deep = try EncodedItem(["v": nested(20, 1)])
        func copied(into levels: Int) throws {
            var encoder = ItemEncoder()
            encoder.beginItem()
            encoder.beginAttribute(name: "a")
            for _ in 0..<levels { try encoder.beginList() }
            deep.withView { item in
                if let value = item.value(named: "v") { encoder.copy(value) }
            }
            for _ in 0..<levels { encoder.endList() }
            try encoder.endItem()
        }
        try copied(into: 11)
        #expect(throws: ItemError.nestedTooDeep) { try copied(into: 12) }
    }

    @Test func anEncoderThatRefusedTakesTheNextItem() throws {
        var encoder = ItemEncoder()
        for _ in 0..<3 {
            encoder.beginItem()
            encoder.beginAttribute(name: "a")
            try encoder.beginList()
            #expect(throws: ItemError.self) {
                encoder.beginSet(.stringSet)
                try encoder.endSet()
            }
            encoder.beginItem()
            encoder.beginAttribute(name: "b")
            encoder.bool(true)
            try encoder.endItem()
            #expect(encoder.take().decoded() == ["b": true])
        }
    }
}
