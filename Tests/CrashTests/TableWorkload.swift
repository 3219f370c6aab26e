import KVDatabase
import KvdTestSupport
import StorageEngine

/// A fixed sequence of item operations on one table with indexes and a stream, and the items that
/// each step leaves.
struct TableWorkload: Sendable {
    static let folder = "/data/db"
    static let tableName = "orders"

    /// The items of a table by their key, written "customer/order".
    typealias Items = [String: Item]

    enum Step: Sendable {
        case put(Item)
        case update(key: Item, status: String)
        case delete(key: Item)
        /// A put that its condition refuses: it must leave nothing behind.
        case refusedPut(Item)
        case batchWrite([BatchWriteItem.WriteRequest])
        case flush
        case reopen
    }

    let steps: [Step]
    /// What each step changes: nil removes the item. The parts of a batch write may be applied
    /// without each other, all other steps change at most one item.
    let changes: [[String: Item?]]

    init(seed: UInt64, stepCount: Int) {
        var random = SeededRandom(seed: seed)
        var items: Items = [:]
        var steps: [Step] = []
        var changes: [[String: Item?]] = []
        for number in 0..<stepCount {
            let (step, change) = Self.step(number, items, &random)
            for (key, item) in change { items[key] = item }
            steps.append(step)
            changes.append(change)
        }
        self.steps = steps
        self.changes = changes
    }

    private static func step(
        _ number: Int, _ items: Items, _ random: inout SeededRandom
    ) -> (Step, [String: Item?]) {
        if number % 29 == 28 { return (.flush, [:]) }
        if number % 37 == 36 { return (.reopen, [:]) }
        let known = items.sorted { $0.key < $1.key }.randomElement(using: &random)
        switch random.int(in: 0..<10) {
        case 0, 1:
            guard let (name, item) = known else { break }
            return (.delete(key: key(of: item)), [name: Item?.none])
        case 2, 3:
            guard let (name, item) = known else { break }
            let status = statuses[random.int(in: 0..<statuses.count)]
            var changed = item
            changed["status"] = .string(status)
            changed["changes"] = .number(incremented(item["changes"]?.numberValue))
            changed["draft"] = nil
            return (.update(key: key(of: item), status: status), [name: changed])
        case 4:
            guard let (_, item) = known else { break }
            return (.refusedPut(item), [:])
        case 5:
            var writes: [BatchWriteItem.WriteRequest] = []
            var change: [String: Item?] = [:]
            for _ in 0..<3 {
                let item = order(number, &random)
                guard change[name(of: item)] == nil, let encoded = try? EncodedItem(item) else {
                    continue
                }
                writes.append(.put(encoded))
                change[name(of: item)] = .some(item)
            }
            return (.batchWrite(writes), change)
        default: break
        }
        let item = order(number, &random)
        return (.put(item), [name(of: item): item])
    }

    // MARK: Items

    private static let statuses = ["PENDING", "PROCESSING", "DONE"]

    private static func order(_ number: Int, _ random: inout SeededRandom) -> Item {
        var item: Item = [
            "customer": .string("customer-\(random.int(in: 0..<5))"),
            "order": .number(DecimalNumber(random.int(in: 0..<8))),
            "written": .number(DecimalNumber(number)),
            "changes": 0,
            "note": .string(String(repeating: "n", count: random.int(in: 0...300))),
            "lines": ["first", ["sku": .binary([1, 2, UInt8(number & 0xFF)])]],
        ]
        // An order without a status has no row in the index of statuses.
        if random.chance(3, in: 4) {
            item["status"] = .string(statuses[random.int(in: 0..<statuses.count)])
        }
        if random.chance(1, in: 3) { item["draft"] = true }
        return item
    }

    private static func incremented(_ number: DecimalNumber?) -> DecimalNumber {
        guard let sum = try? (number ?? 0).adding(1) else {
            preconditionFailure("a count of changes is small")
        }
        return sum
    }

    static func name(of item: Item) -> String {
        "\(item["customer"]?.stringValue ?? "?")/\(item["order"]?.numberValue?.description ?? "?")"
    }

    static func key(of item: Item) -> Item { projected(item, ["customer", "order"]) }

    static func projected(_ item: Item, _ names: [String]) -> Item {
        var result = Item()
        for name in names { result[name] = item[name] }
        return result
    }

    // MARK: The table

    /// The indexes, with the attributes each holds; nil holds all.
    static let indexes: [(name: String, requires: [String], projects: [String]?)] = [
        ("by-writing", ["written"], nil),
        ("by-status", ["status", "written"], ["customer", "order", "status", "written", "note"]),
        ("drafts", ["draftless"], ["customer", "order", "draftless"]),
        ("statuses", ["status"], ["customer", "order", "status"]),
    ]

