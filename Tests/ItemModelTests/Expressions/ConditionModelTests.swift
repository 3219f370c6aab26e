import ItemModel
import KvdTestSupport
import Testing

@Suite struct ConditionModelTests {
    @Test func conditionsOverStoredBytesAgreeWithTheModel() throws {
        let seeds = SeededRandom.fromEnvironment("conditionsOverStoredBytesAgreeWithTheModel")
        var matched = 0
        let runs = 2000
        for run in 0..<runs {
            var maker = RandomCondition(random: seeds.split(UInt64(run)))
            let condition = maker.condition(depth: 4)
            var attributes = try ExpressionAttributes(
                names: nil, values: EncodedItem(maker.values))
            let parsed = try ConditionExpression(
                parsing: condition.text, kind: .filter, attributes: &attributes)
            for _ in 0..<5 {
                let item = maker.item()
                let result = try EncodedItem(item).withView { try parsed.matches($0) }
                let expected = condition.evaluate(item)
                try #require(
                    result == expected,
                    "run \(run): \(condition.text) of \(item) with \(maker.values)")
                if result { matched += 1 }
            }
        }
        // A generator whose conditions were all true or all false would test nothing.
        #expect(matched > runs / 2 && matched < runs * 5 - runs / 2)
    }
}
