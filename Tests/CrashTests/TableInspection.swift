import KvdTestSupport
import StorageEngine

@testable import KVDatabase

/// A table looked at from every side, for tests of its consistency.
struct TableInspection {
    let database: Database

    /// All items, by scan.
    func items() async throws -> TableWorkload.Items {
        let rows = try await scan(index: nil)
        var items: TableWorkload.Items = [:]
        for row in rows { items[TableWorkload.name(of: row)] = row }
        guard items.count == rows.count else { throw Mismatch("a scan returned a key twice") }
        return items
    }

    /// Throws a `Mismatch` where indexes, counts, sizes or the stream do not follow from `items`.
    func requireConsistent(with items: TableWorkload.Items) async throws {
        let description = try await database.describeTable(
            .init(tableName: TableWorkload.tableName)
        ).table
        try requireCounts(
            "table", Array(items.values), description.itemCount, description.tableSizeBytes)
        for index in TableWorkload.indexes {
            let expected = items.values.filter { item in
                index.requires.allSatisfy { item[$0] != nil }
            }.map { item in
                index.projects.map { TableWorkload.projected(item, $0) } ?? item
            }
            let found = try await scan(index: index.name)
            guard found.count == expected.count, Set(found) == Set(expected) else {
                throw Mismatch(
                    "index \(index.name) has \(found.count) rows, expected \(expected.count)")
            }
            let counts = try indexCounts(index.name, description)
            try requireCounts(index.name, expected, counts.itemCount, counts.sizeBytes)
        }
        try requireStream(leadsTo: items)
    }

    private func scan(index: String?) async throws -> [Item] {
        let response = try await database.scan(
            .init(
                tableName: TableWorkload.tableName, indexName: index,
                consistentRead: index == nil || index == "by-writing"))
        guard response.lastEvaluatedKey == nil else { throw Mismatch("more than one page") }
        return response.items?.map { $0.decoded() } ?? []
    }

    private func requireCounts(
        _ name: String, _ items: [Item], _ itemCount: Int, _ sizeBytes: Int
    ) throws {
        let expected = try items.reduce(0) { try $0 + EncodedItem($1).sizeBytes }
        guard itemCount == items.count, sizeBytes == expected else {
            throw Mismatch(
                "\(name): \(itemCount) items of \(sizeBytes) bytes, "
                    + "expected \(items.count) of \(expected)")
        }
    }

    private func indexCounts(
        _ name: String, _ description: TableDescription
    ) throws -> (itemCount: Int, sizeBytes: Int) {
        for index in description.localSecondaryIndexes ?? [] where index.indexName == name {
            return (index.itemCount, index.indexSizeBytes)
        }
        for index in description.globalSecondaryIndexes ?? [] where index.indexName == name {
            return (index.itemCount, index.indexSizeBytes)
        }
        throw Mismatch("no index \(name)")
    }

    /// Every record starts from the item that the records before it left, and the last ones leave
    /// the items that are there.
    private func requireStream(leadsTo items: TableWorkload.Items) throws {
        guard let table = database.catalog[TableWorkload.tableName], let stream = table.stream
        else { throw Mismatch("the table has no stream") }
        let range = KeyRange(
            prefix: StreamRecord.keyPrefix(table: table.number, stream: stream.number))
        // By the stored bytes of key and image: decoding every image of every record, thousands of
        // times over, would be most of this test's time.
        var replayed: [[UInt8]: [UInt8]] = [:]
        for entry in try database.engine.entries(from: range.lower, to: range.upper) {
            try EncodedItem(stored: entry.value).withView { record throws(Mismatch) in
                guard let keys = record.value(named: "Keys").map({ Array($0.bytes) }) else {
                    throw Mismatch("a stream record without Keys")
                }
                let old = Self.image("OldImage", of: record)
                let new = Self.image("NewImage", of: record)
                let event = old == nil ? "INSERT" : new == nil ? "REMOVE" : "MODIFY"
                let named = record.value(named: "EventName").map { Array($0.stringBytes) }
                guard replayed[keys] == old, named == Array(event.utf8) else {
                    throw Mismatch("a stream record, \(event), starts from another item")
                }
                replayed[keys] = new
            }
        }
        var left: TableWorkload.Items = [:]
        for image in replayed.values {
            let item = EncodedItem(stored: image).decoded()
            left[TableWorkload.name(of: item)] = item
        }
        guard left == items else { throw Mismatch("the stream leads to other items") }
    }

    private static func image(_ name: String, of record: ItemView) -> [UInt8]? {
        record.value(named: name).map { Array($0.binaryBytes) }
    }
}
