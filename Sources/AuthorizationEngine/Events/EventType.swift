import AuthorizationCore

/// What a journal row tells whoever follows an account. The names are the API's: they never change.
package enum EventType: String, CaseIterable, Hashable, Sendable {
    case accountOpened = "account.opened"
    case accountReopened = "account.reopened"
    case accountFrozen = "account.frozen"
    case accountClosed = "account.closed"
    case accountFunded = "account.funded"
    case accountWithdrawn = "account.withdrawn"
    /// By an operator's adjustment, as is the next.
    case accountCredited = "account.credited"
    case accountDebited = "account.debited"
    case accountCreditLimitSet = "account.credit_limit_set"
    case transferSent = "transfer.sent"
    case transferReceived = "transfer.received"
    case legalHoldPlaced = "legal_hold.placed"
    case legalHoldReleased = "legal_hold.released"
    case cardIssued = "card.issued"
    case cardActivated = "card.activated"
    case cardFrozen = "card.frozen"
    case cardBlocked = "card.blocked"
    case cardLost = "card.lost"
    case cardStolen = "card.stolen"
    case cardClosed = "card.closed"
    case cardReissued = "card.reissued"
    case cardInstanceActivated = "card.instance_activated"
    case cardReplaced = "card.replaced"
    case cardPINSet = "card.pin_set"
    case cardPINUnblocked = "card.pin_unblocked"
    case tokenRegistered = "token.registered"
    case tokenActivated = "token.activated"
    case tokenSuspended = "token.suspended"
    case tokenDeleted = "token.deleted"
    case authorizationApproved = "authorization.approved"
    case authorizationDeclined = "authorization.declined"
    /// Decided elsewhere.
    case authorizationAdvised = "authorization.advised"
    case authorizationReversed = "authorization.reversed"
    case authorizationCleared = "authorization.cleared"
    case authorizationExpired = "authorization.expired"
    /// The approval may not have reached whoever asked.
    case authorizationUncertain = "authorization.uncertain"
    /// A repeat's answer did.
    case authorizationConfirmed = "authorization.confirmed"
    /// A reversal, clearing or advice that found nothing to do, or nothing yet.
    case authorizationUnchanged = "authorization.unchanged"
    /// A reversal, clearing or advice that could not be applied, and waits for an operator.
    case exceptionRaised = "exception.raised"
    case exceptionApplied = "exception.applied"
    /// Of no account, and no row of the journal: a tenant's other endpoints are told of one.
    case webhookDisabled = "webhook.disabled"
}

extension EventType {
    /// Nil for what is of no customer's account: what the issuer writes off; and for what is never journaled.
    package init?(_ command: Command, _ outcome: Outcome) {
        switch outcome {
        case .approved: self = .authorizationApproved
        case .declined: self = .authorizationDeclined
        case .acknowledged(.exception, _): self = .exceptionRaised
        case .acknowledged(.nothingLeft, _), .acknowledged(.waitsForOriginal, _): self = .authorizationUnchanged
        case .acknowledged(.applied, _), .acknowledged(.recorded, _), .acknowledged(.recordedIncrement, _), .done:
            guard let type = command.eventType else { return nil }
            self = type
        case .refused: return nil
        }
    }
}

extension Command {
    /// Of a command that was carried out.
    fileprivate var eventType: EventType? {
        switch self {
        case .openAccount: .accountOpened
        case .changeAccount(let change): change.status.eventType
        case .fund: .accountFunded
        case .issueCard: .cardIssued
        case .changeCard(let change): change.status.eventType
        case .authorize: .authorizationApproved
        case .reverse: .authorizationReversed
        case .clear: .authorizationCleared
        case .recordDelivery(let delivery): delivery.hasArrived ? .authorizationConfirmed : .authorizationUncertain
        case .advise: .authorizationAdvised
        case .applyException: .exceptionApplied
        case .writeOffException: nil
        case .setPIN: .cardPINSet
        case .unblockPIN: .cardPINUnblocked
        case .moneyCommand(let command): command.eventType
        case .cardCommand(let command): command.eventType
        case .expire: .authorizationExpired
        }
    }
}

extension AccountStatus {
    fileprivate var eventType: EventType {
        switch self {
        case .open: .accountReopened
        case .frozen: .accountFrozen
        case .closed: .accountClosed
        }
    }
}

extension CardStatus {
    /// No card becomes inactive again.
    fileprivate var eventType: EventType? {
        switch self {
        case .inactive: nil
        case .active: .cardActivated
        case .frozen: .cardFrozen
        case .blocked: .cardBlocked
        case .lost: .cardLost
        case .stolen: .cardStolen
        case .closed: .cardClosed
        }
    }
}

extension MoneyCommand {
    fileprivate var eventType: EventType {
        switch self {
        case .move(let movement):
            switch movement.kind {
            case .withdrawal: .accountWithdrawn
            case .creditAdjustment: .accountCredited
            case .debitAdjustment: .accountDebited
            }
        case .send: .transferSent
        case .receive: .transferReceived
        case .placeHold: .legalHoldPlaced
        case .releaseHold: .legalHoldReleased
        case .setCreditLimit: .accountCreditLimitSet
        }
    }
}

extension CardCommand {
    fileprivate var eventType: EventType {
        switch self {
        case .reissue: .cardReissued
        case .activateInstance: .cardInstanceActivated
        case .replace: .cardReplaced
        case .registerToken: .tokenRegistered
        case .changeToken(let change): change.status.eventType
        }
    }
}

extension TokenStatus {
    fileprivate var eventType: EventType {
        switch self {
        case .active: .tokenActivated
        case .suspended: .tokenSuspended
        case .deleted: .tokenDeleted
        }
    }
}
