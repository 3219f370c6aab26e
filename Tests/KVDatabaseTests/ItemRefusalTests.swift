import KVDatabase
import Testing

/// What PutItem, GetItem, UpdateItem and DeleteItem refuse, in AWS's words.
@Suite struct ItemRefusalTests {
    private func makeDatabase() async throws -> Database {
        try await TestDatabase(
            .table(
                "things", ("pk", .string), ("sk", .number),
                more: [("color", .string), ("when", .number)],
                local: [.index("by-when", "pk", "when")],
                global: [.index("by-color", "color")])
        ).database
    }

    private func putMessage(_ item: Item) async throws -> String? {
        let database = try await makeDatabase()
        return await refusal {
            _ = try await database.putItem(.init(tableName: "things", item: .of(item)))
        }?.message
    }

    struct Refused: Sendable {
        let item: Item
        let message: String

        init(_ item: Item, _ message: String) {
            self.item = item
            self.message = message
        }
    }

    private static let invalid = "One or more parameter values were invalid: "
    private static let notValid = "One or more parameter values are not valid. "
    private static let tooLong = String(repeating: "x", count: 2049)

    static let refused: [Refused] = [
        Refused(["pk": "a"], invalid + "Missing the key sk in the item"),
        Refused(["pk": 1, "sk": 1], invalid + "Type mismatch for key pk expected: S actual: N"),
        Refused(
            ["pk": "", "sk": 1],
            notValid + "The AttributeValue for a key attribute cannot contain an empty string "
                + "value. Key: pk"),
        Refused(
            ["pk": .string(tooLong), "sk": 1],
            invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        Refused(
            ["pk": "a", "sk": 1, "color": 5],
            invalid + "Type mismatch for Index Key color Expected: S Actual: N IndexName: by-color"),
        Refused(
            ["pk": "a", "sk": 1, "color": ""],
            notValid + "A value specified for a secondary index key is not supported. The "
                + "AttributeValue for a key attribute cannot contain an empty string value. "
                + "IndexName: by-color, IndexKey: color"),
        Refused(
            ["pk": "a", "sk": 1, "color": .string(tooLong)],
            invalid + "Size limit exceeded for Index Key color Actual Size: 2049 bytes Max Size: "
                + "2048 bytes IndexName: by-color"),
        Refused(
            ["pk": "a", "sk": 1, "text": .string(String(repeating: "x", count: 400 << 10))],
            "Item size has exceeded the maximum allowed size"),
    ]

    @Test(arguments: refused) func putRefuses(_ refused: Refused) async throws {
        #expect(try await putMessage(refused.item) == refused.message)
    }

    @Test func anItemOfExactly400KilobytesIsStored() async throws {
        let database = try await makeDatabase()
        // Names and key take 2 + 1, 2 + 2 and 4 bytes.
        let text = String(repeating: "x", count: (400 << 10) - 11)
        let item = try EncodedItem.of(["pk": "a", "sk": 1, "text": .string(text)])
        #expect(item.sizeBytes == 400 << 10)
        _ = try await database.putItem(.init(tableName: "things", item: item))
    }

    @Test func aSortKeyMayHave1024BytesAndNoMore() async throws {
        let database = try await TestDatabase(
            .table("texts", ("pk", .string), ("sk", .binary))
        ).database
        let key = { (count: Int) in
            try EncodedItem.of(["pk": "a", "sk": .binary(Array(repeating: 7, count: count))])
        }
        _ = try await database.putItem(.init(tableName: "texts", item: key(1024)))
        for refused in [
            await refusal {
                _ = try await database.putItem(.init(tableName: "texts", item: key(1025)))
            },
            await refusal {
                _ = try await database.getItem(.init(tableName: "texts", key: key(1025)))
            },
        ] {
            #expect(
                refused?.message
                    == "One or more parameter values were invalid: Aggregated size of all range "
                    + "keys has exceeded the size limit of 1024 bytes")
        }
    }

    static let wrongKeys: [Item] = [
        ["pk": "a"], ["pk": "a", "sk": 1, "more": 1], ["pk": "a", "sk": "1"], ["pk": "a", "ks": 1],
    ]

    @Test(arguments: wrongKeys) func aKeyMustMatchTheSchema(_ key: Item) async throws {
        let database = try await makeDatabase()
        let refusals = [
            await refusal {
                _ = try await database.getItem(.init(tableName: "things", key: .of(key)))
            },
            await refusal {
                _ = try await database.deleteItem(.init(tableName: "things", key: .of(key)))
            },
            await refusal {
                _ = try await database.updateItem(.init(tableName: "things", key: .of(key)))
            },
        ]
        for error in refusals {
            #expect(error?.code == .validation)
            #expect(error?.message == "The provided key element does not match the schema")
        }
    }

    @Test(arguments: [ReturnValues.allNew, .updatedOld, .updatedNew])
    func putAndDeleteReturnOldOrNothing(_ option: ReturnValues) async throws {
        let database = try await makeDatabase()
        let key = try EncodedItem.of(["pk": "a", "sk": 1])
        let put = await refusal {
            _ = try await database.putItem(
                .init(tableName: "things", item: key, returnValues: option))
        }
        let delete = await refusal {
            _ = try await database.deleteItem(
                .init(tableName: "things", key: key, returnValues: option))
        }
        #expect(put?.message == "ReturnValues can only be ALL_OLD or NONE")
        #expect(delete?.message == "ReturnValues can only be ALL_OLD or NONE")
    }

