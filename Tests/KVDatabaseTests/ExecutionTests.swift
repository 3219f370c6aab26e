import KVDatabase
import StorageEngine
import Synchronization
import Testing

/// How operations run: in place where they can, on an I/O thread where they must, and answered no
/// sooner than what they saw is durable.
@Suite struct ExecutionTests {
    private func put(_ id: String, if condition: String? = nil) throws -> PutItem.Request {
        .init(
            tableName: "things", item: try .of(["id": .string(id)]), conditionExpression: condition)
    }

    private func get(_ id: String) throws -> GetItem.Request {
        .init(tableName: "things", key: try .of(["id": .string(id)]))
    }

    @Test func aReadFromMemoryAnswersBeforeItReturns() async throws {
        let test = try await TestDatabase(.table("things", ("id", .string)))
        _ = try await test.database.putItem(put("a"))
        let isAnswered = Atomic<Bool>(false)
        try test.database.getItem(get("a")) { result in
            isAnswered.store((try? result.get().item) != nil, ordering: .relaxed)
        }
        let answered = isAnswered.load(ordering: .relaxed)
        #expect(answered)
        try await test.database.close()
    }

    @Test func whatIsOnlyOnTheDiskIsReadByAnIOThread() async throws {
        var options = DatabaseOptions(blockCacheSizeBytes: 0)
        options.filesystem = MemoryFilesystem()
        let database = try Database.open(at: "data", options: options)
        _ = try await database.createTable(
            .table("things", ("id", .string), stream: .newAndOldImages))
        for number in 0..<200 { _ = try await database.putItem(put("\(number)")) }
        try database.flush()
        #expect(try await database.getItem(get("7")).item != nil)
        #expect(try await database.getItem(get("none")).item == nil)
        #expect(try await database.scan(.init(tableName: "things")).count == 200)
        #expect(try await database.scan(.init(tableName: "things", limit: 5)).count == 5)
        let found = try await database.query(
            .init(
                tableName: "things", keyConditionExpression: "id = :id",
                expressionAttributeValues: .of([":id": "8"])))
        #expect(found.count == 1)
        let keys = try (0..<100).map { try EncodedItem.of(["id": .string("\($0)")]) }
        let batch = try await database.batchGetItem(
            .init(requestItems: ["things": .init(keys: keys)]))
        #expect(batch.responses["things"]?.count == 100)
        let refused = await refusal {
            _ = try await database.putItem(put("9", if: "attribute_not_exists(id)"))
        }
        #expect(refused?.code == .conditionalCheckFailed)
        try await database.close()
    }

    @Test func writesThatWaitForRoomHoldUpNoReadOfTheDisk() async throws {
        let filesystem = GatedFilesystem()
        var options = DatabaseOptions(
            durability: .none, blockCacheSizeBytes: 0, memtableSizeBytes: 16 << 10)
        options.filesystem = filesystem
        let database = try Database.open(at: "data", options: options)
        _ = try await database.createTable(.table("things", ("id", .string)))
        _ = try await database.putItem(put("stored"))
        try database.flush()

        // No flush ends, so the memtables fill up and most of these writes wait.
        filesystem.hold()
        let writeCount = 2_000
        let answeredWrites = Mutex(0)
        for number in 0..<writeCount {
            try database.putItem(put("\(number)")) { _ in answeredWrites.withLock { $0 += 1 } }
        }
        let read = Mutex<Bool?>(nil)
        try database.getItem(get("stored")) { result in
            read.withLock { $0 = (try? result.get())?.item != nil }
        }
        try await poll { read.withLock { $0 } != nil }
        #expect(read.withLock { $0 } == true)
        #expect(answeredWrites.withLock { $0 } < writeCount)
        filesystem.letGo()
        try await poll { answeredWrites.withLock { $0 } == writeCount }
        #expect(answeredWrites.withLock { $0 } == writeCount)
        try await database.close()
    }

    /// Waits for a condition, for a minute at most.
    private func poll(_ condition: () -> Bool) async throws {
        for _ in 0..<6_000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test func anAnswerWaitsUntilWhatItSawIsDurable() async throws {
        let filesystem = GatedFilesystem()
        var options = DatabaseOptions()
        options.filesystem = filesystem
        let database = try Database.open(at: "data", options: options)
        _ = try await database.createTable(.table("things", ("id", .string)))

        filesystem.hold()
        let answers = Mutex<[String]>([])
        try database.putItem(put("a")) { _ in answers.withLock { $0.append("put") } }
        // Its condition fails for an item that a crash could still take back.
        try database.putItem(put("a", if: "attribute_not_exists(id)")) { result in
            if case .failure(let error) = result {
                answers.withLock { $0.append(error.code.rawValue) }
            }
        }
        // A plain read does not see it yet, and needs not wait.
        #expect(try await database.getItem(get("a")).item == nil)
        try await Task.sleep(for: .milliseconds(20))
        #expect(answers.withLock { $0 }.isEmpty)

        filesystem.letGo()
        // This answer comes after those before it: completions keep commit order.
        _ = try await database.putItem(put("b"))
        #expect(answers.withLock { $0 } == ["put", "ConditionalCheckFailedException"])
        #expect(try await database.getItem(get("a")).item != nil)
        try await database.close()
    }
}
