import KvdTestSupport
import Testing

@testable import DynamoWire

struct Base64Tests {
    private func decoded(_ json: String) throws(WireError) -> [UInt8]? {
        try reading(Array(json.utf8)) { (reader) throws(WireError) in
            try reader.optionalBinary().map { Array($0) }
        }
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ])
    func vectorsOfRFC4648(_ encoded: String, _ plain: String) throws {
        #expect(try decoded("\"\(encoded)\"") == Array(plain.utf8))
        let json = written { writer in Array(plain.utf8).withUnsafeBytes { writer.base64($0) } }
        #expect(json == "\"\(encoded)\"")
    }

    @Test func randomBytesComeBack() throws {
        var random = SeededRandom.fromEnvironment("Base64Tests")
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let json = written { writer in bytes.withUnsafeBytes { writer.base64($0) } }
            #expect(try decoded(json) == bytes, "seed \(random.seed)")
        }
    }

    /// Clients may escape the slash; such text is decoded in place, in the scratch memory.
    @Test func escapedTextIsDecoded() throws {
        let bytes: [UInt8] = [0xFF, 0xFF, 0xFE, 0xFF, 0xEF]
        #expect(try decoded(#""\/\/\/+\/+8=""#) == bytes)
    }

    @Test(arguments: [
        ("\"23456\"", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ("\"=+/=\"", "Invalid last non-pad Base64 character dectected"),
        ("\"+/+=\"", "Invalid last non-pad Base64 character dectected"),
        ("\"ab!d\"", "Invalid Base64 character: '!'"),
        ("23", "only base-64-encoded strings are convertible to bytes"),
        ("true", "only base-64-encoded strings are convertible to bytes"),
        ("[]", "Unrecognized collection type class java.nio.ByteBuffer"),
        ("{}", "Start of structure or map found where not expected"),
    ])
    func refusals(_ json: String, _ message: String) {
        let error = #expect(throws: WireError.self) { try decoded(json) }
        #expect(error?.message == message)
        #expect(error?.isSerialization == true)
    }
}
