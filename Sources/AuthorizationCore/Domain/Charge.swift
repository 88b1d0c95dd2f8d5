/// A charge of one authorization, as it was decided: later versions of the program do not change it.
package struct Charge: Hashable, Sendable {
    /// Of one authorization, also after increments under other versions of the program.
    package static let most = 32

    package var code: String
    package var counterAccount: InternalAccount
    /// Whether a hold has it; else it is posted alone.
    package var isHeld: Bool
    /// What more than was approved is charged by: those of the program that was last in force for it.
    package var terms: ChargeTerms
    /// On all of what was approved, in minor units of the balance's currency, 0 to `largestAmount`; part of `billed` where
    /// it is held.
    package var amount: Int64
    /// Part of the authorization's `held`.
    package var held: Int64 = 0
    /// Part of the authorization's `posted`.
    package var posted: Int64 = 0

    package init(_ code: String, to account: InternalAccount, isHeld: Bool, amount: Int64, by terms: ChargeTerms) {
        self.code = code
        counterAccount = account
        self.isHeld = isHeld
        self.amount = amount
        self.terms = terms
    }

    /// The amount when the terms say so much more than before. Nil when out of range.
    func grown(from before: Int64?, to after: Int64?) -> Int64? {
        guard let before, let after, case let sum = amount + max(0, after - before) else { return nil }
        return sum <= largestAmount ? sum : nil
    }

    /// Whether both are one line.
    func isSameLine(as other: Charge) -> Bool {
        code == other.code && counterAccount == other.counterAccount && isHeld == other.isHeld
    }
}

extension Authorization {
    /// Parts of `billed` that are charges.
    package var billedCharges: Int64 { charges.reduce(0) { $0 + ($1.isHeld ? $1.amount : 0) } }

    /// What was billed for the payment itself, without the acquirer's fee.
    var uncharged: Int64 { billed - fee - billedCharges }

    /// Parts of `held` that are charges.
    package var heldCharges: Int64 { charges.reduce(0) { $0 + $1.held } }

    /// Parts of `posted` that are charges.
    package var postedCharges: Int64 { charges.reduce(0) { $0 + $1.posted } }

    /// The hold now, line by line.
    var heldLines: Lines {
        Lines(principal: held - heldFee - heldCharges, fee: heldFee, charges: charges.map(\.held))
    }

    /// What each charge comes to when the payment comes to `amount`: in proportion up to what was approved. Above it the
    /// terms say what the greater payment adds, so that what is fixed is charged once. Nil when out of range.
    ///
    /// - Parameters:
    ///   - amount: in the transaction's currency.
    ///   - principal: the same in the balance's currency, without the acquirer's fee.
    ///   - fee: the acquirer's.
    ///   - posted: the principal, where it is another for what is posted alone.
    func charges(of amount: Int64, on principal: Int64, fee: Int64, posted: Int64? = nil) -> [Int64]? {
        var amounts: [Int64] = []
        var (earlierBefore, earlier) = (Int64(0), Int64(0))
        for charge in charges {
            let own = charge.isHeld ? nil : posted
            let (part, whole) = own.map { ($0, uncharged) } ?? (amount, approved.minorUnits)
            let sum =
                part <= whole
                ? charge.amount.scaled(by: part, over: max(1, whole))
                : charge.grown(
                    from: charge.terms.amount(on: uncharged, fee: self.fee, earlier: earlierBefore),
                    to: charge.terms.amount(on: own ?? principal, fee: fee, earlier: earlier)
                )
            guard let sum else { return nil }
            amounts.append(sum)
            earlierBefore += charge.amount
            earlier += sum
        }
        return amounts
    }

    /// What belongs to the hold of `amount`: its share without what is posted alone. Nil when out of range.
    func holdShare(of amount: Int64) -> Lines? {
        guard var share = share(of: amount) else { return nil }
        for index in charges.indices where !charges[index].isHeld { share.charges[index] = 0 }
        return share
    }

    /// What each charge adds to what is posted when that grows to the share of `cleared`: the difference of sums, so that
    /// all parts together post as much as the whole. Nil when out of range.
    ///
    /// - Parameter billing: what the network says that is posted now, in the balance's currency, without charges: what is
    ///   charged on what is posted is charged on that.
    func chargesToPost(upTo cleared: Int64, billing: Int64? = nil) -> [Int64]? {
        guard !charges.isEmpty else { return [] }
        guard let share = share(of: cleared), let before = self.share(of: self.cleared) else { return nil }
        var posted: Int64?
        if let billing {
            let (sum, isTooLarge) = billing.addingReportingOverflow(max(0, self.posted - postedCharges - before.fee))
            if isTooLarge { return nil }
            posted = sum
        }
        let sums = charges(of: cleared, on: share.principal, fee: share.fee, posted: posted)
        return sums.map { zip($0, charges).map { max(0, $0 - $1.posted) } }
    }

    mutating func post(_ differences: [Int64]) {
        for (index, difference) in zip(charges.indices, differences) { charges[index].posted += difference }
    }
}
