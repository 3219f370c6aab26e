internal import CKvdShims
@testable import StorageEngine
import Testing

@Suite("Checksums and hashes hold their published vectors")
struct HashVectorTests {
    @Test("XXH64 of the reference strings")
    func xxHash64() {
        let vectors: [(String, UInt64)] = [
            ("", 0xEF46_DB37_51D8_E999),
            ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ]
        for (text, expected) in vectors {
            #expect(XXHash64.hash([UInt8](text.utf8)) == expected, "\(text)")
        }
    }

    @Test("CRC-32C of the check string, RFC 3720's zeros, and any split")
    func crc32c() {
        let check = [UInt8]("123456789".utf8)
        #expect(check.withUnsafeBytes { Checksum.crc32c($0) } == 0xE306_9283)
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(zeros.withUnsafeBytes { Checksum.crc32c($0) } == 0x8A91_36AA)
        for split in 0...check.count {
            let first = check[..<split].withUnsafeBytes { Checksum.crc32c($0) }
            let both = check[split...].withUnsafeBytes { Checksum.crc32c($0, continuing: first) }
            #expect(both == 0xE306_9283)
        }
    }

    @Test("The instructions and the table compute the same CRC-32C for every length to 300")
    func instructionsMatchTable() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ 7) }
        for count in 0...bytes.count {
            #expect(kvd_crc32c(0, bytes, count) == kvd_crc32c_portable(0, bytes, count))
        }
    }
}
