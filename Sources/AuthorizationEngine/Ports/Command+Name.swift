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
        case .expire: "expiry"
        case .recordDelivery(let delivery): delivery.hasArrived ? "answer_arrived" : "answer_lost"
        }
    }
}
