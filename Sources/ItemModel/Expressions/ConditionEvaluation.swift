// Unsafe pointers: slices of bytes that views lend, used while the views are; and one buffer on the
// stack, written below its size.

/// A run of a condition over the stored bytes of one item. Nothing is decoded and nothing is
/// allocated: an operand is a lent view of a value, or a size.
struct ConditionEvaluation {
    /// What an operand comes to.
    private enum Resolved {
        case missing
        case value(ValueView)
        case size(Int)

        var view: ValueView? {
            if case .value(let view) = self { view } else { nil }
        }
    }

    let program: ConditionProgram
    let paths: DocumentPaths
    let values: ItemView?
    let item: ItemView?

    func run() -> Bool {
        var isTrue = true
        var position = 0
        while position < program.instructions.count {
            switch program.instructions[position] {
            case .test(let test): isTrue = evaluate(test)
            case .negate: isTrue.toggle()
            case .jumpIfFalse(let target):
                if !isTrue {
                    position = target
                    continue
                }
            case .jumpIfTrue(let target):
                if isTrue {
                    position = target
                    continue
                }
            }
            position += 1
        }
        return isTrue
    }

    private func evaluate(_ test: ConditionTest) -> Bool {
        let start = test.operands.lowerBound
        let first = resolve(start)
        switch test.test {
        case .attributeExists: return first.view != nil
        case .attributeNotExists: return first.view == nil
        case .attributeType: return first.view?.type == test.type
        case .equal: return isEqual(first, resolve(start + 1))
        case .notEqual: return !isEqual(first, resolve(start + 1))
        case .less: return order(first, resolve(start + 1)).map { $0 < 0 } ?? false
        case .lessOrEqual: return order(first, resolve(start + 1)).map { $0 <= 0 } ?? false
        case .greater: return order(first, resolve(start + 1)).map { $0 > 0 } ?? false
        case .greaterOrEqual: return order(first, resolve(start + 1)).map { $0 >= 0 } ?? false
        case .between:
            guard let low = order(resolve(start + 1), first), low <= 0,
                let high = order(first, resolve(start + 2))
            else { return false }
            return high <= 0
        case .isIn:
            for other in test.operands.dropFirst() where isEqual(first, resolve(other)) {
                return true
            }
            return false
        case .beginsWith: return begins(first, with: resolve(start + 1))
        case .contains: return contains(first, resolve(start + 1))
        }
    }

    private func resolve(_ position: Int) -> Resolved {
        let operand = program.operands[position]
        let found: ValueView?
        switch operand.source {
        case .path:
            if let item { found = paths.value(of: operand.index, in: item) } else { found = nil }
        case .value:
            found = values?.attribute(at: operand.index).value
        }
        guard let found else { return .missing }
        guard operand.isSize else { return .value(found) }
        return documentSize(of: found).map { .size($0) } ?? .missing
    }

    // MARK: Comparisons

    private func isEqual(_ left: Resolved, _ right: Resolved) -> Bool {
        switch (left, right) {
        case (.value(let left), .value(let right)): ValueView.areEqual(left, right)
        case (.size(let left), .size(let right)): left == right
        case (.size, .value), (.value, .size): order(left, right) == 0
        default: false
        }
    }

    /// Negative, zero or positive; nil when the two have no order: a missing one, different types,
    /// or types that are not ordered.
    private func order(_ left: Resolved, _ right: Resolved) -> Int? {
        switch (left, right) {
        case (.value(let left), .value(let right)): ValueView.compare(left, right)
        case (.size(let left), .size(let right)): left - right
        case (.size(let left), .value(let right)): order(ofSize: left, right)
        case (.value(let left), .size(let right)): order(ofSize: right, left).map { -$0 }
        default: nil
        }
    }

    private func order(ofSize size: Int, _ value: ValueView) -> Int? {
        guard value.type == .number else { return nil }
        return withStoredNumber(size) { compareBytes($0, value.numberBytes) }
    }

    // MARK: Functions

