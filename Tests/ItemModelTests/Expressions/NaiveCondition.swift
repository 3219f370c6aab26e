import ItemModel
import KvdTestSupport

/// A condition as a tree of Swift values, evaluated over decoded items in the plainest way: the
/// model that the compiled program is compared with.
indirect enum NaiveCondition {
    case comparison(NaiveOperand, String, NaiveOperand)
    case between(NaiveOperand, NaiveOperand, NaiveOperand)
    case isIn(NaiveOperand, [NaiveOperand])
    case exists(NaiveOperand)
    case notExists(NaiveOperand)
    case hasType(NaiveOperand, AttributeType)
    case beginsWith(NaiveOperand, NaiveOperand)
    case contains(NaiveOperand, NaiveOperand)
    case and(NaiveCondition, NaiveCondition)
    case or(NaiveCondition, NaiveCondition)
    case not(NaiveCondition)

    func evaluate(_ item: Item) -> Bool {
        switch self {
        case .comparison(let left, let comparator, let right):
            let (left, right) = (left.value(in: item), right.value(in: item))
            if comparator == "=" { return Self.isEqual(left, right) }
            if comparator == "<>" { return !Self.isEqual(left, right) }
            guard let order = Self.order(left, right) else { return false }
            switch comparator {
            case "<": return order < 0
            case "<=": return order <= 0
            case ">": return order > 0
            default: return order >= 0
            }
        case .between(let value, let low, let high):
            let value = value.value(in: item)
            guard let below = Self.order(low.value(in: item), value),
                let above = Self.order(value, high.value(in: item))
            else { return false }
            return below <= 0 && above <= 0
        case .isIn(let value, let others):
            guard let value = value.value(in: item) else { return false }
            return others.contains { $0.value(in: item) == value }
        case .exists(let path): return path.value(in: item).map { _ in true } ?? false
        case .notExists(let path): return path.value(in: item).map { _ in false } ?? true
        case .hasType(let path, let type): return path.value(in: item)?.type == type
        case .beginsWith(let whole, let prefix):
            switch (whole.value(in: item), prefix.value(in: item)) {
            case (.string(let whole)?, .string(let prefix)?):
                return Array(whole.utf8).starts(with: prefix.utf8)
            case (.binary(let whole)?, .binary(let prefix)?): return whole.starts(with: prefix)
            default: return false
            }
        case .contains(let whole, let part):
            guard let whole = whole.value(in: item), let part = part.value(in: item) else {
                return false
            }
            return Self.contains(whole, part)
        case .and(let left, let right): return left.evaluate(item) && right.evaluate(item)
        case .or(let left, let right): return left.evaluate(item) || right.evaluate(item)
        case .not(let condition): return !condition.evaluate(item)
        }
    }

    private static func isEqual(_ left: AttributeValue?, _ right: AttributeValue?) -> Bool {
        guard let left, let right else { return false }
        return left == right
    }

    static func order(_ left: AttributeValue?, _ right: AttributeValue?) -> Int? {
        switch (left, right) {
        case (.number(let left)?, .number(let right)?):
            left < right ? -1 : (left == right ? 0 : 1)
        case (.string(let left)?, .string(let right)?):
            order(bytes: Array(left.utf8), Array(right.utf8))
        case (.binary(let left)?, .binary(let right)?): order(bytes: left, right)
        default: nil
        }
    }

    private static func order(bytes left: [UInt8], _ right: [UInt8]) -> Int {
        left == right ? 0 : (left.lexicographicallyPrecedes(right) ? -1 : 1)
    }

    private static func contains(_ whole: AttributeValue, _ part: AttributeValue) -> Bool {
        switch (whole, part) {
        case (.string(let whole), .string(let part)): occurs(Array(part.utf8), Array(whole.utf8))
        case (.binary(let whole), .binary(let part)): occurs(part, whole)
        case (.stringSet(let set), .string(let member)): set.contains(member)
        case (.numberSet(let set), .number(let member)): set.contains(member)
        case (.binarySet(let set), .binary(let member)): set.contains(member)
        case (.list(let elements), _): elements.contains(part)
        default: false
        }
    }

    private static func occurs(_ part: [UInt8], _ whole: [UInt8]) -> Bool {
        part.isEmpty || whole.indices.contains { whole[$0...].starts(with: part) }
    }
}

/// An operand of the model.
enum NaiveOperand {
    case path([Step])
    case value(placeholder: String, AttributeValue)
    case size([Step])

    enum Step {
        case name(String)
        case index(Int)
    }

    func value(in item: Item) -> AttributeValue? {
        switch self {
        case .path(let steps): Self.follow(steps, in: item)
        case .value(_, let value): value
        case .size(let steps):
            Self.follow(steps, in: item).flatMap(Self.size).map { .number(DecimalNumber($0)) }
        }
    }

    private static func follow(_ steps: [Step], in item: Item) -> AttributeValue? {
        var current: AttributeValue? = .map(item)
        for step in steps {
            switch (step, current) {
            case (.name(let name), .map(let map)?): current = map[name]
            case (.index(let index), .list(let list)?):
                current = list.indices.contains(index) ? list[index] : .none
            default: return .none
            }
        }
        return current
    }

    private static func size(_ value: AttributeValue) -> Int? {
        switch value {
        case .string(let text): text.utf16.count
        case .binary(let bytes): bytes.count
        case .stringSet(let members): members.count
        case .numberSet(let members): members.count
        case .binarySet(let members): members.count
        case .list(let elements): elements.count
        case .map(let map): map.count
        case .number, .bool, .null: nil
        }
    }

    var text: String {
        switch self {
        case .path(let steps): Self.text(of: steps)
        case .value(let placeholder, _): placeholder
        case .size(let steps): "size(\(Self.text(of: steps)))"
        }
    }

    private static func text(of steps: [Step]) -> String {
        var text = ""
        for step in steps {
            switch step {
            case .name(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}

extension NaiveCondition {
    /// The condition in the expression language, with the parentheses that its shape needs.
    var text: String {
        switch self {
        case .comparison(let left, let comparator, let right):
            "\(left.text) \(comparator) \(right.text)"
        case .between(let value, let low, let high):
            "\(value.text) BETWEEN \(low.text) AND \(high.text)"
        case .isIn(let value, let others):
            "\(value.text) IN (\(others.map(\.text).joined(separator: ", ")))"
        case .exists(let path): "attribute_exists(\(path.text))"
        case .notExists(let path): "attribute_not_exists(\(path.text))"
        case .hasType(let path, let type): "attribute_type(\(path.text), :type\(type.name))"
        case .beginsWith(let whole, let prefix): "begins_with(\(whole.text), \(prefix.text))"
        case .contains(let whole, let part): "contains(\(whole.text), \(part.text))"
        case .and(let left, let right):
            "\(left.grouped(below: 2)) AND \(right.grouped(below: 3))"
        case .or(let left, let right):
            "\(left.grouped(below: 1)) OR \(right.grouped(below: 2))"
        case .not(let condition): "NOT \(condition.grouped(below: 3))"
        }
    }

    private var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .not: 3
        default: 4
        }
    }

    private func grouped(below limit: Int) -> String {
        precedence < limit ? "(\(text))" : text
    }
}
