import KvdTestSupport
import Testing

@testable import ItemModel

/// Equality of documents, and lists of items.
struct EncodedItemTests {
    @Test func theOrderOfArrivalMakesNoDifference() throws {
        var random = SeededRandom.fromEnvironment("theOrderOfArrivalMakesNoDifference")
        let values = RandomValues()
        var encoder = ItemEncoder()
        for _ in 0..<100 {
            let item = values.item(using: &random)
            encoder.beginItem()
            for (name, value) in item.shuffled(using: &random) {
                encoder.beginAttribute(name: name)
                try encoder.encode(shuffled(value, &random))
            }
            try encoder.endItem()
            let other = try EncodedItem(item)
            #expect(encoder.take() == other)
            #expect(encoder.take().hashValue == other.hashValue)
        }
    }

    private func shuffled(
        _ value: AttributeValue, _ random: inout SeededRandom
    ) -> AttributeValue {
        switch value {
        case .stringSet(let members): .stringSet(members.shuffled(using: &random))
        case .numberSet(let members): .numberSet(members.shuffled(using: &random))
        case .binarySet(let members): .binarySet(members.shuffled(using: &random))
        default: value
        }
    }

    @Test func itemsThatDifferAreNotEqual() throws {
        let items: [Item] = [
            [:], ["a": 1], ["a": 2], ["b": 1], ["a": "1"], ["a": .binary([0x31])], ["a": [1]],
            ["a": [1, 1]], ["a": ["k": 1]], ["a": .numberSet([1])], ["a": .stringSet(["1"])],
            ["a": true], ["a": false], ["a": nil], ["a": 1, "b": 1], ["é": 1], ["e\u{301}": 1],
        ]
        for (i, left) in items.enumerated() {
            for (j, right) in items.enumerated() {
                #expect((try EncodedItem(left) == EncodedItem(right)) == (i == j))
                #expect((left == right) == (i == j))
            }
        }
    }

    @Test func scalarsOfOneTypeHaveAnOrder() throws {
        let item = try EncodedItem([
            "a": "a", "b": "b", "one": 1, "ten": 10, "low": .binary([1]), "yes": true,
        ])
        func order(_ left: String, _ right: String) -> Int? {
            item.withView { view in
                guard let a = view.value(named: left), let b = view.value(named: right) else {
                    return nil
                }
                return ValueView.compare(a, b)?.signum()
            }
        }
        #expect(order("a", "b") == -1)
        #expect(order("ten", "one") == 1)
        #expect(order("low", "low") == 0)
        #expect(order("a", "one") == nil)
        #expect(order("yes", "yes") == nil)
    }

    @Test func setsFindTheirMembers() throws {
        let members = (0..<60).map { "member-\($0)" }
        let item = try EncodedItem(["s": .stringSet(members)])
        let found = item.withView { view in
            members.filter { member in
                Array(member.utf8).withUnsafeBytes {
                    view.value(named: "s")?.containsMember($0) ?? false
                }
            }
        }
        #expect(found == members)
    }

    @Test func aListLendsItsItemsInOrder() throws {
        let items = try (0..<20).map { try EncodedItem(["n": .number(DecimalNumber($0))]) }
        let list = EncodedItemList(items)
        #expect(Array(list) == items)
        #expect(list.withView(at: 7) { $0.value(named: "n")?.number } == 7)
    }

    @Test func anItemKeepsTheLastOfEqualNames() {
        let item = Item([("b", 1), ("a", 2), ("b", 3)])
        #expect(item.map(\.name) == ["a", "b"])
        #expect(item["b"] == 3)
    }

    @Test func settingNilRemovesAnAttribute() {
        var item: Item = ["a": 1, "b": 2]
        item["a"] = nil as AttributeValue?
        item["c"] = 3
        #expect(item == ["b": 2, "c": 3])
    }

    @Test func descriptionsAreDynamoDBJSON() throws {
        let item: Item = ["a\"": ["x", 1.5, .binary([255]), nil], "s": .numberSet([2])]
        let expected =
            #"{"a\"": {"L": [{"S": "x"}, {"N": "1.5"}, {"B": "/w=="}, {"NULL": true}]}, "#
            + #""s": {"NS": ["2"]}}"#
        #expect(try EncodedItem(item).description == expected)
    }
}
