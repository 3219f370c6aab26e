import ItemModel
import KVDatabase
import KvdTestSupport
import Testing

@testable import DynamoWire

/// Whatever comes in, the decoders give a request or a `WireError`, and never touch memory that was
/// not lent to them.
struct HostileInputTests {
    static let examples: [String] = [
        """
        {"TableName":"orders","Item":{"id":{"S":"o-1 \\u00e9\\ud83d\\ude00"},"n":{"N":"1.5e3"},"b":{"B":"AAEC"},\
        "l":{"L":[{"BOOL":true},{"NULL":true},{"M":{"x":{"SS":["a","b"]},"y":{"NS":["1","2"]}}}]}},\
        "ConditionExpression":"attribute_not_exists(#i)","ExpressionAttributeNames":{"#i":"id"},\
        "ExpressionAttributeValues":{":v":{"BS":["AQ=="]}},"ReturnValues":"ALL_OLD","Unknown":[1,-2.5e7,{"a":null}]}
        """,
        """
        {"RequestItems":{"orders":[{"PutRequest":{"Item":{"id":{"S":"1"}}}},{"DeleteRequest":{"Key":{"id":{"S":"2"}}}}]},\
        "ReturnConsumedCapacity":"TOTAL"}
        """,
        """
        {"TableName":"orders","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":\
        [{"AttributeName":"id","KeyType":"HASH"}],"GlobalSecondaryIndexes":[{"IndexName":"byTime","KeySchema":\
        [{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]},\
        "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}],"Tags":[{"Key":"k","Value":"v"}]}
        """,
    ]

    /// Decodes a copy of `bytes` that ends where its allocation ends, so that a sanitizer or a guard
    /// page would see a read beyond it. True if some decoder takes it.
    private func isDecodable(_ bytes: [UInt8]) -> Bool {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        let body = UnsafeRawBufferPointer(memory)
        var decoder = WireDecoder()
        var isTaken = false
        func attempt(_ decode: (inout WireDecoder) throws(WireError) -> Void) {
            do throws(WireError) {
                try decode(&decoder)
                isTaken = true
            } catch {
                #expect([400, 413, 500].contains(error.httpStatus))
            }
        }
        attempt { (decoder) throws(WireError) in _ = try PutItem.decode(body, with: &decoder) }
        attempt { (decoder) throws(WireError) in _ = try BatchWriteItem.decode(body, with: &decoder)
        }
        attempt { (decoder) throws(WireError) in _ = try BatchGetItem.decode(body, with: &decoder) }
        attempt { (decoder) throws(WireError) in _ = try CreateTable.decode(body, with: &decoder) }
        attempt { (decoder) throws(WireError) in _ = try Query.decode(body, with: &decoder) }
        return isTaken
    }

    @Test(arguments: examples) func aRequestCutAnywhereIsRefused(_ json: String) {
        let bytes = Array(json.utf8)
        #expect(isDecodable(bytes))
        for count in 0..<bytes.count {
            #expect(!isDecodable(Array(bytes[..<count])), "cut at byte \(count)")
        }
    }

    @Test func randomDamageIsSurvived() {
        var random = SeededRandom.fromEnvironment("randomDamageIsSurvived")
        for _ in 0..<4000 {
            var bytes = Array((Self.examples.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<random.int(in: 1...4) {
                let place = random.int(in: 0..<bytes.count)
                switch random.int(in: 0..<4) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: random.bytes(count: 3), at: place)
                default:
                    let end = min(place + random.int(in: 1...30), bytes.count)
                    bytes.append(contentsOf: bytes[place..<end])
                }
            }
            _ = isDecodable(bytes)
        }
    }

    @Test func tokenSoupIsSurvived() {
        var random = SeededRandom.fromEnvironment("tokenSoupIsSurvived")
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "false", "1", "-1.5e9",
            "\"S\"", "\"N\"", "\"M\"",
            "\"L\"", "\"SS\"", "\"B\"", "\"Item\"", "\"Key\"", "\"TableName\"", "\"RequestItems\"",
            "\"PutRequest\"",
            "\"Keys\"", "\"KeySchema\"", "\\u0041", "\\ud800", " ", "é", "\u{0}", "{\"S\":\"x\"}",
            "{\"TableName\":",
        ]
        for _ in 0..<8000 {
            var text = random.chance(1, in: 2) ? "{" : ""
            for _ in 0..<random.int(in: 1...40) {
                text += tokens.randomElement(using: &random) ?? ""
            }
            _ = isDecodable(Array(text.utf8))
        }
    }
}
