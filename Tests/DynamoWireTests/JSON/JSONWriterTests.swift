import KvdTestSupport
import Testing

@testable import DynamoWire

struct JSONWriterTests {
    @Test func everyCharacterBelowSpaceIsEscaped() throws {
        for value in UInt8(0)..<0x20 {
            let json = written { $0.string(String(Character(Unicode.Scalar(value)))) }
            #expect(json.utf8.allSatisfy { $0 >= 0x20 })
            #expect(try text(json) == String(Character(Unicode.Scalar(value))))
        }
        #expect(
            written { $0.string("\"\\/\u{08}\u{0C}\n\r\t\u{01}\u{1F}") }
                == #""\"\\/\b\f\n\r\t\u0001\u001f""#)
    }

    @Test func commasStandBetweenMembersAndElements() {
        let json = written { json in
            json.beginObject()
            json.name("a")
            json.integer(1)
            json.name("b")
            json.beginArray()
            json.bool(true)
            json.null()
            json.beginObject()
            json.endObject()
            json.beginArray()
            json.endArray()
            json.string("x")
            json.endArray()
            json.name("c")
            json.double(0.5)
            json.endObject()
        }
        #expect(json == #"{"a":1,"b":[true,null,{},[],"x"],"c":0.5}"#)
    }

    @Test(arguments: [
        (0, "0"), (-1, "-1"), (10, "10"), (Int.max, "9223372036854775807"),
        (Int.min, "-9223372036854775808"),
    ])
    func integers(_ value: Int, _ json: String) {
        #expect(written { $0.integer(value) } == json)
    }

    @Test func randomTextsComeBack() throws {
        var random = SeededRandom.fromEnvironment("JSONWriterTests")
        let alphabet: [Character] = [
            "a", "\"", "\\", "\n", "\u{00}", "\u{1F}", "é", "€", "😀", "/", " ", "z",
        ]
        for _ in 0..<500 {
            let count = Int.random(in: 0..<60, using: &random)
            let value = String(
                (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" })
            #expect(try text(written { $0.string(value) }) == value, "seed \(random.seed)")
        }
    }

    @Test func theBufferGrowsAndIsReused() throws {
        let writer = JSONWriter()
        for count in [10, 5_000, 300_000, 20] {
            let value = String(repeating: "é\n", count: count)
            writer.removeAll()
            writer.string(value)
            let json = writer.withBytes { String(decoding: $0, as: UTF8.self) }
            #expect(try text(json) == value)
        }
    }
}
