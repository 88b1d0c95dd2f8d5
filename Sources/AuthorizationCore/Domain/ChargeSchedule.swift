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

    /// Names the line for people; one of a program's schedules each.
    package var code: String
    /// One of `counterAccounts`.
    package var counterAccount: InternalAccount
    /// Of the balances that are charged; the amounts of its terms are in its minor units.
    package var currency: Currency
    package var terms = ChargeTerms()
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
        (1...Self.longestCode).contains(code.utf8.count) && Self.counterAccounts.contains(counterAccount)
            && terms.isInRange && !paysCustomers
            && (conditions.inside + conditions.outside).allSatisfy(ChargeConditions.isCountry)
    }

    /// Whether customers would be paid for each refund: on a credit, there may only be a part of the payment.
    package var paysCustomers: Bool {
        let isPart = terms.fixed == 0 && terms.minimum == 0 && terms.base != .earlierCharges
        return !isPart && conditions.kinds.contains { $0.flow == .credit }
    }
}

/// Which payments a charge is made on. An empty list does not limit.
package struct ChargeConditions: Hashable, Sendable {
    package var kinds: Set<TransactionKind>
    package var channels: Set<AcceptanceChannel> = []
    /// Merchants' countries (ISO 3166), each as the networks write it: capital letters or digits.
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

    /// Two or three capital letters, or three digits.
    package static func isCountry(_ text: String) -> Bool {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return (2...3).contains(text.utf8.count) && text.utf8.allSatisfy(capitals.contains)
            || text.utf8.count == 3 && text.utf8.allSatisfy(digits.contains)
    }

    /// - Parameters:
    ///   - currency: the balance's.
    ///   - isExempt: whether the account is.
    package func apply(to request: AuthorizationRequest, in currency: Currency, isExempt: Bool) -> Bool {
        let country = request.merchant.country.uppercased()
        return kinds.contains(request.kind)
            && (channels.isEmpty || channels.contains(request.acceptanceChannel))
            && (inside.isEmpty || inside.contains(country))
            && (outside.isEmpty || !country.isEmpty && !outside.contains(country))
            && (differsInCurrency.map { $0 == (request.transaction.currency != currency) } ?? true)
            && (categories.isEmpty || categories.contains(request.merchant.categoryCode))
            && !(sparesExemptAccounts && isExempt)
    }
}
