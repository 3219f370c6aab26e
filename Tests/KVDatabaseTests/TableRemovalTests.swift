import KVDatabase
import StorageEngine
import Testing

/// The rows of deleted tables go with them.
@Suite struct TableRemovalTests {
    private let table = CreateTable.Request.table(
        "things", ("id", .number), more: [("tag", .string)], global: [.index("tag", "tag")],
        stream: .keysOnly)

    private func fill(_ database: Database, count: Int) async throws {
        for start in stride(from: 0, to: count, by: 25) {
            _ = try await database.batchWriteItem(
                .init(requestItems: [
                    "things": try (start..<min(start + 25, count)).map {
                        .put(try .of(["id": .int($0), "tag": "t"]))
                    }
                ]))
        }
    }

    /// The engine under a closed database.
    private func openEngine(_ filesystem: any Filesystem) throws -> Engine {
        var options = EngineOptions()
        options.filesystem = filesystem
        return try Engine.open(folder: "data", options: options)
    }

    @Test func nothingOfADeletedTableStays() async throws {
        let test = try await TestDatabase(table)
        try await fill(test.database, count: 1500)
        _ = try await test.database.deleteTable(.init(tableName: "things"))
        try await test.database.close()
        let stored = try StoredRows(test.filesystem)
        // The catalog's header alone is left.
        #expect(stored.rows.map(\.key) == [[0, 0]])
        // The numbers and sizes of the table's items and of the index's rows.
        let engine = try openEngine(test.filesystem)
        for counter: UInt64 in [0, 1, 1 << 16, 1 << 16 | 1] {
            #expect(engine.counter(1 << 32 | counter) == 0)
        }
        try engine.close()
    }

    @Test func aRemovalThatWasCutShortIsDoneAtTheNextOpen() async throws {
        // What a crash leaves between the two batches: a marker, and rows of table 1.
        let test = try await TestDatabase(table)
        try await fill(test.database, count: 100)
        try await test.database.close()
        let engine = try openEngine(test.filesystem)
        let batch = WriteBatch()
        batch.delete(key: [0, 1] + Array("things".utf8))
        batch.put(
            key: [0, 2, 0, 0, 0, 1], value: try EncodedItem.of(["TableName": "things"]).bytes)
        try engine.commit(batch)
        try engine.close()

        try await TestDatabase.open(test.filesystem).close()
        let stored = try StoredRows(test.filesystem)
        #expect(stored.rows.map(\.key) == [[0, 0]])
    }

    @Test func otherTablesKeepTheirRows() async throws {
        let test = try await TestDatabase(table, .table("kept", ("id", .number)))
        try await fill(test.database, count: 50)
        _ = try await test.database.putItem(.init(tableName: "kept", item: .of(["id": 1])))
        _ = try await test.database.deleteTable(.init(tableName: "things"))
        #expect(try await test.database.scan(.init(tableName: "kept")).count == 1)
        try await test.database.close()
    }

    @Test func aWriteThatWaitedForTheRemovalFindsNoTable() async throws {
        let filesystem = GatedFilesystem()
        var options = DatabaseOptions()
        options.filesystem = filesystem
        let database = try Database.open(at: "data", options: options)
        _ = try await database.createTable(table)

        filesystem.hold()
        async let deleted = database.deleteTable(.init(tableName: "things"))
        // The removal holds every latch until its batch is synced; the write comes meanwhile, finds
        // the table and waits for a latch.
        while filesystem.heldCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        async let refused = refusal {
            _ = try await database.putItem(.init(tableName: "things", item: .of(["id": 1])))
        }
        try await Task.sleep(for: .milliseconds(50))
        filesystem.letGo()
        _ = try await deleted
        let error = await refused
        #expect(error?.code == .resourceNotFound)
        try await database.close()
    }

    @Test func aReadThatATableGoesUnderFindsNoTable() async throws {
        for _ in 0..<20 {
            let test = try await TestDatabase(table)
            let database = test.database
            try await fill(database, count: 5)
            let key = try EncodedItem.of(["id": 3])
            // Each reads until the table is gone, and says what it found besides everything.
            let reads: [@Sendable () async throws -> Bool] = [
                { try await database.getItem(.init(tableName: "things", key: key)).item != nil },
                {
                    let response = try await database.batchGetItem(
                        .init(requestItems: ["things": .init(keys: [key])]))
                    return response.responses["things"]?.count == 1
                },
                { try await database.scan(.init(tableName: "things")).count == 5 },
            ]
            await withTaskGroup(of: Bool.self) { group in
                for read in reads {
                    group.addTask {
                        do {
                            while true {
                                if try await !read() { return false }
                                // Reads that need not wait would keep the deletion from its thread.
                                await Task.yield()
                            }
                        } catch let error as DatabaseError {
                            return error.code == .resourceNotFound
                        } catch {
                            return false
                        }
                    }
                }
                try? await Task.sleep(for: .milliseconds(2))
                _ = try? await database.deleteTable(.init(tableName: "things"))
                for await wasWhole in group { #expect(wasWhole) }
            }
            try await database.close()
        }
    }

    @Test func writersMeetTheEndOfTheirTableCleanly() async throws {
        let test = try await TestDatabase(table)
        let database = test.database
        await withTaskGroup(of: DatabaseError.Code?.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    // Until the table is gone.
                    for number in 0... {
                        do {
                            _ = try await database.putItem(
                                .init(
                                    tableName: "things",
                                    item: .of(["id": .int(writer * 10_000_000 + number)])))
                        } catch let error as DatabaseError {
                            return error.code
                        } catch {
                            return nil
                        }
                    }
                    return nil
                }
            }
            try? await Task.sleep(for: .milliseconds(20))
            _ = try? await database.deleteTable(.init(tableName: "things"))
            for await code in group { #expect(code == .resourceNotFound) }
        }
        try await database.close()
        #expect(try StoredRows(test.filesystem).rows.count == 1)
    }
}
