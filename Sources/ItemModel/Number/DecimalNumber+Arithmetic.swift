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
        guard gap <= Self.maximumDigits else { throw .tooManyDigits }
        let (scaled, isTooLarge) = coarse.coefficient.multipliedReportingOverflow(
            by: Self.powerOfTen(gap))
        if isTooLarge { throw .tooManyDigits }

        if coarse.isNegative == fine.isNegative {
            let (sum, overflow) = scaled.addingReportingOverflow(fine.coefficient)
            if overflow { throw .tooManyDigits }
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
