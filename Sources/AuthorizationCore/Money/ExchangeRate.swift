/// A rate of a program's own table: how many major units of `to` one major unit of `from` is worth.
package struct ExchangeRate: Hashable, Sendable {
    package var from: Currency
    package var to: Currency
    /// In billionths, above zero.
    package var billionths: Int64

    package init(from: Currency, to: Currency, billionths: Int64) {
        self.from = from
        self.to = to
        self.billionths = billionths
    }

    /// The amount in `to`, with a mark-up, rounded half up to the minor unit.
    ///
    /// - Parameter markUp: parts per million added to the converted amount, 0 or more.
    /// - Returns: nil when the amount is not in `from` or the result exceeds `largestAmount`.
    package func convert(_ money: Money, markUp: Int64) -> Money? {
        guard money.currency == from, money.minorUnits >= 0, money.minorUnits <= largestAmount,
            let (numerator, denominator) = factor(markUp)
        else { return nil }
        // 10^12 × 2 × 10^25 = 2 × 10^37 fits Int128 (1.7 × 10^38).
        let rounded = (Int128(money.minorUnits) * numerator + denominator / 2) / denominator
        guard let minorUnits = Int64(exactly: rounded), minorUnits <= largestAmount else { return nil }
        return Money(minorUnits, to)
    }

    /// The most in `from` that is worth no more than an amount in `to`, rounded down to the minor unit.
    ///
    /// - Parameter markUp: as for `convert`.
    /// - Returns: nil when the amount is not in `to` or the result exceeds `largestAmount`.
    package func amount(worth money: Money, markUp: Int64) -> Money? {
        guard money.currency == to, money.minorUnits >= 0, money.minorUnits <= largestAmount,
            let (numerator, denominator) = factor(markUp)
        else { return nil }
        let quotient = Int128(money.minorUnits) * denominator / numerator
        guard let minorUnits = Int64(exactly: quotient), minorUnits <= largestAmount else { return nil }
        return Money(minorUnits, from)
    }

    /// Minor units of `to` for one of `from`, as a fraction of at most 2 × 10^25 over 10^19: rate and mark-up are
    /// bounded before they are multiplied. Nil when they are out of range.
    private func factor(_ markUp: Int64) -> (numerator: Int128, denominator: Int128)? {
        guard billionths > 0, billionths <= 1_000_000_000_000_000, (0...1_000_000).contains(markUp) else { return nil }
        var numerator = Int128(billionths) * Int128(1_000_000 + markUp)
        var denominator = Int128(1_000_000_000) * 1_000_000
        let shift = to.exponent - from.exponent
        for _ in 0..<max(0, shift) { numerator *= 10 }
        for _ in 0..<max(0, -shift) { denominator *= 10 }
        return (numerator, denominator)
    }
}
