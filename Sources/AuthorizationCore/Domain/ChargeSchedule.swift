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

/// When a charge is made.
package enum ChargeMoment: UInt8, ClosedList {
    /// Held with the payment, and posted with it.
    case authorization = 1
    /// Not held: posted with what is posted of the payment.
    case posting = 2
}

/// A fee or tax of a program: how much it is, of which payments, and whose it is.
///
/// It goes the way of its payment: on a credit it is paid to the customer, so that one for refunds gives back what the
/// purchase was charged.
package struct ChargeSchedule: Hashable, Sendable {
    /// What a charge may be owed to.
    package static let counterAccounts: [InternalAccount] = [.feeIncome, .taxPayable]
    /// Of one program.
    package static let most = 16
    /// Characters of a code.
    package static let longestCode = 16
    /// Of countries, and of merchant categories.
    package static let mostConditions = 64
    /// Parts per million: the rate is at most the whole.
    package static let highestRate: Int64 = 1_000_000

    /// Names the line for people; one of a program's schedules each.
    package var code: String
    /// One of `counterAccounts`.
    package var counterAccount: InternalAccount
    /// Of the balances that are charged; the amounts below are in its minor units.
    package var currency: Currency
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
    package var moment = ChargeMoment.authorization
    package var conditions: ChargeConditions

    package init(_ code: String, to account: InternalAccount, in currency: Currency, of conditions: ChargeConditions) {
        self.code = code
        counterAccount = account
        self.currency = currency
        self.conditions = conditions
    }

    /// Whether everything is within the bounds above.
    package var isInRange: Bool {
        let amounts = 0...largestAmount
        return (1...Self.longestCode).contains(code.utf8.count) && Self.counterAccounts.contains(counterAccount)
            && (0...Self.highestRate).contains(rate) && amounts.contains(fixed) && amounts.contains(minimum)
            && maximum.map { $0 >= minimum && amounts.contains($0) } ?? true
    }

    /// The charge on a base, which grows with it.
    ///
    /// - Returns: nil when it exceeds `largestAmount`, or the base is below 0.
    package func amount(of base: Int64) -> Int64? {
        guard base >= 0 else { return nil }
        // 10^19 × 10^6 fits Int128 (1.7 × 10^38).
        var amount = rounding.divide(Int128(base) * Int128(rate), by: 1_000_000) + Int128(fixed)
        amount = max(amount, Int128(minimum))
        if let maximum { amount = min(amount, Int128(maximum)) }
        return amount <= Int128(largestAmount) ? Int64(exactly: amount) : nil
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

/// Which payments a charge is made on. An empty list does not limit.
package struct ChargeConditions: Hashable, Sendable {
    package var kinds: Set<TransactionKind>
    package var channels: Set<AcceptanceChannel> = []
    /// Merchants' countries (ISO 3166), each as the networks write it: letters or digits.
    package var inside: [String] = []
    /// Countries where none is charged, written alike: with the program's own, only payments abroad are. A merchant
    /// whose country is not told is not abroad.
    package var outside: [String] = []
    /// Whether the payment is in another currency than the balance; nil when either will do.
    package var differsInCurrency: Bool?
    /// ISO 18245 merchant category codes, 0 to 9999.
    package var categories: [UInt16] = []
    /// Whether accounts that are exempt are spared.
    package var sparesExemptAccounts = false

    package init(kinds: Set<TransactionKind>) { self.kinds = kinds }

    /// - Parameters:
    ///   - currency: the balance's.
    ///   - isExempt: whether the account is.
    package func apply(to request: AuthorizationRequest, in currency: Currency, isExempt: Bool) -> Bool {
        let country = request.merchant.country
        return kinds.contains(request.kind)
            && (channels.isEmpty || channels.contains(request.acceptanceChannel))
            && (inside.isEmpty || inside.contains(country))
            && (outside.isEmpty || !country.isEmpty && !outside.contains(country))
            && (differsInCurrency.map { $0 == (request.transaction.currency != currency) } ?? true)
            && (categories.isEmpty || categories.contains(request.merchant.categoryCode))
            && !(sparesExemptAccounts && isExempt)
    }
}
