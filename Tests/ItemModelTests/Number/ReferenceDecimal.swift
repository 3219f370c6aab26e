/// Exact decimal arithmetic on arrays of digits, as at school: slow, short, and with nothing in
/// common with the code under test.
struct ReferenceDecimal {
    var isNegative = false
    /// Most significant first, no leading or trailing zeros; empty for zero.
    var digits: [Int] = []
    /// The power of ten of the last digit.
    var exponent = 0

    /// Reads a text that is known to be a number.
    init(_ text: String) {
        var mantissa = text
        if let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            exponent = Int(text[text.index(after: mark)...]) ?? 0
            mantissa = String(text[..<mark])
        }
        var sawPoint = false
        for character in mantissa {
            if character == "-" { isNegative = true }
            if character == "." { sawPoint = true }
            guard let digit = character.wholeNumberValue else { continue }
            digits.append(digit)
            if sawPoint { exponent -= 1 }
        }
        normalize()
    }

    private mutating func normalize() {
        digits = Array(digits.drop { $0 == 0 })
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }

    var magnitude: Int { exponent + digits.count - 1 }

    enum Verdict { case number, tooManyDigits, overflow, underflow }

    var verdict: Verdict {
        if digits.isEmpty { return .number }
        if magnitude > 125 { return .overflow }
        if magnitude < -130 { return .underflow }
        return digits.count > 38 ? .tooManyDigits : .number
    }

    var text: String {
        if digits.isEmpty { return "0" }
        var text = isNegative ? "-" : ""
        let all = digits.map(String.init)
        if exponent >= 0 {
            text += all.joined() + String(repeating: "0", count: exponent)
        } else if -exponent < digits.count {
            let point = digits.count + exponent
            text += all[..<point].joined() + "." + all[point...].joined()
        } else {
            text += "0." + String(repeating: "0", count: -exponent - digits.count) + all.joined()
        }
        return text
    }

    /// Negative, zero or positive.
    static func compare(_ left: ReferenceDecimal, _ right: ReferenceDecimal) -> Int {
        let (a, b, _) = aligned(left, right)
        let order = a.lexicographicallyPrecedes(b) ? -1 : (a == b ? 0 : 1)
        switch (left.isNegative, right.isNegative) {
        case (false, false): return order
        case (true, true): return -order
        case (true, false): return -1
        case (false, true): return 1
        }
    }

    /// Digits of both over the same places, and the exponent of the last place.
    private static func aligned(
        _ left: ReferenceDecimal, _ right: ReferenceDecimal
    ) -> ([Int], [Int], Int) {
        let low = min(left.exponent, right.exponent)
        let high = max(left.magnitude, right.magnitude) + 1
        func places(_ number: ReferenceDecimal) -> [Int] {
            (0...(high - low)).map { index in
                let place = high - index - number.exponent
                return (0..<number.digits.count).contains(place)
                    ? number.digits[number.digits.count - 1 - place] : 0
            }
        }
        return (places(left), places(right), low)
    }

    static func + (left: ReferenceDecimal, right: ReferenceDecimal) -> ReferenceDecimal {
        if left.digits.isEmpty { return right }
        if right.digits.isEmpty { return left }
        var (a, b, low) = aligned(left, right)
        var result = left
        let isSum = left.isNegative == right.isNegative
        if !isSum, a.lexicographicallyPrecedes(b) {
            swap(&a, &b)
            result.isNegative = right.isNegative
        }
        var carry = 0
        for index in a.indices.reversed() {
            let column = isSum ? a[index] + b[index] + carry : a[index] - b[index] - carry
            carry = isSum ? column / 10 : (column < 0 ? 1 : 0)
            a[index] = (column + 10) % 10
        }
        result.digits = a
        result.exponent = low
        result.normalize()
        return result
    }
}
