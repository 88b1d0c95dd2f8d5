import AuthorizationCore

extension Command {
    /// What people call it.
    package var name: String {
        switch self {
        case .openAccount: "account_opening"
        case .changeAccount: "account_change"
        case .fund: "funding"
        case .issueCard: "card_issue"
        case .changeCard: "card_change"
        case .authorize: "authorization"
        case .reverse: "reversal"
        case .clear: "clearing"
        case .advise: "advice"
        case .applyException: "exception_applied"
        case .writeOffException: "exception_written_off"
        case .setPIN: "pin_setting"
        case .unblockPIN: "pin_unblocking"
        case .moneyCommand(let command): command.name
        case .cardCommand(let command): command.name
        case .expire: "expiry"
        case .recordDelivery(let delivery): delivery.hasArrived ? "answer_arrived" : "answer_lost"
        }
    }
}

extension MoneyCommand {
    fileprivate var name: String {
        switch self {
        case .move(let movement): movement.kind.name
        case .send: "transfer_sent"
        case .receive: "transfer_received"
        case .placeHold: "legal_hold_placing"
        case .releaseHold: "legal_hold_release"
        case .setCreditLimit: "credit_limit_setting"
        }
    }
}

extension CardCommand {
    fileprivate var name: String {
        switch self {
        case .reissue: "card_reissue"
        case .activateInstance: "card_instance_activation"
        case .replace: "card_replacement"
        case .registerToken: "token_registration"
        case .changeToken: "token_change"
        }
    }
}
