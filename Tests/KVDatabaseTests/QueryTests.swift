import KVDatabase
import Testing

/// Query: paging, selecting, filtering, and what it refuses.
@Suite struct QueryTests {
    /// Ten items of partition `a`, sort keys 0 to 9, indexed by color and by size.
    private func makeDatabase(padding: Int = 0) async throws -> Database {
        let database = try await TestDatabase(
            .table(
                "things", ("pk", .string), ("sk", .number),
                more: [("color", .string), ("size", .number)],
                local: [.index("by-size", "pk", "size", projection: .keysOnly)],
                global: [
                    .index("by-color", "color", "sk", projection: .include, including: ["note"])
                ])
        ).database
        for number in 0..<10 {
            let item: Item = [
                "pk": "a", "sk": .int(number), "color": number % 2 == 0 ? "red" : "blue",
                "size": .int(10 - number), "note": .string("n\(number)"), "secret": 1,
                "padding": .string(String(repeating: "x", count: padding)),
            ]
            _ = try await database.putItem(.init(tableName: "things", item: .of(item)))
        }
        return database
    }

    private func request(_ change: (inout Query.Request) throws -> Void = { _ in }) throws
        -> Query.Request
    {
        var request = Query.Request(
            tableName: "things", keyConditionExpression: "pk = :pk",
            expressionAttributeValues: try .of([":pk": "a"]))
        try change(&request)
        return request
    }

    private func sortKeys(_ page: Query.Response) -> [AttributeValue?] {
        page.items?.map { $0.decoded()["sk"] } ?? []
    }

    // MARK: Pages

    @Test func aLimitedPageNamesItsLastKeyEvenAtTheEnd() async throws {
        let database = try await makeDatabase()
        let page = try await database.query(request { $0.limit = 10 })
        #expect(page.count == 10)
        #expect(page.lastEvaluatedKey?.decoded() == ["pk": "a", "sk": 9])
        let rest = try await database.query(
            request {
                $0.limit = 10
                $0.exclusiveStartKey = page.lastEvaluatedKey
            })
        #expect(rest.count == 0)
        #expect(rest.lastEvaluatedKey == nil)
    }

    @Test func anUnlimitedPageWithoutMoreNamesNone() async throws {
        let page = try await makeDatabase().query(request())
        #expect(page.count == 10)
        #expect(page.lastEvaluatedKey == nil)
    }

    @Test func pagesBackwardContinueWhereTheyStopped() async throws {
        let database = try await makeDatabase()
        let first = try await database.query(
            request {
                $0.limit = 3
                $0.scanIndexForward = false
            })
        #expect(sortKeys(first) == [9, 8, 7])
        let second = try await database.query(
            request {
                $0.limit = 3
                $0.scanIndexForward = false
                $0.exclusiveStartKey = first.lastEvaluatedKey
            })
        #expect(sortKeys(second) == [6, 5, 4])
    }

    @Test func aStartKeyNeedNotExist() async throws {
        let page = try await makeDatabase().query(
            request { $0.exclusiveStartKey = try .of(["pk": "a", "sk": 6.5]) })
        #expect(sortKeys(page) == [7, 8, 9])
    }

    @Test func aPageEndsAtOneMegabyteBeforeTheFilter() async throws {
        let database = try await makeDatabase(padding: 200 << 10)
        let page = try await database.query(
            request {
                $0.filterExpression = "note = :note"
                $0.expressionAttributeValues = try .of([":pk": "a", ":note": "n1"])
            })
        // Six items of a little over 200 KB: the sixth makes it 1 MB.
        #expect(page.scannedCount == 6)
        #expect(page.count == 1)
        #expect(page.lastEvaluatedKey?.decoded() == ["pk": "a", "sk": 5])
    }

    @Test func theLastKeyOfAnIndexHasTheKeysOfBoth() async throws {
        let page = try await makeDatabase().query(
            request {
                $0.indexName = "by-color"
                $0.keyConditionExpression = "color = :pk"
                $0.expressionAttributeValues = try .of([":pk": "red"])
                $0.limit = 2
            })
        #expect(sortKeys(page) == [0, 2])
        #expect(page.lastEvaluatedKey?.decoded() == ["pk": "a", "sk": 2, "color": "red"])
    }

    // MARK: What is returned

    @Test func countReturnsNoItems() async throws {
        let page = try await makeDatabase().query(request { $0.select = .count })
        #expect(page.items == nil)
        #expect(page.count == 10)
    }

    @Test func anIndexReturnsWhatItProjects() async throws {
        let page = try await makeDatabase().query(
            request {
                $0.indexName = "by-color"
                $0.keyConditionExpression = "color = :pk AND sk < :two"
                $0.expressionAttributeValues = try .of([":pk": "red", ":two": 2])
            })
        let expected: Item = ["pk": "a", "sk": 0, "color": "red", "note": "n0"]
        #expect(page.items?.map { $0.decoded() } == [expected])
    }

