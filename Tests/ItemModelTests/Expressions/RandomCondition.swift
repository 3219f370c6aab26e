import ItemModel
import KvdTestSupport

/// Makes random items, and conditions over a few attribute names so that they often meet.
struct RandomCondition {
    var random: SeededRandom
    private(set) var values = Item()

    init(random: SeededRandom) {
        self.random = random
        for type in AttributeType.allCases { values[":type\(type.name)"] = .string(type.name) }
    }

    private static let names = ["a", "b", "c", "d", "e"]

    mutating func item() -> Item {
        var item = Item()
        for name in Self.names where random.chance(4, in: 5) { item[name] = value(depth: 2) }
        return item
    }

    mutating func value(depth: Int) -> AttributeValue {
        switch random.int(in: 0..<(depth > 0 ? 12 : 8)) {
        case 0, 1: return number()
        case 2, 3: return .string(text())
        case 4: return .binary(bytes())
        case 5: return .bool(random.chance(1, in: 2))
        case 6: return .null
        case 7:
            switch random.int(in: 0..<3) {
            case 0: return .stringSet(Array(Set((0..<3).map { _ in text() })))
            case 1: return .numberSet([DecimalNumber(random.int(in: -2...2)), 7])
            default: return .binarySet([bytes() + [9], [1, 2, 3, 4]])
            }
        case 8, 9:
            return .list((0..<random.int(in: 0...3)).map { _ in value(depth: depth - 1) })
        default:
            var map = Item()
            for name in Self.names where random.chance(1, in: 2) {
                map[name] = value(depth: depth - 1)
            }
            return .map(map)
        }
    }

    private mutating func number() -> AttributeValue {
        let whole = random.int(in: -3...3)
        return .number(
            random.chance(1, in: 3)
                ? DecimalNumber(floatLiteral: Double(whole) + 0.5)
                : DecimalNumber(whole))
    }

    private mutating func text() -> String {
        String(
            (0..<random.int(in: 0...3)).map { _ in ["x", "y", "é", "𝄞"][random.int(in: 0..<4)] }
                .joined())
    }

    private mutating func bytes() -> [UInt8] {
        (0..<random.int(in: 0...3)).map { _ in UInt8(random.int(in: 0...2)) }
    }

    // MARK: Conditions

    mutating func condition(depth: Int) -> NaiveCondition {
        if depth > 0, random.chance(2, in: 3) {
            switch random.int(in: 0..<3) {
            case 0: return .and(condition(depth: depth - 1), condition(depth: depth - 1))
            case 1: return .or(condition(depth: depth - 1), condition(depth: depth - 1))
            default: return .not(condition(depth: depth - 1))
            }
        }
        switch random.int(in: 0..<10) {
        case 0: return .exists(.path(path()))
        case 1: return .notExists(.path(path()))
        case 2:
            let types = AttributeType.allCases
            return .hasType(.path(path()), types[random.int(in: 0..<types.count)])
        case 3:
            return .beginsWith(.path(path()), constant { $0.type == .string || $0.type == .binary })
        case 4: return .contains(.path(path()), constant { _ in true })
        case 5:
            return .isIn(
                attribute(), (0..<random.int(in: 1...3)).map { _ in constant { _ in true } })
        case 6: return between()
        default:
            let comparators = ["=", "<>", "<", "<=", ">", ">="]
            let comparator = comparators[random.int(in: 0..<comparators.count)]
            return .comparison(
                attribute(), comparator,
                constant { comparator == "=" || comparator == "<>" || Self.isOrdered($0) })
        }
    }

    private static func isOrdered(_ value: AttributeValue) -> Bool {
        value.type == .number || value.type == .string || value.type == .binary
    }

    /// Bounds that are refused before any evaluation are put the right way round.
    private mutating func between() -> NaiveCondition {
        let low = constant(where: Self.isOrdered)
        let high = constant { [type = Self.type(of: low)] value in value.type == type }
        guard let order = NaiveCondition.order(low.value(in: [:]), high.value(in: [:])) else {
            preconditionFailure("two ordered values of one type have an order")
        }
        return order <= 0 ? .between(attribute(), low, high) : .between(attribute(), high, low)
    }

    private static func type(of operand: NaiveOperand) -> AttributeType? {
        operand.value(in: [:])?.type
    }

    private mutating func attribute() -> NaiveOperand {
        random.chance(1, in: 5) ? .size(path()) : .path(path())
    }

    private mutating func path() -> [NaiveOperand.Step] {
        var steps: [NaiveOperand.Step] = [.name(Self.names[random.int(in: 0..<5)])]
        while random.chance(1, in: 3) {
            steps.append(
                random.chance(1, in: 2)
                    ? .index(random.int(in: 0...2)) : .name(Self.names[random.int(in: 0..<5)]))
        }
        return steps
    }

    private mutating func constant(where isAllowed: (AttributeValue) -> Bool) -> NaiveOperand {
        while true {
            let value = value(depth: 1)
            guard isAllowed(value) else { continue }
            let placeholder = ":v\(values.count)"
            values[placeholder] = value
            return .value(placeholder: placeholder, value)
        }
    }
}
