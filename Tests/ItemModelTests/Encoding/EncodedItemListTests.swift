import KvdTestSupport
import Testing

@testable import ItemModel

/// Lists of items, whose items share arrays.
struct EncodedItemListTests {
    @Test func aListGivesItsItemsBack() throws {
        var random = SeededRandom.fromEnvironment("aListGivesItsItemsBack")
        for _ in 0..<20 {
            let items = try randomItems(&random)
            var list = EncodedItemList()
            for item in items { item.withView { list.append($0) } }
            #expect(list.count == items.count)
            #expect(Array(list) == items)
            #expect(list == EncodedItemList(items))
            #expect(list.map(\.bytes) == items.map(\.bytes))
            for (index, item) in items.enumerated() {
                #expect(list.withView(at: index) { [UInt8]($0.bytes) } == item.bytes)
                #expect(list[index].decoded() == item.decoded())
            }
        }
    }

    /// Small ones, and some that are larger than an array of the list.
    private func randomItems(_ random: inout SeededRandom) throws -> [EncodedItem] {
        try (0..<random.int(in: 0...300)).map { number in
            let isLarge = random.chance(1, in: 40)
            let size = random.int(in: 0...(isLarge ? 3 * EncodedItemList.arraySizeBytes : 600))
            return try EncodedItem([
                "n": .number(DecimalNumber(number)), "b": .binary(random.bytes(count: size)),
            ])
        }
    }

    @Test func anItemThatIsKeptKeepsAFewOthersAtMost() throws {
        let item = try EncodedItem(["b": .binary([UInt8](repeating: 7, count: 1000))])
        let large = try EncodedItem(["b": .binary([UInt8](repeating: 7, count: 100_000))])
        let list = EncodedItemList(
            Array(repeating: item, count: 500) + [large] + Array(repeating: item, count: 500))
        for (index, kept) in list.enumerated() {
            let limit = index == 500 ? large.bytes.count : EncodedItemList.arraySizeBytes
            #expect(kept.shared.array.count <= limit)
        }
    }

    @Test func aListThatGrowsLeavesItemsThatWereTakenAsTheyAre() throws {
        var list = EncodedItemList()
        var taken: [EncodedItem] = []
        let items = try (0..<200).map { number in
            try EncodedItem(["n": .number(DecimalNumber(number)), "s": "some text to fill it"])
        }
        for item in items {
            item.withView { list.append($0) }
            taken.append(list[list.count - 1])
        }
        #expect(taken == items)
    }
}
