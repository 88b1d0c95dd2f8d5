import AuthorizationCore
import AuthorizationEngine

/// What is stored beside the journal.
extension AccountVerification {
    func finish(_ stored: StoredAccount, into report: inout VerificationReport) {
        checkBalances(stored.state, into: &report)
        guard !fold.isBroken else { return }
        for sequence in snapshots.keys.sorted() {
            report.add(
                .snapshotDiffers,
                "snapshot of \(account) seq \(sequence)",
                expected: "its journal row",
                found: "none"
            )
        }
        if let account = stored.account { checkAccount(account, shard: stored.shard, into: &report) }
        let state = fold.state
        func compare<Key: Hashable, Value: Hashable>(
            _ expected: [Key: Value],
            _ found: [Key: Value],
            _ kind: Offence.Kind,
            _ subject: (Key) -> String
        ) {
            for (key, value) in expected {
                guard let other = found[key] else {
                    report.add(.rowMissing, subject(key), expected: "a row", found: "none")
                    continue
                }
                if value != other { report.addDifference(kind, subject(key), expected: value, found: other) }
            }
            for key in found.keys where expected[key] == nil {
                report.add(.rowUnfounded, subject(key), expected: "no such row", found: "a row")
            }
        }
        compare(state.balances, stored.state.balances, .balanceDiffers) { "\(account) \(name(of: $0))" }
        compare(state.cards, stored.state.cards, .cardDiffers) { "\($0) of \(account)" }
        compare(state.authorizations, stored.state.authorizations, .authorizationDiffers) { "\($0) of \(account)" }
        compare(state.counters, stored.state.counters, .counterDiffers) {
            "\(account) \($0.card) \($0.currency.alphabetic) day \($0.dayStart.microseconds) µs"
        }
        compare(state.chipCounters, stored.state.chipCounters, .chipCounterDiffers) {
            "\(account) \($0.card) sequence number \($0.sequenceNumber)"
        }
        compare(state.contactlessCounters, stored.state.contactlessCounters, .contactlessCounterDiffers) {
            "\(account) \($0.card) \($0.currency.alphabetic)"
        }
        compare(state.failureCounters, stored.state.failureCounters, .failureCounterDiffers) { "\(account) \($0.card)" }
        compare(state.keys, stored.state.keys, .networkKeyDiffers) { "\(account) key \($0)" }
        compare(state.pins, stored.state.pins, .pinDiffers) { "PIN of \($0) of \(account)" }
        compare(state.legalHolds, stored.state.legalHolds, .legalHoldDiffers) { "\($0) of \(account)" }
        compare(state.tokens, stored.state.tokens, .tokenDiffers) { index in
            let id = (state.tokens[index] ?? stored.state.tokens[index])?.id
            return "\(id?.description ?? "a token") of \(account)"
        }
        checkRoutes(stored, into: &report)
    }

    private func name(of key: BalanceKey) -> String { "\(key.currency.alphabetic) \(key.kind.name)" }

    private func checkAccount(_ found: Account, shard: Int16, into report: inout VerificationReport) {
        if shard != Int16(account.shard.number) {
            report.add(.accountDiffers, "\(account)", expected: "shard \(account.shard.number)", found: "\(shard)")
        }
        guard var expected = fold.state.account else {
            report.add(.sequenceBroken, "\(account)", expected: "journal rows", found: "none")
            return
        }
        if found.sequence != expected.sequence {
            report.add(
                .sequenceBroken,
                "\(account)",
                expected: "a last journal row with seq \(found.sequence)",
                found: "seq \(expected.sequence)"
            )
            return
        }
        expected.sequence = found.sequence
        if found != expected { report.addDifference(.accountDiffers, "\(account)", expected: expected, found: found) }
    }

    /// Two proofs that need no journal: balances are the fold of transfer rows, and what is held that of holds.
    private func checkBalances(_ stored: AccountState, into report: inout VerificationReport) {
        for (key, balance) in stored.balancesInOrder {
            let subject = "\(account) \(name(of: key))"
            let found = TransferFold.text(of: balance)
            if let fold = transferFold.balance(key) {
                let expected = TransferFold.text(of: fold)
                if expected != found {
                    report.add(.balanceNotItsTransfers, subject, expected: expected, found: found)
                }
            } else {
                report.add(.balanceNotItsTransfers, subject, expected: "sums out of range", found: found)
            }
            var debits: Int128 = 0, credits: Int128 = 0
            for authorization in stored.authorizations.values where authorization.balance == key {
                switch authorization.kind.flow {
                case .debit: debits += Int128(authorization.held)
                case .credit: credits += Int128(authorization.held)
                case .none: break
                }
            }
            let legal = stored.legalHolds.values.reduce(Int128(0)) { sum, hold in
                hold.balance == key && hold.releasedAt == nil ? sum + Int128(hold.amount) : sum
            }
            if debits != Int128(balance.pendingDebits) || credits != Int128(balance.pendingCredits)
                || legal != Int128(balance.legalHolds)
            {
                report.add(
                    .balanceNotItsHolds,
                    subject,
                    expected: "holds \(debits) / \(credits), legal \(legal)",
                    found: found
                )
            }
        }
    }

    private func checkRoutes(_ stored: StoredAccount, into report: inout VerificationReport) {
        guard let tenant = stored.account?.tenant else { return }
        for (card, route) in stored.routes {
            let expected = CardRoute(card: card, account: account, tenant: tenant)
            guard let route else {
                report.add(.panDirectoryDiffers, "\(card) of \(account)", expected: "an entry", found: "none")
                continue
            }
            if route != expected {
                report.addDifference(
                    .panDirectoryDiffers,
                    "\(card) of \(account)",
                    expected: expected,
                    found: route
                )
            }
        }
    }
}
