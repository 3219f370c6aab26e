import Testing

@testable import DynamoWire

struct JSONReaderTests {
    @Test func everyEscapeIsDecoded() throws {
        #expect(
            try text(#""\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00""#) == "\"\\/\u{08}\u{0C}\n\r\té€😀"
        )
    }

    @Test func plainTextIsLentFromTheBodyItself() throws {
        let bytes = Array(#""plain""#.utf8)
        bytes.withUnsafeBytes { body in
            var reader = JSONReader(body, scratch: ScratchMemory())
            let text = try? reader.text()
            #expect(text?.bytes.baseAddress == body.baseAddress.map { $0 + 1 })
        }
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#, #""\x""#, #""\u12G4""#,
        #""\u"#,
        "\"a\u{01}b\"", "\"tab\tinside\"", #""unterminated"#, #""escape at the end\"#,
    ])
    func malformedStringsAreRefused(_ json: String) {
        #expect(throws: WireError.self) { try text(json) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8IsRefused(_ sequence: [UInt8]) {
        // Once with room for a whole word after it, once at the very end.
        for tail in ["\"", "12345678\""] {
            let bytes = Array("\"ab".utf8) + sequence + Array(tail.utf8)
            #expect(throws: WireError.self) {
                try reading(bytes) { (reader) throws(WireError) in _ = try reader.text() }
            }
        }
    }

    @Test func everyLengthOfTextIsScanned() throws {
        // The scan goes by words of eight bytes: every remainder, with and without a long character.
        for count in 0..<40 {
            let plain = String(repeating: "x", count: count)
            #expect(try text("\"\(plain)\"") == plain)
            #expect(try text("\"\(plain)é\"") == plain + "é")
            #expect(try text("\"\(plain)\\n\(plain)\"") == plain + "\n" + plain)
        }
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("42", 42), ("-17", -17), ("1.9", 1), ("-1.9", -1), ("12e2", 1200),
        ("1E400", Int.max), ("99999999999999999999", Int.max), ("-99999999999999999999", Int.min),
    ])
    func numbersBecomeIntegers(_ json: String, _ value: Int) throws {
        let number = try reading(Array(json.utf8)) { (reader) throws(WireError) in
            try reader.optionalLong()
        }
        #expect(number == value)
    }

    @Test(arguments: ["01", "-", "1.", ".5", "1e", "1e+", "+1", "0x10", "NaN", "--1", "1 2"])
    func malformedNumbersAreRefused(_ json: String) {
        #expect(throws: WireError.self) {
            try reading(Array(json.utf8)) { (reader) throws(WireError) in
                try reader.skipValue()
                try reader.finish()
            }
        }
    }

    @Test(arguments: [
        "{", "}", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, #"{a:1}"#, "[1,]",
        "[,1]",
        "[1 2]", "[", "]", "[1", "tru", "truex", "nul", "falsy", "{}{}", "[] 1", "\u{FEFF}{}",
        "'a'", "",
        "   ",
    ])
    func malformedDocumentsAreRefused(_ json: String) {
        #expect(throws: WireError.self) {
            try reading(Array(json.utf8)) { (reader) throws(WireError) in
                try reader.skipValue()
                try reader.finish()
            }
        }
    }

    @Test func whiteSpaceMayStandBetweenTokens() throws {
        let json = " \t\r\n{ \"a\" : [ 1 , { } , [ ] , null , true , false ] , \"b\" : \"\" } \n"
        try reading(Array(json.utf8)) { (reader) throws(WireError) in
            try reader.skipValue()
            try reader.finish()
        }
    }

    @Test func depthIsBounded() {
        let levels = JSONReader.maximumDepth
        let deepest = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect(throws: Never.self) {
            try reading(Array(deepest.utf8)) { (reader) throws(WireError) in try reader.skipValue()
            }
        }
        let tooDeep = String(repeating: "[", count: 100_000)
        #expect(throws: WireError.self) {
            try reading(Array(tooDeep.utf8)) { (reader) throws(WireError) in try reader.skipValue()
            }
        }
    }

    @Test func malformedTextSaysWhere() {
        let error = #expect(throws: WireError.self) {
            try reading(Array(#"{"a":1 "b":2}"#.utf8)) { (reader) throws(WireError) in
                try reader.skipValue()
            }
        }
        #expect(error?.message == "Malformed JSON at byte 7: expected ',' or '}'")
        #expect(error?.isSerialization == true)
    }
}