    private func begins(_ whole: Resolved, with prefix: Resolved) -> Bool {
        guard let whole = whole.view, let prefix = prefix.view, whole.type == prefix.type,
            whole.type == .string || whole.type == .binary,
            let wholeBytes = whole.scalarBytes, let prefixBytes = prefix.scalarBytes,
            prefixBytes.count <= wholeBytes.count
        else { return false }
        return compareBytes(
            UnsafeRawBufferPointer(rebasing: wholeBytes[..<prefixBytes.count]), prefixBytes) == 0
    }

    private func contains(_ whole: Resolved, _ part: Resolved) -> Bool {
        guard let whole = whole.view else { return false }
        switch part {
        case .missing: return false
        case .size(let size): return contains(whole, size: size)
        case .value(let part): return contains(whole, part)
        }
    }

    private func contains(_ whole: ValueView, _ part: ValueView) -> Bool {
        switch whole.type {
        case .string, .binary:
            guard part.type == whole.type, let wholeBytes = whole.scalarBytes,
                let partBytes = part.scalarBytes
            else { return false }
            return occurs(partBytes, in: wholeBytes)
        case .stringSet, .numberSet, .binarySet:
            guard part.type == whole.type.memberType, let member = part.scalarBytes else {
                return false
            }
            return whole.containsMember(member)
        case .list:
            for index in 0..<whole.count where ValueView.areEqual(whole.element(at: index), part) {
                return true
            }
            return false
        default:
            return false
        }
    }

    /// A size is a number, so only a list or a set of numbers can contain it.
    private func contains(_ whole: ValueView, size: Int) -> Bool {
        withStoredNumber(size) { number in
            if whole.type == .numberSet { return whole.containsMember(number) }
            guard whole.type == .list else { return false }
            for index in 0..<whole.count {
                let element = whole.element(at: index)
                if element.type == .number, compareBytes(element.numberBytes, number) == 0 {
                    return true
                }
            }
            return false
        }
    }
}

/// Lends a size in the stored form of a number, which lives on the stack.
private func withStoredNumber<Result>(
    _ size: Int, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
    let textBytes = 20
    return withUnsafeTemporaryAllocation(
        byteCount: textBytes + NumberEncoding.sizeLimitBytes, alignment: 8
    ) { buffer in
        var start = textBytes
        var rest = size
        repeat {
            start -= 1
            buffer[start] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        let text = UnsafeRawBufferPointer(rebasing: buffer[start..<textBytes])
        let stored = UnsafeMutableRawBufferPointer(rebasing: buffer[textBytes...])
        guard let count = try? NumberEncoding.encode(text: text, into: stored) else {
            preconditionFailure("The digits of an Int are a number")
        }
        return body(UnsafeRawBufferPointer(rebasing: stored[..<count]))
    }
}

/// Whether `part` is a run of bytes of `whole`. Candidates are found by the first byte; the first
/// mismatch usually is early, so nothing cleverer pays on attribute-sized texts.
private func occurs(_ part: UnsafeRawBufferPointer, in whole: UnsafeRawBufferPointer) -> Bool {
    guard let first = part.first else { return true }
    guard part.count <= whole.count else { return false }
    for start in 0...(whole.count - part.count) where whole[start] == first {
        let candidate = UnsafeRawBufferPointer(rebasing: whole[start..<(start + part.count)])
        if compareBytes(candidate, part) == 0 { return true }
    }
    return false
}

/// What `size` gives: characters of a string as UTF-16 code units (measured on DynamoDB), bytes of
/// a binary, elements of anything else. Numbers, Booleans and null have no size.
func documentSize(of value: ValueView) -> Int? {
    switch value.type {
    case .string:
        var units = 0
        for byte in value.stringBytes {
            // Continuation bytes count with the byte that leads them; beyond the basic plane, four
            // bytes of UTF-8 are two units of UTF-16.
            if byte & 0xC0 != 0x80 { units += byte >= 0xF0 ? 2 : 1 }
        }
        return units
    case .binary: return value.binaryBytes.count
    case .stringSet, .numberSet, .binarySet, .list, .map: return value.count
    case .number, .bool, .null: return nil
    }
}
