import KVDatabase
import KvdTestSupport
import Testing

/// Query and Scan against a naive model, over random keys of every type.
@Suite struct QueryModelTests {
    @Test(arguments: [ScalarAttributeType.string, .number, .binary])
    func randomQueriesAndScansMatchTheModel(_ sortType: ScalarAttributeType) async throws {
        let random = SeededRandom.fromEnvironment("QueryModelTests.\(sortType)")
        for run in 0..<12 {
            var scenario = try await Scenario(sortType, random.split(UInt64(run)))
            try await scenario.run()
            try await scenario.test.database.close()
        }
    }
}

/// One table with a local and two global indexes, its model, and random traffic on both.
private struct Scenario {
    let test: TestDatabase
    var random: SeededRandom
    var model = ReferenceTable(key: ["p", "s"])
    let sortType: ScalarAttributeType

    init(_ sortType: ScalarAttributeType, _ random: SeededRandom) async throws {
        self.sortType = sortType
        self.random = random
        test = try await TestDatabase(
            .table(
                "model", ("p", .string), ("s", sortType), more: [("l", sortType), ("g", .number)],
                local: [.index("local", "p", "l")],
                global: [
                    .index("global", "g", "s"),
                    .index("hashOnly", "g", projection: .keysOnly),
                ]))
    }

    mutating func run() async throws {
        for _ in 0..<random.int(in: 0...150) { try await write() }
        if random.chance(1, in: 2) { try test.flush() }
        for _ in 0..<random.int(in: 0...60) { try await write() }
        for _ in 0..<40 { try await compareQuery() }
        for index in [nil, "local", "global", "hashOnly"] { try await compareScan(index) }
        try await compareCounts()
    }

    // MARK: Values

    private mutating func partition() -> AttributeValue { .string("p\(random.int(in: 0..<4))") }

    private mutating func sortValue() -> AttributeValue {
        switch sortType {
        case .number: return .int(random.int(in: -20...20))
        case .string:
            let alphabet = ["a", "b", "\u{0}", "é", "z"]
            return .string(
                (0..<random.int(in: 1...4)).map { _ in alphabet[random.int(in: 0..<5)] }.joined())
        case .binary:
            let alphabet: [UInt8] = [0, 1, 0x7F, 0xFF]
            return .binary(
                (0..<random.int(in: 1...4)).map { _ in alphabet[random.int(in: 0..<4)] })
        }
    }

    private mutating func write() async throws {
        var item = Item()
        item["p"] = partition()
        item["s"] = sortValue()
        if random.chance(1, in: 4) {
            model.delete(item)
            _ = try await test.database.deleteItem(
                .init(tableName: "model", key: EncodedItem(item)))
            return
        }
        if random.chance(2, in: 3) { item["l"] = sortValue() }
        if random.chance(2, in: 3) { item["g"] = .int(random.int(in: 0..<3)) }
        item["v"] = .int(random.int(in: 0..<10))
        if random.chance(1, in: 3) {
            item["padding"] = .binary(random.bytes(count: random.int(in: 0..<3000)))
        }
        model.put(item)
        _ = try await test.database.putItem(.init(tableName: "model", item: EncodedItem(item)))
    }

    // MARK: Queries

    private mutating func compareQuery() async throws {
        let index = [nil, "local", "global"][random.int(in: 0..<3)]
        let partitionName = index == "global" ? "g" : "p"
        let sortName = index == "local" ? "l" : "s"
        let partition: AttributeValue =
            index == "global" ? .int(random.int(in: 0..<3)) : partition()
        let isForward = random.chance(1, in: 2)
        let (text, values, test) = condition()

        var expected = model.query(
            (partitionName, partition), sort: (sortName, test), isForward: isForward)
        expected = index == "global" ? expected.filter { $0["g"] != nil } : expected
        let limit = random.chance(1, in: 2) ? random.int(in: 1...5) : nil
        let filters = random.chance(1, in: 3)
        var request = Query.Request(
            tableName: "model", indexName: index,
            keyConditionExpression: "#p = :p" + (text.isEmpty ? "" : " AND \(text)"),
            filterExpression: filters ? "v < :limit" : nil,
            expressionAttributeNames: text.isEmpty
                ? ["#p": partitionName] : ["#p": partitionName, "#s": sortName],
            scanIndexForward: isForward, limit: limit)
        var all = values
        all[":p"] = partition
        if filters { all[":limit"] = 5 }
        request.expressionAttributeValues = try EncodedItem(all)

        let found = try await pages(of: request)
        let sizeOfModel = expected.count
        #expect(found.scanned == sizeOfModel)
        if filters {
            expected.removeAll { item in item["v"].map { !$0.precedes(.int(5)) } ?? true }
        }
        // Items with equal index keys may stand in any order among themselves.
        let sorts = found.items.map { $0[sortName] }
        #expect(sorts == expected.map { $0[sortName] })
        #expect(Set(found.items) == Set(expected))
    }

