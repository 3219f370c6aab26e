import KVDatabase
import Testing

/// PutItem, GetItem, DeleteItem and UpdateItem, and what each returns.
@Suite struct ItemOperationTests {
    let table = CreateTable.Request.table("things", ("id", .string))
    let key: Item = ["id": "a"]

    private func stored(_ test: TestDatabase) async throws -> Item? {
        try await test.database.getItem(.init(tableName: "things", key: .of(key))).item?.decoded()
    }

    private func put(_ item: Item, _ test: TestDatabase) async throws {
        _ = try await test.database.putItem(.init(tableName: "things", item: .of(item)))
    }

    // MARK: PutItem

    @Test func putThenGetReturnsTheItem() async throws {
        let test = try await TestDatabase(table)
        let item: Item = ["id": "a", "size": 12, "list": [1, "two"]]
        try await put(item, test)
        #expect(try await stored(test) == item)
    }

    @Test func putReplacesTheWholeItem() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "old": 1], test)
        try await put(["id": "a", "new": 2], test)
        #expect(try await stored(test) == ["id": "a", "new": 2])
    }

    @Test func putReturnsTheOldItemIfAsked() async throws {
        let test = try await TestDatabase(table)
        let first = try await test.database.putItem(
            .init(tableName: "things", item: .of(["id": "a", "n": 1]), returnValues: .allOld))
        let second = try await test.database.putItem(
            .init(tableName: "things", item: .of(["id": "a", "n": 2]), returnValues: .allOld))
        #expect(first.attributes == nil)
        #expect(second.attributes?.decoded() == ["id": "a", "n": 1])
    }

    @Test func failedConditionChangesNothingAndReturnsTheItemIfAsked() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "n": 1], test)
        let error = await refusal {
            _ = try await test.database.putItem(
                .init(
                    tableName: "things", item: .of(["id": "a", "n": 2]),
                    conditionExpression: "attribute_not_exists(id)",
                    returnValuesOnConditionCheckFailure: .allOld))
        }
        #expect(error?.code == .conditionalCheckFailed)
        #expect(error?.message == "The conditional request failed")
        #expect(error?.item?.decoded() == ["id": "a", "n": 1])
        #expect(try await stored(test) == ["id": "a", "n": 1])
    }

    @Test func failedConditionReturnsNoItemUnasked() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a"], test)
        let error = await refusal {
            _ = try await test.database.deleteItem(
                .init(
                    tableName: "things", key: .of(key),
                    conditionExpression: "attribute_exists(#n)",
                    expressionAttributeNames: ["#n": "n"]))
        }
        #expect(error?.code == .conditionalCheckFailed)
        #expect(error?.item == nil)
    }

    // MARK: GetItem

    @Test func getOfNothingReturnsNothing() async throws {
        let test = try await TestDatabase(table)
        #expect(try await stored(test) == nil)
    }

    @Test func getProjects() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "m": ["x": 1, "y": [5, 6, 7]], "z": 3], test)
        let found = try await test.database.getItem(
            .init(
                tableName: "things", key: .of(key), projectionExpression: "#m.y[1], z",
                expressionAttributeNames: ["#m": "m"]))
        #expect(found.item?.decoded() == ["m": ["y": [6]], "z": 3])
    }

    // MARK: DeleteItem

    @Test func deleteReturnsTheOldItemIfAsked() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "n": 1], test)
        let first = try await test.database.deleteItem(
            .init(tableName: "things", key: .of(key), returnValues: .allOld))
        let second = try await test.database.deleteItem(
            .init(tableName: "things", key: .of(key), returnValues: .allOld))
        #expect(first.attributes?.decoded() == ["id": "a", "n": 1])
        #expect(second.attributes == nil)
        #expect(try await stored(test) == nil)
    }

    @Test func deleteWithAConditionThatHolds() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "n": 1], test)
        _ = try await test.database.deleteItem(
            .init(
                tableName: "things", key: .of(key), conditionExpression: "n = :one",
                expressionAttributeValues: .of([":one": 1])))
        #expect(try await stored(test) == nil)
    }

    // MARK: UpdateItem

    private func update(
        _ expression: String?, _ values: Item? = nil, returning: ReturnValues = .none,
        _ test: TestDatabase
    ) async throws -> Item? {
        try await test.database.updateItem(
            .init(
                tableName: "things", key: .of(key), updateExpression: expression,
                expressionAttributeValues: values.map { try .of($0) }, returnValues: returning)
        ).attributes?.decoded()
    }

    @Test func updateCreatesAMissingItem() async throws {
        let test = try await TestDatabase(table)
        _ = try await update("SET n = :n", [":n": 1], test)
        #expect(try await stored(test) == ["id": "a", "n": 1])
    }

    @Test func updateWithoutAnExpressionCreatesTheKeyAlone() async throws {
        let test = try await TestDatabase(table)
        _ = try await update(nil, nil, test)
        #expect(try await stored(test) == ["id": "a"])
    }

    struct Returned: Sendable {
        let option: ReturnValues
        let attributes: Item?
    }

    static let returned: [Returned] = [
        Returned(option: .none, attributes: nil),
        Returned(option: .allOld, attributes: ["id": "a", "n": 1, "other": "x"]),
        Returned(option: .allNew, attributes: ["id": "a", "n": 2, "other": "x", "made": true]),
        Returned(option: .updatedOld, attributes: ["n": 1]),
        Returned(option: .updatedNew, attributes: ["n": 2, "made": true]),
    ]

    @Test(arguments: returned) func updateReturnsWhatIsAsked(_ returned: Returned) async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "n": 1, "other": "x"], test)
        let found = try await update(
            "SET n = n + :one, made = :true", [":one": 1, ":true": true],
            returning: returned.option,
            test)
        #expect(found == returned.attributes)
    }

    @Test func updateReturnsNoOldAttributesOfANewItem() async throws {
        let test = try await TestDatabase(table)
        #expect(try await update("SET n = :n", [":n": 1], returning: .allOld, test) == nil)
    }

    @Test func updateUnderAConditionThatFails() async throws {
        let test = try await TestDatabase(table)
        try await put(["id": "a", "n": 1], test)
        let error = await refusal {
            _ = try await test.database.updateItem(
                .init(
                    tableName: "things", key: .of(key), updateExpression: "SET n = :two",
                    conditionExpression: "n = :two",
                    expressionAttributeValues: .of([":two": 2]),
                    returnValuesOnConditionCheckFailure: .allOld))
        }
        #expect(error?.code == .conditionalCheckFailed)
        #expect(error?.item?.decoded() == ["id": "a", "n": 1])
        #expect(try await stored(test) == ["id": "a", "n": 1])
    }

    @Test func concurrentIncrementsAllCount() async throws {
        let test = try await TestDatabase(table)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<50 { _ = try await update("ADD n :one", [":one": 1], test) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stored(test)?["n"] == 400)
    }

    // MARK: Names

    @Test func aTableAnswersToItsARN() async throws {
        let test = try await TestDatabase(table)
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/things"
        _ = try await test.database.putItem(.init(tableName: arn, item: .of(["id": "a"])))
        #expect(try await stored(test) == ["id": "a"])
    }
}
