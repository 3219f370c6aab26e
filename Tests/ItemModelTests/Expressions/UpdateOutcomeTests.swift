import ItemModel
import Testing

/// What UPDATED_OLD and UPDATED_NEW return.
@Suite struct UpdateOutcomeTests {
    private static let item: Item = [
        "pk": "k", "n": 5, "s": "text", "ss": .stringSet(["a", "b"]), "l": [10, 20, 30],
        "m": ["x": 1, "deeper": ["y": [1, 2]]],
    ]

    private static func check(
        _ expression: String, values: Item? = nil, old: Item?, new: Item?
    ) throws {
        let outcome = try updated(
            expression, values: values, item: item, wanted: [.updatedOld, .updatedNew])
        #expect(outcome.updatedOld?.decoded() == old, "\(expression): the old values")
        #expect(outcome.updatedNew?.decoded() == new, "\(expression): the new values")
    }

    @Test func topLevelAttributes() throws {
        try Self.check(
            "SET n = :v, a = :v", values: [":v": 9], old: ["n": 5], new: ["n": 9, "a": 9])
    }

    @Test func removedAttributesAreOldOnly() throws {
        try Self.check("REMOVE n, absent", old: ["n": 5], new: nil)
    }

    @Test func nestedAttributesKeepTheirPlace() throws {
        try Self.check(
            "SET m.x = :v REMOVE m.deeper.y[0]", values: [":v": 2],
            old: ["m": ["x": 1, "deeper": ["y": [1]]]], new: ["m": ["x": 2]])
    }

    @Test func elementsOfAList() throws {
        try Self.check(
            "SET l[0] = :v, l[7] = :w", values: [":v": "a", ":w": "b"], old: ["l": [10]],
            new: ["l": ["a", "b"]])
    }

    @Test func sets() throws {
        try Self.check(
            "DELETE ss :s", values: [":s": .stringSet(["a"])],
            old: ["ss": .stringSet(["a", "b"])], new: ["ss": .stringSet(["b"])])
    }

    @Test func aSetThatIsGoneIsOldOnly() throws {
        try Self.check(
            "DELETE ss :s", values: [":s": .stringSet(["a", "b"])],
            old: ["ss": .stringSet(["a", "b"])], new: nil)
    }

    @Test func aNewItemHasNoOldValues() throws {
        let outcome = try updated(
            "SET a = :v", values: [":v": 1], item: nil, wanted: [.updatedOld, .updatedNew])
        #expect(outcome.updatedOld == nil)
        #expect(outcome.updatedNew?.decoded() == ["a": 1])
    }

    @Test func whatIsNotWantedIsNotMade() throws {
        let outcome = try updated("SET n = :v", values: [":v": 1], item: Self.item)
        #expect(outcome.updatedOld == nil)
        #expect(outcome.updatedNew == nil)
    }
}
