/// Whose contactless payments are counted: those of a card and of the tokens in its place, in one currency of its balances.
package struct ContactlessKey: Hashable, Sendable {
    package var card: CardID
    package var currency: Currency

    package init(card: CardID, currency: Currency) {
        self.card = card
        self.currency = currency
    }
}

/// A card's contactless payments without a PIN since its last right one. Only a PIN sets the counter back; a payment that
/// is reversed as a whole gives back what it was counted with.
package struct ContactlessCounter: Hashable, Sendable {
    /// Sum of billing amounts, in minor units.
    package private(set) var amount: Int64
    package private(set) var count: Int64
    /// How often a PIN has set it back: what was counted in an earlier round gives nothing back to this one.
    package private(set) var round: Int64
    /// Version of the stored row, 0 before it is first written.
    package var version: Int64 = 0

    package init(amount: Int64 = 0, count: Int64 = 0, round: Int64 = 0) {
        self.amount = amount
        self.count = count
        self.round = round
    }

    package var isEmpty: Bool { amount == 0 && count == 0 }

    /// What it comes to with one payment more, or with more of one that is counted in this round, and what of it is that
    /// payment's; nil when out of range.
    package func adding(
        _ payment: Int64,
        to share: ContactlessShare? = nil
    ) -> (counter: ContactlessCounter, share: ContactlessShare)? {
        let counted = share.flatMap { $0.round == round && $0.isCounted ? $0.amount : nil }
        let (sum, overflow) = amount.addingReportingOverflow(payment)
        let (part, isTooLarge) = payment.addingReportingOverflow(counted ?? 0)
        guard !overflow, !isTooLarge, count < .max else { return nil }
        var counter = self
        counter.amount = sum
        counter.count += counted == nil ? 1 : 0
        return (counter, ContactlessShare(round: round, amount: part))
    }

    /// Nil where nothing of the share is counted any more.
    package func givingBack(_ share: ContactlessShare) -> ContactlessCounter? {
        guard share.round == round, share.isCounted, count > 0 else { return nil }
        var counter = self
        counter.amount -= min(share.amount, amount)
        counter.count -= 1
        return counter
    }

    /// With the first payment after a PIN still to come.
    package func setBack() -> ContactlessCounter {
        var counter = ContactlessCounter(round: round == .max ? round : round + 1)
        counter.version = version
        return counter
    }
}

/// What the counter counts of one authorization. Kept with every contactless payment without a PIN that the program limits,
/// also a declined one: an advice may approve it.
package struct ContactlessShare: Hashable, Sendable {
    package var round: Int64 = 0
    /// In minor units of the balance's currency; 0 where nothing is counted.
    package var amount: Int64 = 0

    package init(round: Int64 = 0, amount: Int64 = 0) {
        self.round = round
        self.amount = amount
    }

    package var isCounted: Bool { amount > 0 }
}
