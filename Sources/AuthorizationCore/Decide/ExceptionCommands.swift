/// What came, had to be accepted and could not be applied.
package enum ExceptionMessage: Hashable, Sendable {
    case advice(Advice)
    case reversal(Reversal)
    case clearing(Clearing)

    /// Nil for a command that is refused when it cannot be carried out.
    package init?(_ command: Command) {
        switch command {
        case .advise(let advice): self = .advice(advice)
        case .reverse(let reversal): self = .reversal(reversal)
        case .clear(let clearing): self = .clearing(clearing)
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .recordDelivery,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            return nil
        }
    }

    /// As it came.
    package var command: Command {
        switch self {
        case .advice(let advice): .advise(advice)
        case .reversal(let reversal): .reverse(reversal)
        case .clearing(let clearing): .clear(clearing)
        }
    }
}

/// Has what could not be applied take effect after all, as an operator says. Refused when it still cannot.
package struct ApplyException: Hashable, Sendable {
    /// The journal row that the exception came with.
    package var exception: EventID
    package var message: ExceptionMessage
    /// What it is about. Nil: what the message names, without which, or where it does not fit, an advice stands alone.
    package var authorization: AuthorizationID?
    /// Whose it is, when the message did not tell.
    package var card: CardID?
    /// What is moved instead of what the message says, above 0: for a reversal or a decline what it takes back, in the
    /// transaction's currency, else in the balance's, with the acquirer's fee; for an increment what comes on top.
    package var amount: Money?
    /// At most 200 bytes.
    package var reason: String

    package init(
        exception: EventID,
        message: ExceptionMessage,
        authorization: AuthorizationID? = nil,
        card: CardID? = nil,
        amount: Money? = nil,
        reason: String = ""
    ) {
        self.exception = exception
        self.message = message
        self.authorization = authorization
        self.card = card
        self.amount = amount
        self.reason = reason
    }
}

/// What two operators agree on when they give an exception up.
package struct WriteOffTerms: Hashable, Sendable {
    /// The internal account that takes the loss or gain.
    package var account: AccountID
    /// What the network moved, 0 or more; 0 when it moved nothing.
    package var amount: Money
    /// `debit` when it is lost to the network, `credit` when the network gave it back.
    package var direction: Transfer.Direction

    package init(account: AccountID, amount: Money, direction: Transfer.Direction) {
        self.account = account
        self.amount = amount
        self.direction = direction
    }
}

/// Gives an exception up: what the network moved is the issuer's own loss or gain.
package struct WriteOffException: Hashable, Sendable {
    package var exception: EventID
    package var terms: WriteOffTerms
    /// Whose internal account it is.
    package var program: ProgramID
    package var proposedBy: OperatorID
    /// Somebody else.
    package var confirmedBy: OperatorID
    /// At most 200 bytes.
    package var reason: String

    package init(
        exception: EventID,
        terms: WriteOffTerms,
        program: ProgramID,
        proposedBy: OperatorID,
        confirmedBy: OperatorID,
        reason: String
    ) {
        self.exception = exception
        self.terms = terms
        self.program = program
        self.proposedBy = proposedBy
        self.confirmedBy = confirmedBy
        self.reason = reason
    }
}
