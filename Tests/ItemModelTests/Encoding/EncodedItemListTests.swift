import KvdTestSupport
import Testing

@testable import ItemModel

/// Lists of items, whose items share arrays.
struct EncodedItemListTests {
    @Test func aListGivesItsItemsBack() throws {
        var random = SeededRandom.fromEnvironment("aListGivesItsItemsBack")
        var pool = ItemBytesPool()
        for _ in 0..<20 {
            let items = try randomItems(&random)
            var list = EncodedItemList()
            for item in items { item.withView { list.append($0, from: &pool) } }
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
            let size = random.int(in: 0...(isLarge ? 3 * EncodedItemList.memorySizeBytes : 600))
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
            let limit = index == 500 ? large.bytes.count : EncodedItemList.memorySizeBytes
            #expect((kept.shared.owner?.memory.count ?? .max) <= limit)
        }
    }

    @Test func aListThatGrowsLeavesItemsThatWereTakenAsTheyAre() throws {
        var list = EncodedItemList()
        var pool = ItemBytesPool()
        var taken: [EncodedItem] = []
        let items = try (0..<200).map { number in
            try EncodedItem(["n": .number(DecimalNumber(number)), "s": "some text to fill it"])
        }
        for item in items {
            item.withView { list.append($0, from: &pool) }
            taken.append(list[list.count - 1])
        }
        #expect(taken == items)
    }

    @Test func copiesOfAListGoOnApart() throws {
        let items = try (0..<4).map { try EncodedItem(["n": .number(DecimalNumber($0))]) }
        var pool = ItemBytesPool()
        var list = EncodedItemList(items[..<2])
        var other = list
        items[2].withView { list.append($0, from: &pool) }
        items[3].withView { other.append($0, from: &pool) }
        #expect(Array(list) == Array(items[..<3]))
        #expect(Array(other) == [items[0], items[1], items[3]])
    }

    /// Items of answers long gone, while the pool's memory goes round.
    @Test func memoryThatIsReadIsNotLentAgain() throws {
        var random = SeededRandom.fromEnvironment("memoryThatIsReadIsNotLentAgain")
        var pool = ItemBytesPool()
        var kept: [(item: EncodedItem, expected: EncodedItem)] = []
        for _ in 0..<40 {
            let items = try randomItems(&random)
            let list = list(of: items, from: &pool)
            #expect(Array(list) == items)
            for _ in 0..<random.int(in: 0...3) {
                guard let index = items.indices.randomElement(using: &random) else { break }
                kept.append((list[index], items[index]))
            }
            if kept.count > 20 { kept.removeFirst(random.int(in: 1...15)) }
            #expect(kept.map(\.item) == kept.map(\.expected))
        }
    }

    @Test func memoryThatNobodyReadsIsLentAgain() throws {
        let item = try EncodedItem(["b": .binary([UInt8](repeating: 7, count: 1000))])
        let items = Array(repeating: item, count: 500)
        var pool = ItemBytesPool()
        let first = memory(of: list(of: items, from: &pool))
        // What the pool has not kept is free, and one of these.
        let others = (0..<100).map { _ in
            ItemBytes.make(sizeBytes: EncodedItemList.memorySizeBytes)
        }
        let second = memory(of: list(of: items, from: &pool))
        withExtendedLifetime(others) {}
        #expect(first.count > 10)
        #expect(first == second)
    }

    private func list(
        of items: [EncodedItem], from pool: inout ItemBytesPool
    ) -> EncodedItemList {
        var list = EncodedItemList()
        for item in items { item.withView { list.append($0, from: &pool) } }
        list.finish(&pool)
        return list
    }

    /// What the items lie in, told apart without keeping it.
    private func memory(of list: EncodedItemList) -> Set<ObjectIdentifier> {
        Set(list.compactMap { $0.shared.owner.map(ObjectIdentifier.init) })
    }
}
