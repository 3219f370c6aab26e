import KvdTestSupport
import Testing

@testable import DynamoWire

struct CRC32Tests {
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBytes { CRC32.checksum($0) }
    }

    @Test(
        arguments: [
            ("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926),
            ("The quick brown fox jumps over the lazy dog", 0x414F_A339), ("{}", 2_745_614_147),
        ] as [(String, UInt32)])
    func knownVectors(_ text: String, _ crc: UInt32) {
        #expect(checksum(Array(text.utf8)) == crc)
    }

    /// The definition, one bit at a time.
    private func bitwise(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    @Test func slicingEqualsTheDefinition() {
        var random = SeededRandom.fromEnvironment("CRC32Tests")
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(checksum(bytes) == bitwise(bytes), "seed \(random.seed), \(count) bytes")
        }
    }
}
