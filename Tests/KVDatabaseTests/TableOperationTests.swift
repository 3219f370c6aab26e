import KVDatabase
import StorageEngine
import Testing

/// The life of tables: created, described, listed, deleted, opened again.
@Suite struct TableOperationTests {
    @Test func createAnswersCreatingAndDescribeActive() async throws {
        let test = try await TestDatabase()
        let request = CreateTable.Request.table(
            "orders", ("id", .string), more: [("state", .string)],
            global: [.index("by-state", "state", projection: .include, including: ["total"])],
            stream: .newAndOldImages)
        let created = try await test.database.createTable(request).tableDescription
        #expect(created.tableStatus == .creating)
        #expect(created.globalSecondaryIndexes?.first?.indexStatus == .creating)

        let found = try await test.database.describeTable(.init(tableName: "orders")).table
        #expect(found.tableStatus == .active)
        #expect(found.globalSecondaryIndexes?.first?.indexStatus == .active)
        #expect(found.keySchema == request.keySchema)
        #expect(found.attributeDefinitions == request.attributeDefinitions)
        #expect(found.billingMode == .payPerRequest)
        #expect(found.tableArn == "arn:aws:dynamodb:us-east-1:000000000000:table/orders")
        #expect(found.globalSecondaryIndexes?.first?.indexArn == found.tableArn + "/index/by-state")
        #expect(found.itemCount == 0)
        let label = try #require(found.latestStreamLabel)
        #expect(label.count == "2026-11-24T02:45:42.123".count)
        #expect(found.latestStreamArn == "\(found.tableArn)/stream/\(label)")
        #expect(found.tableID.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
        #expect(found.creationDateTime > 1_700_000_000)
    }

    @Test func aSecondTableOfTheSameNameIsRefused() async throws {
        let test = try await TestDatabase(.table("orders", ("id", .string)))
        let error = await refusal {
            _ = try await test.database.createTable(.table("orders", ("id", .number)))
        }
        #expect(error?.code == .resourceInUse)
        #expect(error?.message == "Table already exists: orders")
    }

    @Test func listGoesThroughTheNamesInOrder() async throws {
        let test = try await TestDatabase()
        for name in ["delta", "Bravo", "alpha", "charlie"] {
            _ = try await test.database.createTable(.table(name, ("id", .string)))
        }
        let first = try await test.database.listTables(.init(limit: 3))
        #expect(first.tableNames == ["Bravo", "alpha", "charlie"])
        #expect(first.lastEvaluatedTableName == "charlie")
        let second = try await test.database.listTables(
            .init(exclusiveStartTableName: first.lastEvaluatedTableName, limit: 3))
        #expect(second.tableNames == ["delta"])
        #expect(second.lastEvaluatedTableName == nil)
    }

    @Test(arguments: [0, 101]) func listLimitsAreKept(_ limit: Int) async throws {
        let test = try await TestDatabase()
        let error = await refusal { _ = try await test.database.listTables(.init(limit: limit)) }
        #expect(error?.code == .validation)
    }

    @Test func unknownTablesAreNamedInTheError() async throws {
        let test = try await TestDatabase()
        let refusals = [
            await refusal { _ = try await test.database.describeTable(.init(tableName: "none")) },
            await refusal { _ = try await test.database.deleteTable(.init(tableName: "none")) },
        ]
        for error in refusals {
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Requested resource not found: Table: none not found")
        }
    }