    private mutating func condition() -> (String, Item, (AttributeValue) -> Bool) {
        let low = sortValue()
        let other = sortValue()
        switch random.int(in: 0..<8) {
        case 0: return ("#s = :a", [":a": low], { $0 == low })
        case 1: return ("#s < :a", [":a": low], { $0.precedes(low) })
        case 2: return ("#s <= :a", [":a": low], { !low.precedes($0) })
        case 3: return ("#s > :a", [":a": low], { low.precedes($0) })
        case 4: return ("#s >= :a", [":a": low], { !$0.precedes(low) })
        case 5:
            let (from, to) = other.precedes(low) ? (other, low) : (low, other)
            return (
                "#s BETWEEN :a AND :b", [":a": from, ":b": to],
                { !$0.precedes(from) && !to.precedes($0) }
            )
        case 6 where sortType != .number:
            return ("begins_with(#s, :a)", [":a": low], { $0.begins(with: low) })
        default: return ("", [:], { _ in true })
        }
    }

    private func pages(of first: Query.Request) async throws -> (items: [Item], scanned: Int) {
        var request = first
        var items: [Item] = []
        var scanned = 0
        while true {
            let page = try await test.database.query(request)
            items += (page.items ?? EncodedItemList.none).map { $0.decoded() }
            scanned += page.scannedCount
            #expect(page.count == page.items?.count)
            if let limit = first.limit { #expect(page.scannedCount <= limit) }
            guard let last = page.lastEvaluatedKey else { return (items, scanned) }
            request.exclusiveStartKey = last
        }
    }

    // MARK: Scans

    private mutating func compareScan(_ index: String?) async throws {
        let expected = model.items.filter { item in
            switch index {
            case "local": item["l"] != nil
            case "global", "hashOnly": item["g"] != nil
            default: true
            }
        }.map { index == "hashOnly" ? $0.projected(["p", "s", "g"]) : $0 }
        let segments = random.int(in: 1...5)
        let limit = random.chance(1, in: 2) ? random.int(in: 1...20) : nil
        var found: [Item] = []
        for segment in 0..<segments {
            var request = Scan.Request(
                tableName: "model", indexName: index, limit: limit, segment: segment,
                totalSegments: segments)
            repeat {
                let page = try await test.database.scan(request)
                found += (page.items ?? EncodedItemList.none).map { $0.decoded() }
                request.exclusiveStartKey = page.lastEvaluatedKey
            } while request.exclusiveStartKey != nil
        }
        #expect(found.count == expected.count)
        #expect(Set(found) == Set(expected))
    }

    private func compareCounts() async throws {
        let table = try await test.database.describeTable(.init(tableName: "model")).table
        #expect(table.itemCount == model.items.count)
        #expect(table.tableSizeBytes == (try size(of: model.items)))
        let global = try #require(table.globalSecondaryIndexes)
        let inGlobal = model.items.filter { $0["g"] != nil }
        #expect(global.map(\.itemCount) == [inGlobal.count, inGlobal.count])
        #expect(global[0].indexSizeBytes == (try size(of: inGlobal)))
        let keys = inGlobal.map { $0.projected(["p", "s", "g"]) }
        #expect(global[1].indexSizeBytes == (try size(of: keys)))
        let local = try #require(table.localSecondaryIndexes)
        let inLocal = model.items.filter { $0["l"] != nil }
        #expect(local.map(\.itemCount) == [inLocal.count])
        #expect(local[0].indexSizeBytes == (try size(of: inLocal)))
    }

    private func size(of items: [Item]) throws -> Int {
        try items.reduce(0) { try $0 + EncodedItem($1).sizeBytes }
    }
}

extension Item {
    func projected(_ names: Set<String>) -> Item {
        var result = Item()
        for (name, value) in self where names.contains(name) { result[name] = value }
        return result
    }
}

extension EncodedItemList {
    static var none: EncodedItemList { EncodedItemList() }
}
