import KvdTestSupport

@testable import ItemModel

/// Random documents: all types, all nesting within a bound, numbers of all magnitudes.
struct RandomValues {
    var maximumHeight = 5

    func item(using random: inout SeededRandom) -> Item {
        Item(
            (0..<random.int(in: 0...40)).map { _ in
                (name(using: &random), value(height: maximumHeight, using: &random))
            })
    }

    func name(using random: inout SeededRandom) -> String {
        let alphabet = ["a", "b", "id", "é", "e\u{301}", "名", "😀", "\u{0}", "-", "."]
        let count = random.chance(1, in: 20) ? random.int(in: 100...300) : random.int(in: 1...6)
        return (0..<count).map { _ in alphabet[random.int(in: 0..<alphabet.count)] }.joined()
    }

    func value(height: Int, using random: inout SeededRandom) -> AttributeValue {
        switch random.int(in: 0..<(height > 1 ? 10 : 8)) {
        case 0: return .string(name(using: &random))
        case 1: return .number(number(using: &random))
        case 2: return .binary(random.bytes(count: random.int(in: 0...200)))
        case 3: return .bool(random.chance(1, in: 2))
        case 4: return .null
        case 5: return .stringSet(members(using: &random) { name(using: &$0) })
        case 6: return .numberSet(members(using: &random) { number(using: &$0) })
        case 7:
            return .binarySet(
                members(using: &random) { $0.bytes(count: $0.int(in: 0...12)) })
        case 8:
            return .list(
                (0..<random.int(in: 0...4)).map { _ in
                    value(height: height - 1, using: &random)
                })
        default:
            return .map(
                Item(
                    (0..<random.int(in: 0...40)).map { _ in
                        (name(using: &random), value(height: height - 3, using: &random))
                    }))
        }
    }

    /// Distinct by bytes, which is more than distinct by Swift's equality of texts.
    private func members<Member: Hashable>(
        using random: inout SeededRandom, _ make: (inout SeededRandom) -> Member
    ) -> [Member] {
        var seen: Set<Member> = []
        return (0..<random.int(in: 1...30)).map { _ in make(&random) }
            .filter { seen.insert($0).inserted }
    }

    /// Any number of the range, at its edges more often than chance would have it.
    func number(using random: inout SeededRandom) -> DecimalNumber {
        guard let number = try? DecimalNumber(parsing: numberText(using: &random)) else {
            return 0
        }
        return number
    }

    func numberText(using random: inout SeededRandom) -> String {
        let edges = [
            "0", "1", "-1", "1E-130", "-1E-130", "9.9999999999999999999999999999999999999E+125",
            "-9.9999999999999999999999999999999999999E+125", "1E125", "1E124", "1E-129",
            "1.2345678901234567890123456789012345678", "99", "100", "0.1", "0.01", "-100",
            "99999999999999999999999999999999999999",
            "1.0000000000000000000000000000000000001E-130",
        ]
        if random.chance(1, in: 10) { return edges[random.int(in: 0..<edges.count)] }
        let digitCount = random.chance(1, in: 4) ? 38 : random.int(in: 1...20)
        var text = random.chance(1, in: 2) ? "-" : ""
        text += String(random.int(in: 1...9)) + "."
        for _ in 1..<max(digitCount, 2) {
            text += String(random.chance(1, in: 4) ? 0 : random.int(in: 0...9))
        }
        let narrow = random.chance(1, in: 2)
        return text + "E" + String(narrow ? random.int(in: -3...3) : random.int(in: -130...125))
    }
}
