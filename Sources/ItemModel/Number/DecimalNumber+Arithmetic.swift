extension DecimalNumber {
    /// The exact sum.
    ///
    /// Throws: `ItemError` when the sum needs more than 38 digits or leaves the range; the service
    /// does not round.
    public func adding(_ other: DecimalNumber) throws(ItemError) -> DecimalNumber {
        if coefficient == 0 { return other }
        if other.coefficient == 0 { return self }
        // `fine` reaches further right; `coarse` is scaled to its exponent.
        let (coarse, fine) = exponent >= other.exponent ? (self, other) : (other, self)
        let gap = Int(coarse.exponent) - Int(fine.exponent)
        // Where the exponents differ, the last digit of the result is the last digit of `fine`,
        // which is not 0. A scaled coefficient of 10^39 or more leaves at least 39 digits above
        // it, whatever is added or taken away (the other side is below 10^38).
        guard gap <= Self.maximumDigits else { throw Self.refusal(coarse, fine) }
        let (scaled, isTooLarge) = coarse.coefficient.multipliedReportingOverflow(
            by: Self.powerOfTen(gap))
        if isTooLarge { throw Self.refusal(coarse, fine) }

        if coarse.isNegative == fine.isNegative {
            let (sum, overflow) = scaled.addingReportingOverflow(fine.coefficient)
            if overflow { throw Self.refusal(coarse, fine) }
            return try Self.checked(
                isNegative: coarse.isNegative, coefficient: sum, exponent: Int(fine.exponent))
        }
        let isCoarseLarger = scaled >= fine.coefficient
        let difference =
            isCoarseLarger ? scaled - fine.coefficient : fine.coefficient - scaled
        return try Self.checked(
            isNegative: isCoarseLarger ? coarse.isNegative : fine.isNegative,
            coefficient: difference, exponent: Int(fine.exponent))
    }

    /// The exact difference; throws as `adding` does.
    public func subtracting(_ other: DecimalNumber) throws(ItemError) -> DecimalNumber {
        try adding(other.negated)
    }

    /// Why a sum of more than 38 digits is refused: for its magnitude first, as when it is read.
    ///
    /// Only a carry out of the leading digit passes the range, and then `coarse` leads, has its
    /// last digit at 88 or above, and the room below 10^126 is a number.
    private static func refusal(_ coarse: DecimalNumber, _ fine: DecimalNumber) -> ItemError {
        guard coarse.isNegative == fine.isNegative, coarse.magnitude == magnitudes.upperBound else {
            return .tooManyDigits
        }
        let limit = powerOfTen(magnitudes.upperBound + 1 - Int(coarse.exponent))
        let room = DecimalNumber(
            isNegative: false, unnormalized: limit - coarse.coefficient,
            exponent: Int(coarse.exponent))
        let amount = fine.isNegative ? fine.negated : fine
        return amount < room ? .tooManyDigits : .numberOverflow
    }

    private static func checked(
        isNegative: Bool, coefficient: UInt128, exponent: Int
    ) throws(ItemError) -> DecimalNumber {
        let result = DecimalNumber(
            isNegative: isNegative, unnormalized: coefficient, exponent: exponent)
        if result.coefficient == 0 { return .zero }
        if result.magnitude > magnitudes.upperBound { throw .numberOverflow }
        if result.magnitude < magnitudes.lowerBound { throw .numberUnderflow }
        if result.digitCount > maximumDigits { throw .tooManyDigits }
        return result
    }
}
