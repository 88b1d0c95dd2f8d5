import AuthorizationCore
import AuthorizationEngine

extension AccountEvent {
    /// Form of the documents. A change that old readers do not understand is another version.
    private static let version: Int64 = 1

    var json: JSONOutput {
        [
            "id": .text(entry.event.description),
            "type": .text(type.rawValue),
            "version": .integer(Self.version),
            "account_id": .text(account.description),
            "account_sequence": .integer(entry.sequence),
            "occurred_at": .text(Timestamp.text(entry.decidedAt)),
            "actor": .optional(entry.actor, \.json),
            "data": data,
        ]
    }

    private var data: JSONOutput {
        switch entry.command {
        case .openAccount: accountData(.open, reason: nil)
        case .changeAccount(let change): accountData(change.status, reason: change.reason)
        case .fund(let funding): moneyData(funding.amount, funding.reference, transfer: firstTransfer)
        case .moneyCommand(let command): moneyData(command)
        case .issueCard(let issue): cardData(issue.card)
        case .changeCard(let change): cardData(change.card, reason: change.reason)
        case .cardCommand(.reissue(let reissue)): cardData(reissue.card)
        case .cardCommand(.activateInstance(let activation)): cardData(activation.card)
        case .cardCommand(.replace(let replace)):
            cardData(replace.card, replacement: replace.new.card, reason: replace.reason)
        case .cardCommand(.registerToken): tokenData(reason: nil)
        case .cardCommand(.changeToken(let change)): tokenData(reason: change.reason)
        case .setPIN(let command): cardData(command.card)
        case .unblockPIN(let command): cardData(command.card, reason: command.reason)
        case .authorize, .reverse, .clear, .recordDelivery, .advise, .applyException, .writeOffException, .expire:
            authorizationData
        }
    }

    private var previousStatus: JSONOutput {
        switch entry.decision.changes.statusBefore {
        case .account(let status): .text(status.name)
        case .card(let status): .text(status.name)
        case .token(let status): .text(status.name)
        case nil: .null
        }
    }

    private var firstTransfer: TransferID? { entry.decision.firstTransfer?.id }

    private func accountData(_ status: AccountStatus, reason: String?) -> JSONOutput {
        [
            "status": .text(status.name),
            "previous_status": previousStatus,
            "reason": .optional(reason) { .text($0) },
            "balances": .list(entry.decision.changes.openedBalances.map { $0.balance.json($0.key) }),
        ]
    }

    /// The card as it stands afterwards, where the event changed it.
    private func cardData(_ id: CardID, replacement: CardID? = nil, reason: String? = nil) -> JSONOutput {
        func changed(_ id: CardID?) -> JSONOutput {
            let cards = entry.decision.changes.compactMap { change -> Card? in
                guard case .card(let card) = change, card.id == id else { return nil }
                return card
            }
            return .optional(cards.last) { $0.json(account: account) }
        }
        return [
            "card_id": .text(id.description),
            "card": changed(id),
            "replacement": changed(replacement),
            "previous_status": previousStatus,
            "reason": .optional(reason) { .text($0) },
        ]
    }

    private func tokenData(reason: String?) -> JSONOutput {
        [
            "token": .optional(entry.decision.changes.changedToken, \.json),
            "previous_status": previousStatus,
            "reason": .optional(reason) { .text($0) },
        ]
    }

    private func moneyData(_ command: MoneyCommand) -> JSONOutput {
        switch command {
        case .move(let movement): moneyData(movement.amount, movement.text, transfer: firstTransfer)
        case .send(let sent): moneyData(sent.amount, sent.reference, transfer: firstTransfer, other: sent.receiver)
        case .receive(let received):
            moneyData(received.amount, received.reference, transfer: received.transfer, other: received.sender)
        case .placeHold(let placing): moneyData(placing.amount, placing.reason, hold: placing.hold)
        case .releaseHold(let release): moneyData(amount(of: release.hold), release.reason, hold: release.hold)
        // The balances have the limit, which need not be above 0 as amounts are.
        case .setCreditLimit(let command): moneyData(nil, command.reason)
        }
    }

    private func amount(of hold: LegalHoldID) -> Money? {
        for case .legalHold(let changed) in entry.decision.changes where changed.id == hold {
            return Money(changed.amount, changed.balance.currency)
        }
        return nil
    }

    /// - Parameters:
    ///   - text: a reference, or an operator's reason.
    ///   - other: the other customer's account.
    private func moneyData(
        _ amount: Money?,
        _ text: String,
        transfer: TransferID? = nil,
        other: AccountID? = nil,
        hold: LegalHoldID? = nil
    ) -> JSONOutput {
        [
            "amount": .optional(amount, \.json),
            "text": .text(text),
            "transfer_id": .optional(transfer) { .text($0.description) },
            "other_account_id": .optional(other) { .text($0.description) },
            "legal_hold_id": .optional(hold) { .text($0.description) },
            "balance_before": .optional(entry.decision.balance) { $0.before.json($0.key) },
            "balance_after": .optional(entry.decision.balance) { $0.after.json($0.key) },
        ]
    }

    /// The entry is the same as in the authorization's history.
    private var authorizationData: JSONOutput {
        let changed = entry.decision.changes.changedAuthorization
        return [
            "authorization": .optional(changed) { .object($0.fields(account: account)) },
            "entry": entry.json,
        ]
    }
}
