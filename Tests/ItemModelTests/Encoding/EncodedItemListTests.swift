import KvdTestSupport
import Testing

@testable import ItemModel

/// Lists of items, whose items share memory.
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

    /// Small ones, and some that are larger than a memory of the list.
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
        var expectedRead: [Item] = []
        var kept: [(item: EncodedItem, read: Item, expected: EncodedItem)] = []
        for _ in 0..<40 {
            let items = try randomItems(&random)
            let list = list(of: items, from: &pool)
            #expect(Array(list) == items)
            for _ in 0..<random.int(in: 0...3) {
                guard let index = items.indices.randomElement(using: &random) else { break }
                // An item that was read keeps its memory too, without the one it was read from.
                let other = items.indices.randomElement(using: &random) ?? index
                kept.append((list[index], list[other].decoded(), items[index]))
                expectedRead.append(items[other].decoded())
            }
            if kept.count > 20 {
                let count = random.int(in: 1...15)
                kept.removeFirst(count)
                expectedRead.removeFirst(count)
            }
            #expect(kept.map(\.item) == kept.map(\.expected))
            #expect(kept.map(\.read) == expectedRead)
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

    @Test func whatIsKeptLongKeepsNoOtherMemoryFromBeingLent() throws {
        let item = try EncodedItem(["b": .binary([UInt8](repeating: 7, count: 1000))])
        let items = Array(repeating: item, count: 500)
        var pool = ItemBytesPool()
        var kept: [EncodedItem] = []
        var seen: Set<ObjectIdentifier> = []
        for _ in 0..<10 {
            let list = list(of: items, from: &pool)
            seen.formUnion(memory(of: list))
            kept.append(list[0])
        }
        // Each round keeps one and takes another for it; a first of 2 and of 8 KiB is never lent.
        #expect(seen.count <= memory(of: EncodedItemList(items)).count + 4 * kept.count)
    }

    @Test func aCopyKeepsNothingButItself() throws {
        let list = EncodedItemList(
            Array(repeating: try EncodedItem(["n": 1, "s": "text"]), count: 50))
        let copy = list[7].copied()
        #expect(copy == list[7])
        #expect(copy.shared.owner?.memory.count == copy.bytes.count)
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
