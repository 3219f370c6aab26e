import KvdTestSupport
import Testing

@testable import ItemModel

struct RoundTripTests {
    @Test func everyTypeComesBack() throws {
        let item: Item = [
            "S": "text", "empty": "", "N": -12.5, "B": .binary([0, 255]), "BOOL": true,
            "NULL": nil, "SS": .stringSet(["b", "a"]), "NS": .numberSet([3, -1, 0]),
            "BS": .binarySet([[1], []]), "L": ["x", 1, []], "M": ["k": ["l": nil]], "E": [:],
        ]
        #expect(try EncodedItem(item).decoded() == item)
    }

    @Test func randomItemsComeBackAndPassTheCheck() throws {
        var random = SeededRandom.fromEnvironment("randomItemsComeBackAndPassTheCheck")
        let values = RandomValues()
        for _ in 0..<200 {
            let item = values.item(using: &random)
            let encoded = try EncodedItem(item)
            #expect(encoded.decoded() == item)
            #expect(encoded.bytes.withUnsafeBytes { EncodedItem.validating($0) })
            #expect(encoded.withView { EncodedItem(copying: $0) } == encoded)
            for (name, value) in item {
                let found = encoded.withView { $0.value(named: name)?.decoded() }
                #expect(found == value)
            }
            #expect(encoded.withView { $0.value(named: "no such name") == nil })
        }
    }
}
