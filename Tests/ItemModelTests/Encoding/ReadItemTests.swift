import KvdTestSupport
import Testing

@testable import ItemModel

/// An item that was read keeps its stored form; nobody can tell it from one that a program made.
struct ReadItemTests {
    private let values = RandomValues()

    @Test func whatIsReadIsWhatWasMade() throws {
        var random = SeededRandom.fromEnvironment("whatIsReadIsWhatWasMade")
        for _ in 0..<200 {
            let made = values.item(using: &random)
            let read = try EncodedItem(made).decoded()
            #expect(read == made)
            #expect(made == read)
            #expect(read.hashValue == made.hashValue)
            #expect(read.count == made.count)
            #expect(read.map(\.name) == made.map(\.name))
            for (name, value) in made {
                #expect(read[name] == value)
                let longer = name + "a"
                #expect(read[longer] == made[longer])
                let shorter = String(name.unicodeScalars.dropLast())
                #expect(read[shorter] == made[shorter])
            }
        }
    }

    @Test func itChangesAsOneThatWasMade() throws {
        var random = SeededRandom.fromEnvironment("itChangesAsOneThatWasMade")
        for _ in 0..<100 {
            let original = values.item(using: &random)
            let encoded = try EncodedItem(original)
            var made = original
            var read = encoded.decoded()
            for _ in 0..<random.int(in: 1...8) {
                let known = made.randomElement(using: &random)?.name
                let name = random.chance(1, in: 2) ? known : nil
                change(
                    name ?? values.name(using: &random),
                    to: random.chance(1, in: 2) ? values.value(height: 3, using: &random) : nil,
                    of: &made, &read)
                #expect(read == made)
            }
            #expect(try EncodedItem(read) == EncodedItem(made))
            #expect(encoded.decoded() == original)
        }
    }

    private func change(
        _ name: String, to value: AttributeValue?, of made: inout Item, _ read: inout Item
    ) {
        made[name] = value
        read[name] = value
    }

    @Test func aMapWithinItChangesAlone() throws {
        let encoded = try EncodedItem(["m": ["a": 1, "b": ["c": 2]]])
        let item = encoded.decoded()
        guard var map = item["m"]?.mapValue else { throw ItemError("no map") }
        map["a"] = 3
        #expect(map == ["a": 3, "b": ["c": 2]])
        #expect(item == ["m": ["a": 1, "b": ["c": 2]]])
    }
}