    @Test func deletionProtectionProtects() async throws {
        let test = try await TestDatabase()
        var request = CreateTable.Request.table("orders", ("id", .string))
        request.deletionProtectionEnabled = true
        _ = try await test.database.createTable(request)
        let error = await refusal {
            _ = try await test.database.deleteTable(.init(tableName: "orders"))
        }
        #expect(error?.code == .validation)
        #expect(
            error?.message
                == "Resource cannot be deleted as it is currently protected against deletion. "
                + "Disable deletion protection first.")
    }

    @Test func aTableMadeAgainIsEmpty() async throws {
        let table = CreateTable.Request.table("orders", ("id", .string))
        let test = try await TestDatabase(table)
        _ = try await test.database.putItem(.init(tableName: "orders", item: .of(["id": "a"])))
        let deleted = try await test.database.deleteTable(.init(tableName: "orders"))
        #expect(deleted.tableDescription.tableStatus == .deleting)
        #expect(deleted.tableDescription.itemCount == 1)
        _ = try await test.database.createTable(table)
        let found = try await test.database.scan(.init(tableName: "orders"))
        #expect(found.count == 0)
        let described = try await test.database.describeTable(.init(tableName: "orders")).table
        #expect(described.itemCount == 0)
    }

    @Test func limitsAndEndpointsAreTold() async throws {
        let test = try await TestDatabase()
        let limits = try await test.database.describeLimits(.init())
        #expect(limits.accountMaxReadCapacityUnits == 80_000)
        #expect(limits.tableMaxWriteCapacityUnits == 40_000)
        let endpoints = try await test.database.describeEndpoints(.init(address: "host:8000"))
        #expect(endpoints.endpoints == [.init(address: "host:8000", cachePeriodInMinutes: 1440)])
    }

    // MARK: Opening again

    @Test func everythingIsThereAfterReopening() async throws {
        let request = CreateTable.Request(
            tableName: "orders",
            attributeDefinitions: ["id", "at", "state"].map {
                AttributeDefinition(attributeName: $0, attributeType: .string)
            },
            keySchema: .key("id", "at"),
            localSecondaryIndexes: [.index("local", "id", "state", projection: .keysOnly)],
            globalSecondaryIndexes: [
                GlobalSecondaryIndex(
                    indexName: "global", keySchema: .key("state", "at"),
                    projection: Projection(
                        projectionType: .include, nonKeyAttributes: ["total"]),
                    provisionedThroughput: .init(readCapacityUnits: 3, writeCapacityUnits: 4))
            ],
            billingMode: .provisioned,
            provisionedThroughput: .init(readCapacityUnits: 1, writeCapacityUnits: 2),
            streamSpecification: .init(streamEnabled: true, streamViewType: .oldImage),
            sseSpecification: .init(enabled: true, sseType: "KMS", kmsMasterKeyID: "key"),
            tags: [Tag(key: "team", value: "shop")], tableClass: .standardInfrequentAccess,
            deletionProtectionEnabled: true)
        let test = try await TestDatabase(request)
        let item: Item = ["id": "a", "at": "noon", "state": "NEW", "total": 5]
        _ = try await test.database.putItem(.init(tableName: "orders", item: .of(item)))
        let before = try await test.database.describeTable(.init(tableName: "orders")).table
        try await test.database.close()

        let database = try TestDatabase.open(test.filesystem)
        let after = try await database.describeTable(.init(tableName: "orders")).table
        #expect(after == before)
        #expect(after.itemCount == 1)
        let found = try await database.query(
            .init(
                tableName: "orders", indexName: "global", keyConditionExpression: "#s = :s",
                expressionAttributeNames: ["#s": "state"],
                expressionAttributeValues: .of([":s": "NEW"])))
        #expect(found.items?.map { $0.decoded() } == [item])
        try await database.close()
    }

    @Test func tableNumbersAreNotUsedAgainAfterReopening() async throws {
        let test = try await TestDatabase(.table("first", ("id", .string)))
        _ = try await test.database.putItem(.init(tableName: "first", item: .of(["id": "old"])))
        _ = try await test.database.deleteTable(.init(tableName: "first"))
        try await test.database.close()
        let database = try TestDatabase.open(test.filesystem)
        _ = try await database.createTable(.table("second", ("id", .string)))
        _ = try await database.putItem(.init(tableName: "second", item: .of(["id": "new"])))
        #expect(try await database.scan(.init(tableName: "second")).count == 1)
        try await database.close()
        let rows = try StoredRows(test.filesystem).rows(space: 1)
        #expect(rows.last.map { Array($0.key[1..<5]) } == [0, 0, 0, 2])
    }

    @Test func aClosedDatabaseRefuses() async throws {
        let test = try await TestDatabase(.table("orders", ("id", .string)))
        try await test.database.close()
        let error = await refusal {
            _ = try await test.database.putItem(.init(tableName: "orders", item: .of(["id": "a"])))
        }
        #expect(error?.code == .internalServerError)
        #expect(error?.message == "the database is closed")
    }

    @Test func aFolderInUseIsRefusedWithItsName() async throws {
        let test = try await TestDatabase()
        let error = await refusal { _ = try TestDatabase.open(test.filesystem) }
        #expect(error?.code == .internalServerError)
        #expect(error?.message.contains("data is in use by another process") == true)
    }
}