    private func updateMessage(_ expression: String, _ values: Item) async throws -> String? {
        let database = try await makeDatabase()
        return await refusal {
            _ = try await database.updateItem(
                .init(
                    tableName: "things", key: .of(["pk": "a", "sk": 1]),
                    updateExpression: expression, expressionAttributeValues: .of(values)))
        }?.message
    }

    @Test(arguments: ["", String(repeating: "n", count: 65_536)])
    func attributeNamesHaveALimit(_ name: String) throws {
        let message =
            "One or more parameter values were invalid: Attribute names must have 1 to 65535 bytes"
        var named = Item()
        named[name] = 1
        for item in [named, ["nested": .map(named)]] {
            let error = #expect(throws: ItemError.self) { try EncodedItem(item) }
            #expect(error?.message == message)
        }
        var longest = Item()
        longest[String(repeating: "n", count: 65_535)] = 1
        _ = try EncodedItem(longest)
    }

    @Test(arguments: ["REMOVE color", "DELETE tags :v"])
    func takingAwayFromAMissingItemMakesNone(_ expression: String) async throws {
        let database = try await makeDatabase()
        let key = try EncodedItem(["pk": "missing", "sk": 1])
        let answer = try await database.updateItem(
            .init(
                tableName: "things", key: key, updateExpression: expression,
                expressionAttributeValues: expression.hasSuffix(":v")
                    ? try EncodedItem([":v": .stringSet(["x"])]) : nil,
                returnValues: .allNew, returnConsumedCapacity: .total))
        #expect(answer.attributes == nil)
        #expect(answer.consumedCapacity?.capacityUnits == 1)
        #expect(try await database.getItem(.init(tableName: "things", key: key)).item == nil)
    }

    @Test func updateOfAKeyIsRefused() async throws {
        #expect(
            try await updateMessage("SET sk = :v", [":v": 2])
                == "One or more parameter values were invalid: Cannot update attribute sk. This "
                + "attribute is part of the key")
    }

    @Test func updateOfAnIndexKeyToAnotherTypeIsRefused() async throws {
        #expect(
            try await updateMessage("SET color = :v", [":v": 2])
                == "One or more parameter values were invalid: The update expression attempted to "
                + "update the secondary index key to unsupported type")
    }

    @Test func updateOfAnIndexKeyToNothingIsRefused() async throws {
        #expect(
            try await updateMessage("SET color = :v", [":v": ""])
                == "One or more parameter values are not valid. The update expression attempted to "
                + "update a secondary index key to a value that is not supported. The "
                + "AttributeValue for a key attribute cannot contain an empty string value.")
    }

    @Test func updateBeyond400KilobytesIsRefused() async throws {
        #expect(
            try await updateMessage(
                "SET big = :v", [":v": .string(String(repeating: "x", count: 400 << 10))])
                == "Item size to update has exceeded the maximum allowed size")
    }

    @Test func namesWithoutAnExpressionAreRefused() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.getItem(
                .init(
                    tableName: "things", key: .of(["pk": "a", "sk": 1]),
                    expressionAttributeNames: ["#a": "a"]))
        }
        #expect(
            error?.message
                == "ExpressionAttributeNames can only be specified when using expressions")
    }

    @Test func valuesThatNothingUsesAreRefused() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.putItem(
                .init(
                    tableName: "things", item: .of(["pk": "a", "sk": 1]),
                    conditionExpression: "attribute_exists(pk)",
                    expressionAttributeValues: .of([":v": 1])))
        }
        #expect(
            error?.message
                == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}")
    }

    @Test func anUnknownTableIsNotFound() async throws {
        let database = try await makeDatabase()
        let key = try EncodedItem.of(["pk": "a", "sk": 1])
        let refusals = [
            await refusal { _ = try await database.putItem(.init(tableName: "none", item: key)) },
            await refusal { _ = try await database.getItem(.init(tableName: "none", key: key)) },
            await refusal { _ = try await database.updateItem(.init(tableName: "none", key: key)) },
            await refusal { _ = try await database.deleteItem(.init(tableName: "none", key: key)) },
            await refusal { _ = try await database.scan(.init(tableName: "none")) },
            await refusal {
                _ = try await database.getItem(
                    .init(
                        tableName: "arn:aws:dynamodb:eu-west-1:000000000000:table/things",
                        key: key))
            },
        ]
        for error in refusals {
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Requested resource not found")
        }
    }

    @Test func aBadExpressionIsRefusedBeforeTheTableIsLookedUp() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.putItem(
                .init(
                    tableName: "none", item: .of(["pk": "a"]), conditionExpression: "a = = b"))
        }
        #expect(error?.code == .validation)
    }

    @Test func aMalformedARNIsRefused() async throws {
        let database = try await makeDatabase()
        let error = await refusal {
            _ = try await database.scan(.init(tableName: "arn:aws:s3:::bucket"))
        }
        #expect(error?.code == .validation)
        #expect(
            error?.message
                == "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:s3:::bucket")
    }
}
