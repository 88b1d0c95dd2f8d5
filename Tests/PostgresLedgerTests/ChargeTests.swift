import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

@Suite struct `Stored charges` {
    /// A fee and a tax that spares exempt accounts.
    private static func charge(_ ledger: TestLedger, version: Int32) throws {
        let euro = try TestLedger.currency("EUR")
        var program = ledger.program
        program.version = version
        var fee = ChargeSchedule("FEE", to: .feeIncome, in: euro, of: ChargeConditions(kinds: [.purchase]))
        fee.terms.fixed = 50
        var tax = ChargeSchedule("TAX", to: .taxPayable, in: euro, of: ChargeConditions(kinds: [.purchase]))
        tax.terms.rate = 100_000
        tax.conditions.sparesExemptAccounts = true
        program.charges = [fee, tax]
        let administration = Administration(try TestDatabase.connect(ledger.database.ownerURL))
        try administration.add(program, name: "Test program", author: "test")
    }

    private static func exemptAccount(_ ledger: TestLedger) async throws -> AccountID {
        let euro = try TestLedger.currency("EUR")
        let account = AccountID(at: .wallClock, shard: Shard(truncating: 9), entropy: .random(in: .min ... .max))
        let opening = OpenAccount(
            account: account,
            tenant: ledger.tenant,
            program: ledger.program.id,
            balances: [.init(balance: BalanceKey(euro), creditLimit: 0)],
            isChargeExempt: true
        )
        try await ledger.decide(.openAccount(opening), on: account)
        try await ledger.decide(.fund(Funding(amount: Money(100_000, euro), reference: "opening")), on: account)
        return account
    }

    /// Held, reversed in part, cleared in part and at once, by two accounts of which one is exempt.
    private static func live(_ ledger: TestLedger) async throws {
        try charge(ledger, version: 2)
        for account in [try await ledger.openAccount(funds: 100_000), try await exemptAccount(ledger)] {
            let card = try await ledger.issueCard(on: account)
            var ids: [AuthorizationID] = []
            for isSingle in [false, false, true] {
                var request = try TestLedger.payment(1_000, with: card.id)
                request.isSingleMessage = isSingle
                let decision = try await ledger.decide(.authorize(request), on: account)
                ids.append(try #require(decision.outcome.authorization))
            }
            try await ledger.decide(.reverse(Reversal(target: .authorization(ids[0]), newTotal: 500)), on: account)
            let euro = try TestLedger.currency("EUR")
            let clearing = Clearing(authorization: ids[1], amount: Money(400, euro), isFinal: false)
            try await ledger.decide(.clear(clearing), on: account)
        }
    }

    @Test func `are transfers to their internal accounts, and come again by replay, snapshot and verification`()
        async throws
    {
        let ledger = try TestLedger(try TestDatabase.make())
        try await Self.live(ledger)
        ledger.close()
        let database = ledger.database
        let sums = """
            SELECT line || ' ' || sum(CASE WHEN debit_account = account_id THEN amount ELSE -amount END)
            FROM transfers WHERE layer = 3 AND authorization_id IS NOT NULL GROUP BY line ORDER BY line
            """
        // Of 1,400 posted on each account: the exempt one's fee stands in line 2 too.
        #expect(try database.texts(sums) == ["0 2800", "2 140", "3 140"])
        try await database.foldAll()
        #expect(try SnapshotWriter(try TestDatabase.connect(database.ownerURL), interval: 4).makeMissing() > 0)
        let report = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
        let replayed = try Replayer(try TestDatabase.connect(database.servingURL))
            .replay(from: Instant(microseconds: 0), to: Instant(microseconds: 4_000_000_000_000_000))
        #expect(replayed.isIdentical && replayed.rowsCompared > 0)
    }

    @Test(
        arguments: [
            ("authorizations", "charges = NULL WHERE charges IS NOT NULL", Offence.Kind.authorizationDiffers),
            ("accounts", "charge_exempt = NOT charge_exempt", .accountDiffers),
            ("authorizations", "charges = '\\x00' WHERE charges IS NOT NULL", .rowUnreadable),
        ]
    )
    func `that are damaged are named`(_ damage: (table: String, change: String, offence: Offence.Kind)) async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        try await Self.live(ledger)
        ledger.close()
        try ledger.database.damage("UPDATE \(damage.table) SET \(damage.change)")
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.offences.contains { $0.kind == damage.offence })
    }
}
