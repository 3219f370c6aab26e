import KvdTestSupport
import Testing

@testable import ItemModel

/// The check of untrusted bytes: refuses or makes safe, and never reads outside.
struct StructuralCheckTests {
    /// Bytes that are accepted must be readable in every part and mean what an encoder writes.
    private func isSafe(_ bytes: [UInt8]) -> Bool {
        let guarded = GuardedBytes(bytes)
        guard EncodedItem.validating(guarded.bytes) else { return true }
        let item = ItemView(guarded.bytes)
        var encoder = ItemEncoder()
        encoder.beginItem()
        for index in 0..<item.count {
            let (name, value) = item.attribute(at: index)
            _ = value.decoded()
            encoder.beginAttribute(name: name)
            encoder.copy(value)
        }
        do {
            try encoder.endItem()
        } catch {
            return false
        }
        return encoder.withView { $0.sizeBytes == item.sizeBytes && ItemView.areEqual($0, item) }
    }

    @Test func damagedItemsAreRefusedOrSafe() throws {
        var random = SeededRandom.fromEnvironment("damagedItemsAreRefusedOrSafe")
        let values = RandomValues()
        for _ in 0..<100 {
            let original = try EncodedItem(values.item(using: &random)).bytes
            for _ in 0..<30 {
                let damaged = damage(original, &random)
                #expect(isSafe(damaged), "\(damaged)")
            }
        }
    }

    private func damage(_ original: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = original
        for _ in 0..<random.int(in: 1...3) {
            guard !bytes.isEmpty else { break }
            let place = random.int(in: 0..<bytes.count)
            switch random.int(in: 0..<6) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[place] ^= 1 << UInt8(random.int(in: 0..<8))
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.insert(contentsOf: random.bytes(count: 4), at: place)
            case 4: bytes.remove(at: place)
            default:
                let other = random.int(in: 0..<bytes.count)
                bytes.swapAt(place, other)
            }
        }
        return bytes
    }

    @Test func everyPrefixOfAnItemIsRefused() throws {
        let item: Item = ["a": ["k": .stringSet(["x", "y"])], "n": 1.5, "l": [true, nil]]
        let bytes = try EncodedItem(item).bytes
        for count in 0..<bytes.count {
            let guarded = GuardedBytes(Array(bytes.prefix(count)))
            #expect(!EncodedItem.validating(guarded.bytes))
        }
    }

    @Test func randomBytesAreRefusedOrSafe() {
        var random = SeededRandom.fromEnvironment("randomBytesAreRefusedOrSafe")
        for _ in 0..<2000 {
            var bytes = random.bytes(count: random.int(in: 0...64))
            if random.chance(3, in: 4), !bytes.isEmpty { bytes[0] = 1 }
            #expect(isSafe(bytes))
        }
    }

    /// `nested` is the body of an item with one attribute, then one list in another.
    @Test func nestingBeyondTheLimitIsRefused() throws {
        func item(_ levels: Int) -> [UInt8] {
            var value: [UInt8] = [0x30]
            for _ in 0..<levels {
                let body = [1, 0, 0, 0] + value + [4, 0, 0, 0]
                value = [0x4C] + word(body.count) + body
            }
            let size = 1 + 1 + levels * 4
            return [1] + word(size) + [1, 0, 0, 0, 1, 0x61] + value + [4, 0, 0, 0]
        }
        #expect(item(31).withUnsafeBytes { EncodedItem.validating($0) })
        #expect(!item(32).withUnsafeBytes { EncodedItem.validating($0) })
        #expect(!item(5000).withUnsafeBytes { EncodedItem.validating($0) })
    }

    private func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Test func theSizeInTheHeaderMustBeTheSize() throws {
        var bytes = try EncodedItem(["a": "text"]).bytes
        bytes[1] += 1
        #expect(!bytes.withUnsafeBytes { EncodedItem.validating($0) })
    }

    @Test func aTableOutOfOrderIsRefused() throws {
        var bytes = try EncodedItem(["a": nil, "b": nil]).bytes
        bytes.swapAt(bytes.count - 8, bytes.count - 4)
        #expect(!bytes.withUnsafeBytes { EncodedItem.validating($0) })
    }
}
