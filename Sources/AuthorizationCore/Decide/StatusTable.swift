/// Operation × card state × account state → outcome. These are all rules that follow from states; every cell is tested.
/// Reversals, advices and clearings have no row: they apply in every state.

extension CardStatus {
    /// Whether a request may lead from this status to `next`. Lost, stolen and closed are ends.
    package func allows(_ next: CardStatus) -> Bool {
        switch self {
        // It may be lost or stolen in the post.
        case .inactive: next == .active || next == .lost || next == .stolen || next == .closed
        case .active, .frozen, .blocked: next != self && next != .inactive
        case .lost, .stolen: next == .closed
        case .closed: false
        }
    }

    /// Whether a request may give this reason for leading to the status, or none. Lost and stolen are reasons themselves.
    package func allows(_ reason: CardStatusReason?) -> Bool {
        guard let reason else { return true }
        return switch (self, reason) {
        case (.inactive, _), (.active, _), (.lost, _), (.stolen, _): false
        case (.frozen, .cardholderRequest), (.frozen, .suspectedFraud), (.frozen, .issuerDecision): true
        case (.frozen, .confirmedFraud), (.frozen, .compromisedData), (.frozen, .accountDelinquent),
            (.frozen, .legalOrder), (.frozen, .cardholderDeceased), (.frozen, .replaced), (.frozen, .programEnded):
            false
        case (.blocked, .replaced), (.blocked, .programEnded): false
        case (.blocked, .suspectedFraud), (.blocked, .confirmedFraud), (.blocked, .compromisedData),
            (.blocked, .accountDelinquent), (.blocked, .legalOrder), (.blocked, .cardholderDeceased),
            (.blocked, .cardholderRequest), (.blocked, .issuerDecision):
            true
        case (.closed, .suspectedFraud): false
        case (.closed, .confirmedFraud), (.closed, .compromisedData), (.closed, .accountDelinquent),
            (.closed, .legalOrder), (.closed, .cardholderDeceased), (.closed, .cardholderRequest),
            (.closed, .issuerDecision), (.closed, .replaced), (.closed, .programEnded):
            true
        }
    }

    /// Why a payment is declined; nil lets it pass. Credits reach a card that may not spend, as long as it is not closed
    /// or not yet active.
    func declineReason(of flow: TransactionKind.Flow) -> DeclineReason? {
        switch (self, flow) {
        case (.active, _): nil
        case (.frozen, .credit), (.blocked, .credit), (.lost, .credit), (.stolen, .credit): nil
        case (.inactive, _): .cardInactive
        case (.frozen, .debit), (.frozen, .none): .cardFrozen
        case (.blocked, .debit), (.blocked, .none): .cardBlocked
        case (.lost, .debit), (.lost, .none): .cardLost
        case (.stolen, .debit), (.stolen, .none): .cardStolen
        case (.closed, _): .cardClosed
        }
    }
}

extension TokenStatus {
    /// Whether a request may lead from this status to `next`. Deleted is the end.
    package func allows(_ next: TokenStatus) -> Bool {
        switch self {
        case .active: next == .suspended || next == .deleted
        case .suspended: next == .active || next == .deleted
        case .deleted: false
        }
    }

    /// Why a payment is declined; nil lets it pass. Credits reach the card in any case.
    func declineReason(of flow: TransactionKind.Flow) -> DeclineReason? {
        switch (self, flow) {
        case (.active, _), (.suspended, .credit), (.deleted, .credit): nil
        case (.suspended, .debit), (.suspended, .none): .tokenSuspended
        case (.deleted, .debit), (.deleted, .none): .tokenDeleted
        }
    }
}

extension AccountStatus {
    /// Whether a request may lead from this status to `next`. Closed is the end.
    package func allows(_ next: AccountStatus) -> Bool { self != .closed && next != self }

    func declineReason(of flow: TransactionKind.Flow) -> DeclineReason? {
        switch (self, flow) {
        case (.open, _), (.frozen, .credit): nil
        case (.frozen, .debit), (.frozen, .none): .accountFrozen
        case (.closed, _): .accountClosed
        }
    }
}

/// What is done with an account beside payments.
package enum AccountOperation: CaseIterable, Sendable {
    case fund
    case withdraw
    case sendTransfer
    case receiveTransfer
    case adjust
    case placeLegalHold
    case issueCard
    case setCreditLimit

    /// Nil lets it pass. An adjustment mends what is wrong, also with a closed account; what was sent to an account
    /// arrives; and what is held is given free in every state.
    func refusal(on account: AccountStatus) -> Refusal? {
        switch (self, account) {
        case (_, .open), (.receiveTransfer, _), (.adjust, _): nil
        case (.fund, .frozen), (.placeLegalHold, .frozen), (.setCreditLimit, .frozen): nil
        case (.withdraw, .frozen), (.sendTransfer, .frozen), (.issueCard, .frozen): .accountNotOpen
        case (.fund, .closed), (.withdraw, .closed), (.sendTransfer, .closed), (.placeLegalHold, .closed),
            (.issueCard, .closed), (.setCreditLimit, .closed):
            .accountNotOpen
        }
    }
}

/// What is done with a card beside payments and changes of its status. All of it needs an open account, as issuing does.
/// Tokens are suspended and deleted in every state.
package enum CardOperation: CaseIterable, Sendable {
    /// A new instance with the same number: renewed, or in place of a damaged one.
    case reissue
    case activateInstance
    /// A new card with another number.
    case replace
    case registerToken
    case resumeToken

    /// Nil lets it pass. The number of a card that is in other hands gets no new instance, and no token.
    package func refusal(of card: CardStatus, on account: AccountStatus) -> Refusal? {
        if let refusal = AccountOperation.issueCard.refusal(on: account) { return refusal }
        return switch (self, card) {
        case (.reissue, .active), (.reissue, .frozen), (.reissue, .blocked): nil
        case (.activateInstance, .active), (.activateInstance, .frozen), (.activateInstance, .blocked): nil
        case (.replace, .inactive), (.replace, .active), (.replace, .frozen), (.replace, .blocked), (.replace, .lost),
            (.replace, .stolen):
            nil
        case (.registerToken, .inactive), (.registerToken, .active), (.registerToken, .frozen),
            (.registerToken, .blocked), (.resumeToken, .inactive), (.resumeToken, .active), (.resumeToken, .frozen),
            (.resumeToken, .blocked):
            nil
        case (.reissue, .inactive), (.reissue, .lost), (.reissue, .stolen), (.reissue, .closed),
            (.activateInstance, .inactive), (.activateInstance, .lost), (.activateInstance, .stolen),
            (.activateInstance, .closed), (.replace, .closed),
            (.registerToken, .lost), (.registerToken, .stolen), (.registerToken, .closed), (.resumeToken, .lost),
            (.resumeToken, .stolen), (.resumeToken, .closed):
            .transitionNotAllowed
        }
    }
}
