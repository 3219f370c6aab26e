import KVDatabase
import Testing

/// The connections of a chat: connect, disconnect, and a broadcast to all by scan.
@Suite struct ConnectionsTests {
    private func connect(_ id: String, _ database: Database) async throws {
        _ = try await database.putItem(
            .init(tableName: "connections", item: .of(["id": .string(id), "room": "main"])))
    }

    private func disconnect(_ id: String, _ database: Database) async throws {
        _ = try await database.deleteItem(
            .init(tableName: "connections", key: .of(["id": .string(id)])))
    }

    private func broadcast(_ database: Database) async throws -> [String] {
        var request = Scan.Request(
            tableName: "connections", projectionExpression: "id", limit: 64)
        var ids: [String] = []
        repeat {
            let page = try await database.scan(request)
            for item in page.items?.map({ $0.decoded() }) ?? [] {
                if case .string(let id) = item["id"] { ids.append(id) }
            }
            request.exclusiveStartKey = page.lastEvaluatedKey
        } while request.exclusiveStartKey != nil
        return ids
    }

    @Test func aBroadcastReachesAllWhoStayWhileFiveHundredComeAndGo() async throws {
        let database = try await TestDatabase(.table("connections", ("id", .string))).database
        let staying = (0..<50).map { "stays-\($0)" }
        for id in staying { try await connect(id, database) }

        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    try await connect("guest-\(number)", database)
                    try await disconnect("guest-\(number)", database)
                }
            }
            for _ in 0..<20 {
                let reached = try await broadcast(database)
                #expect(Set(reached).isSuperset(of: staying))
                #expect(Set(reached).count == reached.count)
            }
            try await group.waitForAll()
        }
        #expect(try await broadcast(database).sorted() == staying.sorted())
        let described = try await database.describeTable(.init(tableName: "connections")).table
        #expect(described.itemCount == 50)
        try await database.close()
    }
}