    @Test func aLocalIndexFetchesWhatItDoesNotProject() async throws {
        let database = try await makeDatabase()
        let all = try await database.query(
            request {
                $0.indexName = "by-size"
                $0.select = .allAttributes
                $0.limit = 1
                $0.returnConsumedCapacity = .indexes
            })
        #expect(all.items?.first?.decoded()["secret"] == 1)
        #expect(all.lastEvaluatedKey?.decoded() == ["pk": "a", "sk": 9, "size": 1])
        #expect(all.consumedCapacity?.table?.capacityUnits == 0.5)
        #expect(all.consumedCapacity?.localSecondaryIndexes?["by-size"]?.capacityUnits == 0.5)
        let some = try await database.query(
            request {
                $0.indexName = "by-size"
                $0.projectionExpression = "secret"
                $0.limit = 1
            })
        #expect(some.items?.map { $0.decoded() } == [["secret": 1]])
    }

    @Test func aLocalIndexAnswersInItsOwnOrder() async throws {
        let page = try await makeDatabase().query(
            request {
                $0.indexName = "by-size"
                $0.consistentRead = true
            })
        #expect(sortKeys(page) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
        let expected: Item = ["pk": "a", "sk": 9, "size": 1]
        #expect(page.items?.first?.decoded() == expected)
    }

    // MARK: Refusals

    struct Refused: Sendable, CustomTestStringConvertible {
        let message: String
        let change: @Sendable (inout Query.Request) throws -> Void
        var testDescription: String { message }

        init(
            _ message: String, _ change: @escaping @Sendable (inout Query.Request) throws -> Void
        ) {
            self.message = message
            self.change = change
        }
    }

    static let refused: [Refused] = [
        Refused(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in "
                + "the request."
        ) { $0.keyConditionExpression = nil },
        Refused("The table does not have the specified index: none") { $0.indexName = "none" },
        Refused("Consistent reads are not supported on global secondary indexes") {
            $0.indexName = "by-color"
            $0.consistentRead = true
        },
        Refused("Query condition missed key schema element: color") { $0.indexName = "by-color" },
        Refused(
            "One or more parameter values were invalid: Condition parameter type does not match "
                + "schema type"
        ) { $0.expressionAttributeValues = try .of([":pk": 1]) },
        Refused(
            "Filter Expression can only contain non-primary key attributes: Primary key "
                + "attribute: sk"
        ) {
            $0.filterExpression = "sk = :one"
            $0.expressionAttributeValues = try .of([":pk": "a", ":one": 1])
        },
        Refused("Limit must be greater than or equal to 1") { $0.limit = 0 },
        Refused(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                + "SPECIFIC_ATTRIBUTES"
        ) { $0.select = .specificAttributes },
        Refused("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName") {
            $0.select = .allProjectedAttributes
        },
        Refused("Cannot specify the ProjectionExpression when choosing to get only the Count") {
            $0.select = .count
            $0.projectionExpression = "note"
        },
        Refused("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES") {
            $0.select = .allAttributes
            $0.projectionExpression = "note"
        },
        Refused(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
                + "supported for global secondary index by-color because its projection type is "
                + "not ALL"
        ) {
            $0.indexName = "by-color"
            $0.keyConditionExpression = "color = :pk"
            $0.select = .allAttributes
        },
        Refused(
            "One or more parameter values were invalid: Global secondary index by-color does not "
                + "project [secret]"
        ) {
            $0.indexName = "by-color"
            $0.keyConditionExpression = "color = :pk"
            $0.projectionExpression = "secret"
        },
        Refused("The provided starting key is invalid") {
            $0.exclusiveStartKey = try .of(["pk": "a"])
        },
        Refused(
            "The provided starting key is invalid: The provided key element does not match the "
                + "schema"
        ) { $0.exclusiveStartKey = try .of(["pk": "a", "sk": "1"]) },
        Refused(
            "The provided starting key is outside query boundaries based on provided conditions"
        ) { $0.exclusiveStartKey = try .of(["pk": "b", "sk": 1]) },
        Refused("The provided starting key does not match the range key predicate") {
            $0.keyConditionExpression = "pk = :pk AND sk > :five"
            $0.expressionAttributeValues = try .of([":pk": "a", ":five": 5])
            $0.exclusiveStartKey = try .of(["pk": "a", "sk": 4])
        },
        Refused(
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
                + "size limit of2048 bytes"
        ) {
            $0.expressionAttributeValues = try .of([
                ":pk": .string(String(repeating: "x", count: 2049))
            ])
        },
    ]

    @Test(arguments: refused) func queryRefuses(_ refused: Refused) async throws {
        let database = try await makeDatabase()
        let changed = try request(refused.change)
        let error = await refusal { _ = try await database.query(changed) }
        #expect(error?.code == .validation)
        #expect(error?.message == refused.message)
    }
}
