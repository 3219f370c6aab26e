import KVDatabase
import Testing

/// The parks application: nested documents, updated in place and listed by scan.
@Suite struct ParksTests {
    private func park(_ name: String, open: Bool, wait: Int) throws -> EncodedItem {
        try .of([
            "name": .string(name), "open": .bool(open),
            "hours": ["monday": ["from": "09:00", "to": "18:00"]],
            "rides": [
                ["title": "Comet", "wait": .int(wait), "tags": .stringSet(["fast", "tall"])],
                ["title": "Carousel", "wait": 5],
            ],
            "attractions": ["castle": ["visitors": 10]],
        ])
    }

    private func makeDatabase() async throws -> Database {
        let database = try await TestDatabase(.table("parks", ("name", .string))).database
        for (name, open, wait) in [("North", true, 20), ("South", false, 40), ("West", true, 60)] {
            _ = try await database.putItem(
                .init(tableName: "parks", item: park(name, open: open, wait: wait)))
        }
        return database
    }

    @Test func aNestedWaitTimeIsUpdatedInPlace() async throws {
        let database = try await makeDatabase()
        let updated = try await database.updateItem(
            .init(
                tableName: "parks", key: .of(["name": "North"]),
                updateExpression: "SET rides[0].#w = rides[0].#w + :five, "
                    + "attractions.castle.visitors = :visitors REMOVE rides[1]",
                conditionExpression: "rides[0].title = :comet",
                expressionAttributeNames: ["#w": "wait"],
                expressionAttributeValues: .of([":five": 5, ":visitors": 11, ":comet": "Comet"]),
                returnValues: .allNew)
        ).attributes?.decoded()
        #expect(
            updated?["rides"]
                == [["title": "Comet", "wait": 25, "tags": .stringSet(["fast", "tall"])]])
        #expect(updated?["attractions"] == ["castle": ["visitors": 11]])
        #expect(updated?["hours"] == ["monday": ["from": "09:00", "to": "18:00"]])
        try await database.close()
    }

    @Test func theListFiltersAndProjects() async throws {
        let database = try await makeDatabase()
        let page = try await database.scan(
            .init(
                tableName: "parks",
                filterExpression:
                    "#o = :true AND rides[0].#w > :limit AND contains(rides[0].tags, :t)",
                projectionExpression: "#n, rides[0].#w, hours.monday",
                expressionAttributeNames: ["#n": "name", "#o": "open", "#w": "wait"],
                expressionAttributeValues: .of([":true": true, ":limit": 30, ":t": "fast"])))
        let expected: Item = [
            "name": "West", "rides": [["wait": 60]],
            "hours": ["monday": ["from": "09:00", "to": "18:00"]],
        ]
        #expect(page.scannedCount == 3)
        #expect(page.items?.map { $0.decoded() } == [expected])
        try await database.close()
    }
}
