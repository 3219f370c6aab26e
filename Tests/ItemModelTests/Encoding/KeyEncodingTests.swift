import KvdTestSupport
import Testing

@testable import ItemModel

/// Parts of keys keep their order, also where other parts follow them.
struct KeyEncodingTests {
    /// Few distinct bytes, so that parts share prefixes and meet the escape.
    private func part(_ random: inout SeededRandom) -> [UInt8] {
        let alphabet: [UInt8] = [0x00, 0x01, 0x7F, 0xFE, 0xFF]
        return (0..<random.int(in: 0...4)).map { _ in alphabet[random.int(in: 0..<5)] }
    }

    private func escaped(_ parts: [[UInt8]]) -> [UInt8] {
        var key: [UInt8] = []
        for part in parts.dropLast() {
            part.withUnsafeBytes { KeyEncoding.appendEscaped($0, to: &key) }
        }
        return key + (parts.last ?? [])
    }

    @Test func keysSortAsTheirParts() {
        var random = SeededRandom.fromEnvironment("keysSortAsTheirParts")
        var mistakes: [String] = []
        for _ in 0..<50_000 {
            let left = (0..<3).map { _ in part(&random) }
            let right = (0..<3).map { _ in part(&random) }
            let expected = left.lexicographicallyPrecedes(right) {
                $0.lexicographicallyPrecedes($1)
            }
            if escaped(left).lexicographicallyPrecedes(escaped(right)) != expected {
                mistakes.append("\(left) and \(right)")
            }
        }
        #expect(mistakes.isEmpty)
    }

    @Test func partsComeBack() {
        var random = SeededRandom.fromEnvironment("partsComeBack")
        for _ in 0..<2000 {
            let parts = (0..<3).map { _ in part(&random) }
            let key = escaped(parts)
            key.withUnsafeBytes { key in
                let first = KeyEncoding.readEscaped(key, from: 0)
                let second = KeyEncoding.readEscaped(key, from: first?.next ?? -1)
                #expect(first?.bytes == parts[0])
                #expect(second?.bytes == parts[1])
                #expect(second.map { Array(key[$0.next...]) } == parts[2])
            }
        }
    }

    @Test(arguments: [[], [1], [1, 0], [1, 0, 1], [0, 0xFF], [0, 0xFE, 0, 0]] as [[UInt8]])
    func bytesThatAreNoPartAreRefused(bytes: [UInt8]) {
        let guarded = GuardedBytes(bytes)
        #expect(KeyEncoding.readEscaped(guarded.bytes, from: 0)?.bytes == nil)
    }

    @Test(arguments: ["text", -12.5, .binary([0, 255])] as [AttributeValue])
    func aKeyComesBackAsItsValue(value: AttributeValue) throws {
        var encoder = ItemEncoder()
        encoder.beginItem()
        try EncodedItem(["k": value]).withView { item in
            guard let stored = item.value(named: "k") else { return }
            encoder.beginAttribute(name: "k")
            KeyEncoding.appendValue(
                type: stored.type, keyBytes: KeyEncoding.keyBytes(of: stored), to: &encoder)
        }
        try encoder.endItem()
        #expect(encoder.take().decoded()["k"] == value)
    }
}
