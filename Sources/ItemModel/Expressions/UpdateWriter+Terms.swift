/// The right-hand sides of SET, evaluated over the old item. Depth of recursion: the parser limits
/// functions inside functions.
extension UpdateWriter {
    /// The given value at a position; the parser made sure that it is there.
    func given(_ index: Int) -> ValueView {
        guard let values else {
            preconditionFailure("An update that uses values was given them when it was parsed")
        }
        return values.attribute(at: index).value
    }

    func write(_ term: Int, to encoder: inout ItemEncoder) throws(ItemError) {
        switch update.terms[term] {
        case .path, .value, .ifNotExists:
            let (value, computed) = try resolve(term)
            guard let value else { return try write(computed, to: &encoder) }
            encoder.copy(value)
        case .listAppend(let first, let second):
            try encoder.beginList()
            try writeElements(of: first, to: &encoder)
            try writeElements(of: second, to: &encoder)
            encoder.endList()
        case .sum(let left, let right):
            encoder.number(try number(left).adding(number(right)))
        case .difference(let left, let right):
            encoder.number(try number(left).subtracting(number(right)))
        }
    }

    /// The stored value that a term stands for, or, where it stands for none, the term that
    /// computes its value: the fallback of an if_not_exists may be a list_append.
    private func resolve(_ term: Int) throws(ItemError) -> (ValueView?, Int) {
        var term = term
        while true {
            switch update.terms[term] {
            case .path(let path):
                guard let value = oldValue(of: path) else {
                    throw ItemError(
                        "The provided expression refers to an attribute that does not "
                            + "exist in the item")
                }
                return (value, term)
            case .value(let index):
                return (given(index), term)
            case .ifNotExists(let path, let fallback):
                if let value = oldValue(of: path) { return (value, term) }
                term = fallback
            case .listAppend, .sum, .difference:
                return (nil, term)
            }
        }
    }

    private func oldValue(of path: Int) -> ValueView? {
        guard let old else { return nil }
        return update.paths.value(of: path, in: old)
    }

    private func number(_ term: Int) throws(ItemError) -> DecimalNumber {
        guard let value = try resolve(term).0, value.type == .number else {
            throw Self.incorrectType
        }
        return Self.number(value)
    }

    private func writeElements(
        of term: Int, to encoder: inout ItemEncoder
    ) throws(ItemError) {
        let (value, computed) = try resolve(term)
        if let value {
            guard value.type == .list else { throw Self.incorrectType }
            for index in 0..<value.count { encoder.copy(value.element(at: index)) }
        } else if case .listAppend(let first, let second) = update.terms[computed] {
            try writeElements(of: first, to: &encoder)
            try writeElements(of: second, to: &encoder)
        } else {
            throw Self.incorrectType
        }
    }

    static func number(_ value: ValueView) -> DecimalNumber {
        DecimalNumber(orderedBytes: value.numberBytes)
    }
}
