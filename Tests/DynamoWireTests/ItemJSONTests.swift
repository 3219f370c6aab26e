import ItemModel
import KVDatabase
import KvdTestSupport
import Testing

@testable import DynamoWire

/// Items through JSON to stored bytes and back.
struct ItemJSONTests {
    private func item(_ json: String) throws(WireError) -> Item {
        try decode(#"{"TableName":"table","Item":"# + json + "}", PutItem.decode).item.decoded()
    }

    @Test func everyTypeIsRead() throws {
        let item = try item(
            """
            {"s":{"S":"text"},"n":{"N":"-12.50"},"b":{"B":"AAEC"},"t":{"BOOL":true},"f":{"BOOL":false},
             "z":{"NULL":true},"ss":{"SS":["b","a"]},"ns":{"NS":["2","1.0"]},"bs":{"BS":["Ag==","AQ=="]},
             "l":{"L":[{"S":"x"},{"L":[]},{"M":{}}]},"m":{"M":{"k":{"M":{"d":{"N":"1E3"}}}}},"e":{"S":""}}
            """)
        let number = try DecimalNumber(parsing: "-12.5")
        let expected: [String: AttributeValue] = [
            "s": .string("text"), "n": .number(number), "b": .binary([0, 1, 2]), "t": .bool(true),
            "f": .bool(false), "z": .null, "ss": .stringSet(["a", "b"]), "ns": .numberSet([1, 2]),
            "bs": .binarySet([[1], [2]]), "l": .list([.string("x"), .list([]), .map([:])]),
            "m": .map(["k": .map(["d": .number(1000)])]), "e": .string(""),
        ]
        for (name, value) in expected { #expect(item[name] == value, "\(name)") }
        #expect(item.count == expected.count)
    }

    @Test func everyTypeIsWritten() throws {
        let item: Item = [
            "a": .string("x\"y"), "b": .number(try DecimalNumber(parsing: "1.50")),
            "c": .binary([1, 2, 3]),
            "d": .bool(true), "e": .null, "f": .stringSet(["q", "p"]), "g": .numberSet([2, 1]),
            "h": .binarySet([[9]]), "i": .list([.bool(false), .map(["k": .string("v")])]),
            "j": .map([:]),
        ]
        let encoded = try EncodedItem(item)
        #expect(
            written { $0.item(encoded) }
                == #"{"a":{"S":"x\"y"},"b":{"N":"1.5"},"c":{"B":"AQID"},"d":{"BOOL":true},"e":{"NULL":true},"#
                + #""f":{"SS":["p","q"]},"g":{"NS":["1","2"]},"h":{"BS":["CQ=="]},"#
                + #""i":{"L":[{"BOOL":false},{"M":{"k":{"S":"v"}}}]},"j":{"M":{}}}"#)
    }

    @Test func randomItemsComeBack() throws {
        var random = SeededRandom.fromEnvironment("randomItemsComeBack")
        for round in 0..<300 {
            let original = try EncodedItem(RandomDocument.item(using: &random))
            let json = written { $0.item(original) }
            let body = #"{"TableName":"table","Item":"# + json + "}"
            let decoded = try decode(body, PutItem.decode).item
            #expect(decoded == original, "round \(round): \(json)")
            #expect(decoded.sizeBytes == original.sizeBytes)
        }
    }

    @Test func theLastOfSeveralAttributesWithOneNameStays() throws {
        #expect(try item(#"{"a":{"S":"1"},"b":{"S":"2"},"a":{"N":"3"}}"#) == ["a": 3, "b": "2"])
    }

    @Test func escapedNamesAndTypesAreRead() throws {
        #expect(try item(#"{"\u0061\n":{"\u0053":"\u0062"}}"#) == ["a\n": "b"])
    }

    @Test func unknownMembersAndNullsOfAValueAreIgnored() throws {
        #expect(try item(#"{"a":{"S":null,"X":[1,{}],"N":"1"}}"#) == ["a": 1])
    }

    static let empty =
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    static let several =
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"

    @Test(arguments: [
        (#"{"a":{}}"#, empty), (#"{"a":null}"#, empty), (#"{"a":{"X":1}}"#, empty),
        (#"{"a":{"L":[null]}}"#, empty), (#"{"a":{"M":{"b":{}}}}"#, empty),
        (#"{"a":{"S":"x","N":"1"}}"#, several),
        (#"{"a":{"L":[{"BOOL":true,"NULL":true}]}}"#, several),
        (
            #"{"a":{"SS":[]}}"#,
            "One or more parameter values were invalid: An string set  may not be empty"
        ),
        (
            #"{"a":{"NS":["1","1.0"]}}"#,
            "Input collection contains duplicates"
        ),
        (
            #"{"a":{"SS":["x",null]}}"#,
            "One or more parameter values were invalid: An string set may not have a null string as a member"
        ),
    ])
    func faultsOfValues(_ json: String, _ message: String) {
        let error = #expect(throws: WireError.self) { try item(json) }
        #expect(error?.message == message)
        #expect(error?.isValidation == true)
    }

    @Test func aFaultOfANumberIsTheItemModels() {
        let error = #expect(throws: WireError.self) { try item(#"{"a":{"N":"12x"}}"#) }
        let expected = #expect(throws: ItemError.self) { try DecimalNumber(parsing: "12x") }
        #expect(error?.message == expected?.message)
    }

    /// A scalar within 31 lists is an item's limit; what is deeper is the item's fault, not the text's.
    @Test func nestingIsBoundedByTheItemModel() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: #"{"L":["#, count: levels) + #"{"S":"x"}"#
                + String(repeating: "]}", count: levels)
        }
        _ = try item(#"{"a":"# + nested(31) + "}")
        for levels in [32, 33, 60, 200] {
            let error = #expect(throws: WireError.self) {
                try item(#"{"a":"# + nested(levels) + "}")
            }
            #expect(error?.isValidation == true, "\(levels)")
            #expect(
                error?.message?.hasPrefix("Nesting Levels have exceeded supported limits") == true)
        }
    }

    @Test func aFaultOfAnExpressionValueNamesIt() {
        let error = refusal(
            #"{"TableName":"table","Item":{},"ExpressionAttributeValues":{":a":{"S":"x"},":\u0062":{}}}"#,
            PutItem.decode)
        #expect(
            error?.message
                == "ExpressionAttributeValues contains invalid value: \(Self.empty) for key :b")
    }
}

/// Random documents of every type, three levels deep at most.
enum RandomDocument {
    static func item(using random: inout SeededRandom) -> Item {
        attributes(depth: 0, using: &random)
    }

    private static func attributes(depth: Int, using random: inout SeededRandom) -> Item {
        var item = Item()
        for _ in 0..<random.int(in: 0..<(depth == 0 ? 12 : 4)) {
            item[text(using: &random)] = value(depth: depth, using: &random)
        }
        return item
    }

    private static func value(depth: Int, using random: inout SeededRandom) -> AttributeValue {
        switch random.int(in: 0..<(depth < 3 ? 10 : 8)) {
        case 0: .string(text(using: &random))
        case 1: .number(number(using: &random))
        case 2: .binary(random.bytes(count: random.int(in: 0..<20)))
        case 3: .bool(random.chance(1, in: 2))
        case 4: .null
        case 5: .stringSet(distinct { text(using: &random) })
        case 6: .numberSet(distinct { number(using: &random) })
        case 7: .binarySet(distinct { random.bytes(count: random.int(in: 0..<6)) })
        case 8:
            .list((0..<random.int(in: 0..<4)).map { _ in value(depth: depth + 1, using: &random) })
        default: .map(attributes(depth: depth + 1, using: &random))
        }
    }

    private static func distinct<Member: Hashable>(_ next: () -> Member) -> [Member] {
        Array(Set((0..<3).map { _ in next() }))
    }

    private static func number(using random: inout SeededRandom) -> DecimalNumber {
        let digits =
            String(random.int(in: -1_000_000...1_000_000)) + "." + String(random.int(in: 0...9999))
        let text = digits + "E" + String(random.int(in: -100...100))
        return (try? DecimalNumber(parsing: text)) ?? 0
    }

    private static func text(using random: inout SeededRandom) -> String {
        let alphabet: [Character] = ["a", "b", "\"", "\\", "\n", "\u{7F}", "é", "漢", "😀", "/", " "]
        return String(
            (0..<random.int(in: 1..<12)).compactMap { _ in alphabet.randomElement(using: &random) })
    }
}
