/// What is known of one account when a command is decided: all of it when journal rows are replayed, and the rows
/// that the commands of a batch name when they are served.
package struct AccountState: Hashable, Sendable {
    /// Nil before the account is opened, and for requests that belong to no account.
    package var account: Account?
    package var balances: [BalanceKey: Balance] = [:]
    package var cards: [CardID: Card] = [:]
    package var counters: [CounterKey: Counter] = [:]
    package var chipCounters: [ChipCounterKey: ChipCounter] = [:]
    package var contactlessCounters: [ContactlessKey: ContactlessCounter] = [:]
    package var failureCounters: [FailureKey: FailureCounter] = [:]
    package var authorizations: [AuthorizationID: Authorization] = [:]
    package var keys: [RequestKey: KeyRecord] = [:]
    package var pins: [CardID: PINState] = [:]
    package var legalHolds: [LegalHoldID: LegalHold] = [:]
    /// By their indexes.
    package var tokens: [[UInt8]: WalletToken] = [:]

    package init() {}

    /// The balances in their fixed order: decisions never depend on a dictionary's.
    package var balancesInOrder: [(key: BalanceKey, value: Balance)] {
        balances.sorted { $0.key < $1.key }
    }

    /// Takes a decision's changes in.
    package mutating func apply(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .account(let account):
                self.account = account
            case .openBalance(let key, let creditLimit):
                balances[key] = Balance(creditLimit: creditLimit)
            case .creditLimit(let key, let limit):
                balances[key]?.creditLimit = limit
            case .card(let card):
                cards[card.id] = card
            case .transfer(let transfer):
                guard let balance = balances[transfer.balance]?.after(transfer) else {
                    preconditionFailure("a decision only moves balances that exist, within range")
                }
                balances[transfer.balance] = balance
            case .authorization(let authorization):
                authorizations[authorization.id] = authorization
            case .counter(let key, let counter):
                counters[key] = counter
            case .chipCounter(let key, let counter):
                chipCounters[key] = counter
            case .contactless(let key, let counter):
                contactlessCounters[key] = counter
            case .failures(let key, let counter):
                failureCounters[key] = counter
            case .key(let key, let record):
                keys[key] = record
            case .pin(let card, let pin):
                pins[card] = pin
            case .legalHold(let hold):
                legalHolds[hold.id] = hold
            case .token(let token):
                tokens[token.index] = token
            case .statusBefore: break
            }
        }
    }
}
