import AuthorizationCore
import CardCryptography

/// Which rows of an account a batch changed.
struct TouchedRows {
    var balances: Set<BalanceKey> = []
    var cards: Set<CardID> = []
    var authorizations: Set<AuthorizationID> = []
    var counters: Set<CounterKey> = []
    var chipCounters: Set<ChipCounterKey> = []
    var contactless: Set<ContactlessKey> = []
    var failures: Set<FailureKey> = []
    var keys: Set<RequestKey> = []
    var pins: Set<CardID> = []
    var legalHolds: Set<LegalHoldID> = []
    var tokens: Set<[UInt8]> = []

    mutating func add(_ changes: [Change]) {
        for change in changes {
            switch change {
            case .account, .statusBefore: break
            case .openBalance(let key, creditLimit: _), .creditLimit(let key, _): balances.insert(key)
            case .card(let card): cards.insert(card.id)
            case .transfer(let transfer): balances.insert(transfer.balance)
            case .authorization(let authorization): authorizations.insert(authorization.id)
            case .counter(let key, _): counters.insert(key)
            case .chipCounter(let key, _): chipCounters.insert(key)
            case .contactless(let key, _): contactless.insert(key)
            case .failures(let key, _): failures.insert(key)
            case .key(let key, _): keys.insert(key)
            case .pin(let card, _): pins.insert(card)
            case .legalHold(let hold): legalHolds.insert(hold.id)
            case .token(let token): tokens.insert(token.index)
            }
        }
    }

    func append(
        to writes: inout BatchWrites,
        account: Account,
        state: AccountState,
        codes: [AccountKey: AnswerCodes]
    ) {
        func row<Value>(_ value: Value) -> BatchWrites.AccountRow<Value> {
            BatchWrites.AccountRow(account: account.id, value: value)
        }
        for key in balances {
            guard let balance = state.balances[key] else { continue }
            writes.balances.append(row(BatchWrites.BalanceRow(key: key, balance: balance)))
        }
        for id in authorizations {
            guard let authorization = state.authorizations[id] else { continue }
            writes.authorizations.append(row(authorization))
        }
        for key in counters {
            guard let counter = state.counters[key] else { continue }
            writes.counters.append(row(BatchWrites.CounterRow(key: key, counter: counter)))
        }
        for key in chipCounters {
            guard let counter = state.chipCounters[key] else { continue }
            writes.chipCounters.append(row(BatchWrites.ChipCounterRow(key: key, counter: counter)))
        }
        for key in contactless {
            guard let counter = state.contactlessCounters[key] else { continue }
            writes.contactless.append(row(BatchWrites.ContactlessRow(key: key, counter: counter)))
        }
        for key in failures {
            guard let counter = state.failureCounters[key] else { continue }
            writes.failures.append(row(BatchWrites.FailureRow(key: key, counter: counter)))
        }
        for key in keys {
            guard let record = state.keys[key] else { continue }
            let codes = codes[AccountKey(account: account.id, key: key)]
            writes.keys.append(row(BatchWrites.KeyRow(key: key, record: record, codes: codes)))
        }
        for id in legalHolds {
            guard let hold = state.legalHolds[id] else { continue }
            writes.legalHolds.append(row(hold))
        }
        for index in tokens {
            guard let token = state.tokens[index] else { continue }
            writes.tokens.append(row(BatchWrites.TokenRow(token: token, tenant: account.tenant)))
        }
    }

    func appendCards(
        to writes: inout BatchWrites,
        account: Account,
        state: AccountState,
        numbers: [CardID: PANVault.Sealed],
        stored: [CardID: Card]
    ) {
        for id in cards {
            guard let card = state.cards[id] else { continue }
            let row = BatchWrites.CardRow(
                card: card,
                tenant: account.tenant,
                number: numbers[id],
                instances: card.instances.filter { stored[id]?.instances.contains($0) != true }
            )
            writes.cards.append(BatchWrites.AccountRow(account: account.id, value: row))
        }
    }

    func appendPINs(
        to writes: inout BatchWrites,
        account: Account,
        state: AccountState,
        _ references: [CardID: SealedPINReference]
    ) {
        for card in pins {
            guard let pin = state.pins[card] else { continue }
            let row = BatchWrites.PINRow(card: card, state: pin, reference: references[card])
            writes.pins.append(BatchWrites.AccountRow(account: account.id, value: row))
        }
    }
}
