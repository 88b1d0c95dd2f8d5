/// An ISO 4217 currency that this engine knows.
package struct Currency: Hashable, Sendable {
    /// ISO 4217 numeric code, 1 to 999.
    package let numeric: UInt16

    /// Nil when ISO 4217 has no such code.
    package init?(numeric: UInt16) {
        guard numeric < 1_000, CurrencyTable.byNumeric[Int(numeric)] != nil else { return nil }
        self.numeric = numeric
    }

    /// From an alphabetic code such as `EUR`; nil when ISO 4217 has no such currency.
    package init?(alphabetic: String) {
        guard let numeric = CurrencyTable.byAlphabetic[alphabetic], numeric != Self.none.numeric else { return nil }
        self.numeric = numeric
    }

    private init(known numeric: UInt16) { self.numeric = numeric }

    /// XXX, which ISO 4217 has for where no currency is involved: of an amount whose currency cannot be read.
    package static let none = Currency(known: 999)

    /// The three-letter code.
    package var alphabetic: String { row.alphabetic }

    /// Decimal digits of the minor unit, 0 to 4.
    package var exponent: Int { Int(row.exponent) }

    private var row: CurrencyTable.Row {
        guard let row = CurrencyTable.byNumeric[Int(numeric)] else {
            preconditionFailure("a currency is only made from a known code")
        }
        return row
    }
}

/// An amount in minor units of a currency. Never a fraction, never without its currency.
package struct Money: Hashable, Sendable {
    package var minorUnits: Int64
    package var currency: Currency

    package init(_ minorUnits: Int64, _ currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

/// The largest amount that one request may carry, in minor units.
///
/// Twelve digits is what ISO 8583 elements 4 to 6 hold; with it, a balance stays far from the end of `Int64` for
/// nine million requests of the largest amount.
package let largestAmount: Int64 = 999_999_999_999

extension Int64 {
    /// `self × numerator ÷ denominator`, rounded down, for values that are not negative.
    ///
    /// - Returns: nil when the result does not fit.
    package func scaled(by numerator: Int64, over denominator: Int64) -> Int64? {
        precondition(self >= 0 && numerator >= 0 && denominator > 0, "only shares of amounts are scaled")
        return Int64(exactly: Int128(self) * Int128(numerator) / Int128(denominator))
    }
}
