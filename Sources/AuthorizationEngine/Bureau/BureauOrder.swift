import AuthorizationCore

/// An order of physical cards with the bureau that makes them.
package struct BureauOrder: Hashable, Sendable {
    package enum State: UInt8, ClosedList {
        /// Its cards are ordered with no other one.
        case made = 1
        /// Its file has gone to the bureau.
        case sent = 2
        /// The bureau has it. Its file is not made again.
        case confirmed = 3
    }

    /// Cards of one order.
    package static let cardCounts: ClosedRange<Int64> = 1...10_000

    /// Above 0; some are left out.
    package var number: Int64
    package var program: ProgramID
    package var cardCount: Int32
    package var state: State
    package var madeAt: Instant
    package var stateSince: Instant

    package init(
        number: Int64,
        program: ProgramID,
        cardCount: Int32,
        state: State,
        madeAt: Instant,
        stateSince: Instant
    ) {
        self.number = number
        self.program = program
        self.cardCount = cardCount
        self.state = state
        self.madeAt = madeAt
        self.stateSince = stateSince
    }
}

/// An instance of a card that is ordered.
package struct OrderedCard: Sendable {
    package var card: CardID
    /// The card's by now.
    package var status: CardStatus
    package var instance: CardInstance
    package var secret: CardSecret
    /// Nil where the card names nobody, or somebody without a name.
    package var holder: (id: CardholderID, name: SealedName)?

    package init(
        card: CardID,
        status: CardStatus,
        instance: CardInstance,
        secret: CardSecret,
        holder: (id: CardholderID, name: SealedName)? = nil
    ) {
        self.card = card
        self.status = status
        self.instance = instance
        self.secret = secret
        self.holder = holder
    }
}
