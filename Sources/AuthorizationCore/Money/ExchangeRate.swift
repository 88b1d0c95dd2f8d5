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
        guard money.currency == from, money.minorUnits >= 0, money.minorUnits <= largestAmount else { return nil }
        // 10^12 × 10^15 × (10^6 + 10^6) × 10^4 = 2 × 10^37 fits Int128 (1.7 × 10^38): rate and mark-up are bounded
        // before they are multiplied.
        guard billionths > 0, billionths <= 1_000_000_000_000_000, (0...1_000_000).contains(markUp) else { return nil }
        var numerator = Int128(money.minorUnits) * Int128(billionths) * Int128(1_000_000 + markUp)
        var denominator = Int128(1_000_000_000) * 1_000_000
        let shift = to.exponent - from.exponent
        for _ in 0..<max(0, shift) { numerator *= 10 }
        for _ in 0..<max(0, -shift) { denominator *= 10 }
        let rounded = (numerator + denominator / 2) / denominator
        guard let minorUnits = Int64(exactly: rounded), minorUnits <= largestAmount else { return nil }
        return Money(minorUnits, to)
    }
}
