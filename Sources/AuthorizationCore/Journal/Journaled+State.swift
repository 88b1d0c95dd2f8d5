/// The whole of an account, in one order whatever order it came about in. Versions of stored rows are no part of it.
extension AccountState: Journaled {
    private struct BalanceEntry: Journaled {
        var key: BalanceKey
        var balance: Balance

        init(_ entry: (key: BalanceKey, value: Balance)) { (key, balance) = entry }

        func write(to writer: inout ByteWriter) {
            writer.write(key)
            writer.write(balance)
        }

        init(from reader: inout ByteReader) throws(JournalError) {
            key = try reader.value()
            balance = try reader.value()
        }
    }

    package func write(to writer: inout ByteWriter) {
        writer.write(account)
        writer.write(balancesInOrder.map(BalanceEntry.init))
        writer.write(rows)
    }

    package init(from reader: inout ByteReader) throws(JournalError) {
        self.init()
        account = try reader.optional()
        for entry in try reader.values(BalanceEntry.self) { balances[entry.key] = entry.balance }
        for row in try reader.values(Change.self) {
            switch row {
            case .card, .authorization, .counter, .chipCounter, .contactless, .failures, .key, .pin, .legalHold,
                .token:
                apply([row])
            case .account(let detailed) where detailed.hasDetails && detailed.id == account?.id: apply([row])
            case .account, .openBalance, .creditLimit, .transfer, .statusBefore:
                throw reader.failure("not a row of a state")
            }
        }
    }

    /// Everything beside account and balances, as changes that make it.
    private var rows: [Change] {
        let cards = self.cards.values.sorted { $0.id < $1.id }.map(Change.card)
        let authorizations = self.authorizations.values.sorted { $0.id < $1.id }.map(Change.authorization)
        let counters = self.counters.sorted { $0.key < $1.key }.map { Change.counter($0.key, $0.value) }
        let chipCounters = self.chipCounters.sorted { $0.key < $1.key }.map { Change.chipCounter($0.key, $0.value) }
        let contactless = contactlessCounters.sorted { $0.key < $1.key }.map { Change.contactless($0.key, $0.value) }
        let failures = failureCounters.sorted { $0.key < $1.key }.map { Change.failures($0.key, $0.value) }
        let keys = self.keys.sorted { $0.key < $1.key }.map { Change.key($0.key, $0.value) }
        let pins = self.pins.sorted { $0.key < $1.key }.map { Change.pin($0.key, $0.value) }
        let legalHolds = self.legalHolds.values.sorted { $0.id < $1.id }.map(Change.legalHold)
        let tokens = self.tokens.values.sorted { $0.id < $1.id }.map(Change.token)
        // What it has beside all others' makes a row of it.
        let account = self.account.map { $0.hasDetails ? [Change.account($0)] : [] } ?? []
        return account + cards + authorizations + counters + chipCounters + contactless + failures + keys + pins
            + legalHolds + tokens
    }
}

extension CounterKey: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        let (ofLeft, ofRight) = (left.token ?? [], right.token ?? [])
        guard (left.card, left.currency, left.dayStart) == (right.card, right.currency, right.dayStart) else {
            return (left.card, left.currency.numeric, left.dayStart)
                < (right.card, right.currency.numeric, right.dayStart)
        }
        return ofLeft.lexicographicallyPrecedes(ofRight)
    }
}

extension ContactlessKey: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        (left.card, left.currency.numeric) < (right.card, right.currency.numeric)
    }
}

extension FailureKey: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        guard left.card == right.card else { return left.card < right.card }
        return (left.token ?? []).lexicographicallyPrecedes(right.token ?? [])
    }
}

extension ChipCounterKey: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        guard (left.card, left.sequenceNumber) == (right.card, right.sequenceNumber) else {
            return (left.card, left.sequenceNumber) < (right.card, right.sequenceNumber)
        }
        return (left.token ?? []).lexicographicallyPrecedes(right.token ?? [])
    }
}
