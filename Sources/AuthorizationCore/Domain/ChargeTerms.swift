/// What a charge's rate is taken of.
package enum ChargeBase: UInt8, ClosedList {
    /// The payment in the balance's currency, without the acquirer's fee.
    case amount = 1
    /// The same with the acquirer's fee.
    case amountWithFee = 2
    /// The charges that stand before it in the program: a tax on fees.
    case earlierCharges = 3
}

/// How a part of a minor unit is rounded. Charges are never below 0.
package enum ChargeRounding: UInt8, ClosedList {
    case halfEven = 1
    case halfUp = 2
    case down = 3
    case up = 4
}

/// How much a charge is. Amounts are in minor units of the balance's currency.
package struct ChargeTerms: Hashable, Sendable {
    /// Parts per million: the rate is at most the whole.
    package static let highestRate: Int64 = 1_000_000

    package var base = ChargeBase.amount
    /// Parts per million of the base, 0 to `highestRate`.
    package var rate: Int64 = 0
    package var rounding = ChargeRounding.halfEven
    /// Added to the rate's part, 0 to `largestAmount`.
    package var fixed: Int64 = 0
    /// The least that both together come to, 0 to `largestAmount`.
    package var minimum: Int64 = 0
    /// The most that both together come to, `minimum` to `largestAmount`; nil without such a bound.
    package var maximum: Int64?

    package init() {}

    /// Whether everything is within the bounds above.
    package var isInRange: Bool {
        let amounts = 0...largestAmount
        return (0...Self.highestRate).contains(rate) && amounts.contains(fixed) && amounts.contains(minimum)
            && maximum.map { $0 >= minimum && amounts.contains($0) } ?? true
    }

    /// The charge on a base, which grows with it. Of no earlier charges there is none.
    ///
    /// - Returns: nil when it exceeds `largestAmount`, or the base is below 0.
    package func amount(of base: Int64) -> Int64? {
        guard base >= 0 else { return nil }
        if base == 0, self.base == .earlierCharges { return 0 }
        // 10^19 × 10^6 fits Int128 (1.7 × 10^38).
        var amount = rounding.divide(Int128(base) * Int128(rate), by: 1_000_000) + Int128(fixed)
        amount = max(amount, Int128(minimum))
        if let maximum { amount = min(amount, Int128(maximum)) }
        return amount <= Int128(largestAmount) ? Int64(exactly: amount) : nil
    }

    /// The charge on a payment. Nil when out of range.
    ///
    /// - Parameters:
    ///   - principal: the payment in the balance's currency, without the acquirer's fee.
    ///   - fee: the acquirer's.
    ///   - earlier: what the charges before this one come to.
    func amount(on principal: Int64, fee: Int64, earlier: Int64) -> Int64? {
        switch base {
        case .amount: return amount(of: principal)
        case .amountWithFee:
            let (sum, isTooLarge) = principal.addingReportingOverflow(fee)
            return isTooLarge ? nil : amount(of: sum)
        case .earlierCharges: return amount(of: earlier)
        }
    }
}

extension ChargeRounding {
    /// - Parameters:
    ///   - value: 0 or more.
    ///   - divisor: above 0.
    fileprivate func divide(_ value: Int128, by divisor: Int128) -> Int128 {
        let (whole, rest) = value.quotientAndRemainder(dividingBy: divisor)
        let isRoundedUp =
            switch self {
            case .down: false
            case .up: rest > 0
            case .halfUp: rest * 2 >= divisor
            case .halfEven: rest * 2 > divisor || rest * 2 == divisor && whole % 2 == 1
            }
        return isRoundedUp ? whole + 1 : whole
    }
}