    static let createTable = CreateTable.Request(
        tableName: tableName,
        attributeDefinitions: [
            AttributeDefinition(attributeName: "customer", attributeType: .string),
            AttributeDefinition(attributeName: "order", attributeType: .number),
            AttributeDefinition(attributeName: "written", attributeType: .number),
            AttributeDefinition(attributeName: "status", attributeType: .string),
            AttributeDefinition(attributeName: "draftless", attributeType: .string),
        ],
        keySchema: schema("customer", "order"),
        localSecondaryIndexes: [
            LocalSecondaryIndex(
                indexName: "by-writing", keySchema: schema("customer", "written"),
                projection: Projection(projectionType: .all, nonKeyAttributes: nil))
        ],
        globalSecondaryIndexes: [
            GlobalSecondaryIndex(
                indexName: "by-status", keySchema: schema("status", "written"),
                projection: Projection(projectionType: .include, nonKeyAttributes: ["note"])),
            GlobalSecondaryIndex(
                indexName: "drafts", keySchema: schema("draftless"),
                projection: Projection(projectionType: .keysOnly, nonKeyAttributes: nil)),
            GlobalSecondaryIndex(
                indexName: "statuses", keySchema: schema("status"),
                projection: Projection(projectionType: .keysOnly, nonKeyAttributes: nil)),
        ],
        billingMode: .payPerRequest,
        streamSpecification: StreamSpecification(
            streamEnabled: true, streamViewType: .newAndOldImages))

    private static func schema(_ hash: String, _ range: String? = nil) -> [KeySchemaElement] {
        [KeySchemaElement(attributeName: hash, keyType: .hash)]
            + (range.map { [KeySchemaElement(attributeName: $0, keyType: .range)] } ?? [])
    }

    static func options(_ disk: SimulatedFilesystem) -> DatabaseOptions {
        var options = DatabaseOptions(blockCacheSizeBytes: 64 << 10, memtableSizeBytes: 16 << 10)
        options.filesystem = disk
        options.backgroundWork = .inline
        return options
    }

    // MARK: Playing

    /// How far a run came before the first error.
    struct Progress {
        var isTableCreated = false
        /// The steps that were answered.
        var acknowledged = 0
        var error: DatabaseError?
    }

    func run(_ disk: SimulatedFilesystem) async -> Progress {
        var progress = Progress()
        do throws(DatabaseError) {
            var database = try Database.open(at: Self.folder, options: Self.options(disk))
            do throws(DatabaseError) {
                _ = try await database.createTable(Self.createTable)
                progress.isTableCreated = true
                for step in steps {
                    try await play(step, &database, disk)
                    progress.acknowledged += 1
                }
            } catch {
                // One that is let go closes itself in a task, and thousands of those would wait,
                // each with its memory, until a thread of this test's pool is free.
                try? await database.close()
                throw error
            }
        } catch {
            progress.error = error
        }
        return progress
    }

    private func play(
        _ step: Step, _ database: inout Database, _ disk: SimulatedFilesystem
    ) async throws(DatabaseError) {
        switch step {
        case .put(let item):
            _ = try await database.putItem(
                .init(tableName: Self.tableName, item: encoded(item)))
        case .update(let key, let status):
            _ = try await database.updateItem(
                .init(
                    tableName: Self.tableName, key: encoded(key),
                    updateExpression: "SET #s = :s ADD changes :one REMOVE draft",
                    expressionAttributeNames: ["#s": "status"],
                    expressionAttributeValues: encoded([":s": .string(status), ":one": 1])))
        case .delete(let key):
            _ = try await database.deleteItem(
                .init(tableName: Self.tableName, key: encoded(key)))
        case .refusedPut(let item):
            try await requireRefused(item, database)
        case .batchWrite(let writes):
            let response = try await database.batchWriteItem(
                .init(requestItems: [Self.tableName: writes]))
            precondition(response.unprocessedItems.isEmpty)
        case .flush:
            do { try database.flush() } catch { throw DatabaseError(flushFailure: error) }
        case .reopen:
            try await database.close()
            database = try Database.open(at: Self.folder, options: Self.options(disk))
        }
    }

    private func requireRefused(_ item: Item, _ database: Database) async throws(DatabaseError) {
        do throws(DatabaseError) {
            _ = try await database.putItem(
                .init(
                    tableName: Self.tableName, item: encoded(item),
                    conditionExpression: "attribute_not_exists(customer)"))
            preconditionFailure("the condition held of an item that is there")
        } catch {
            guard error.code == .conditionalCheckFailed else { throw error }
        }
    }

    private func encoded(_ item: Item) -> EncodedItem {
        do { return try EncodedItem(item) } catch { preconditionFailure("\(error)") }
    }
}

extension DatabaseError {
    /// A flush is not an operation of the API; its failure ends a run as any other does.
    fileprivate init(flushFailure: EngineError) {
        self.init(code: .internalServerError, message: "\(flushFailure)")
    }
}
