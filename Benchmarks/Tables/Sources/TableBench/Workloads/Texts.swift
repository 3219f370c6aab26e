/// Texts of one length whose second half compresses to nothing and whose first half hardly does.
///
/// They are made once: what an operation pays for is the engine, not the making of its value.
struct Texts: Sendable {
    private let texts: [String]

    /// - Parameter length: in bytes, all of them ASCII.
    init(length: Int, seed: UInt64) {
        let alphabet = Array(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
        var random = SplitMix64(seed: seed)
        texts = (0..<1024).map { _ in
            let half = (0..<length / 2).map { _ in alphabet[random.below(alphabet.count)] }
            let rest = [UInt8](repeating: UInt8(ascii: "."), count: length - half.count)
            return String(decoding: half + rest, as: UTF8.self)
        }
    }

    /// The text of a number; the same number has the same text.
    subscript(number: Int) -> String { texts[Int(UInt(bitPattern: number) % 1024)] }
}
