import AuthorizationCore
import AuthorizationEngine
import Logging
import TestSupport
import Testing

@testable import PostgresLedger

/// Holds whose time has run out, found in the database and ended through the lanes.
@Suite struct HoldExpiryTests {
    private let ledger: TestLedger
    private let store: PostgresPendingHoldStore

    init() throws {
        ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        // However slow the machine is, nothing is given up while a test goes on.
        store = PostgresPendingHoldStore(url: ledger.database.servingURL, timeout: .seconds(120))
    }

    private func end() {
        store.close()
        ledger.close()
    }

    /// Final amounts end at once.
    private func expirer() -> HoldExpirer {
        var lifetimes = HoldLifetimes()
        lifetimes.finalAmount = 0
        return HoldExpirer(lifetimes, engine: ledger.engine, store: store, logger: Logger(label: "test"))
    }

    private func holds(_ count: Int, of card: TestLedger.IssuedCard) async throws {
        for _ in 0..<count {
            try await ledger.decide(.authorize(try TestLedger.payment(100, with: card.id)), on: card.account)
        }
    }

    private func statuses() throws -> [String] {
        try ledger.database.texts("SELECT concat(status, ' ', count(*)) FROM authorizations GROUP BY status ORDER BY 1")
    }

    @Test func `all that is due ends once, whoever looks, and the rest stays`() async throws {
        defer { end() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000_000))
        let other = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000_000))
        try await holds(270, of: card)
        try await holds(3, of: other)
        var waiting = try TestLedger.payment(700, with: card.id, message: MessageIdentity(key: "k", fingerprint: [1]))
        waiting.purpose = .preAuthorization
        try await ledger.decide(.authorize(waiting), on: card.account)
        let (first, second) = (expirer(), expirer())
        async let one: Void = first.walkThroughAll()
        async let two: Void = second.walkThroughAll()
        _ = await (one, two)
        #expect(try statuses() == ["1 1", "4 273"])
        let texts = [first.text, second.text]
        let counts = texts.compactMap { text in
            text.split(separator: "\n").first { $0.hasPrefix("aval_holds_expired_total ") }?.split(separator: " ").last
        }
        #expect(counts.compactMap { Int($0) }.reduce(0, +) == 273)
        #expect(texts.allSatisfy { $0.contains("aval_hold_expiry_failures_total 0\n") })
        #expect(
            try ledger.database.texts("SELECT pending_debits::text FROM balances ORDER BY pending_debits DESC LIMIT 1")
                == ["700"]
        )
        #expect(try ledger.database.texts("SELECT count(*)::text FROM journal WHERE kind = 26") == ["273"])
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(3))")
    }

    @Test func `a walk goes on from where a page ended`() async throws {
        defer { end() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        try await holds(5, of: card)
        var found: [AuthorizationID] = []
        var position = PendingPosition.start
        while true {
            let page = try await store.pending(before: .distantFuture, after: position, limit: 2)
            #expect(page.count <= 2 && page.allSatisfy { $0.account == card.account })
            found += page.map(\.authorization.id)
            guard let last = page.last?.authorization else { break }
            position = PendingPosition(createdAt: last.createdAt, authorization: last.id)
        }
        #expect(found.count == 5 && Set(found).count == 5)
        let none = try await store.pending(before: .distantPast, after: .start, limit: 2)
        #expect(none.isEmpty)
    }

    @Test func `what is pending is found by its index`() throws {
        defer { end() }
        let values = "now(), now(), '00000000-0000-0000-0000-000000000000', 1"
        let types = "timestamptz, timestamptz, uuid, bigint"
        let plan = try plan(of: PostgresPendingHoldStore.statement, types, values)
        #expect(plan.contains("authorizations_pending") && !plan.contains("Sort"), "\(plan)")
    }

    private func plan(of statement: Statement, _ types: String, _ values: String) throws -> String {
        let connection = try PostgresConnection(
            url: ledger.database.servingURL,
            timeout: .seconds(10),
            session: PostgresLaneStore.nestedLoops
        )
        try connection.run(script: "PREPARE explained (\(types)) AS \(statement.sql)")
        return try connection.run(Call(Statement("", "EXPLAIN EXECUTE explained (\(values))")))
            .map { (row) throws(PostgresError) in try row.text() }.joined(separator: "\n")
    }

    // MARK: - Sandboxes

    /// The ledger's program, with its clock ahead.
    private var sandbox: Program {
        var program = ledger.program
        program.sandbox = Sandbox(clockOffset: 60)
        return program
    }

    private func addForeignHolds(_ count: Int) throws {
        try ledger.database.damage(
            """
            INSERT INTO authorizations (shard, id, account_id, card_id, status, kind, currency, balance_kind,
                transaction_currency, approved, remaining, billed, held, cleared, posted, counted_on, uncertain,
                created_at, version)
            SELECT n % 4096, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 978, 1, 978, 1, 1, 1, 1, 0,
                0, now(), false, now() - interval '30 days', 1 FROM generate_series(1, \(count)) AS n;
            ANALYZE
            """
        )
    }

    @Test func `a sandbox's holds end account by account, and nothing of others is looked at`() async throws {
        defer { end() }
        for _ in 0..<70 {
            try await holds(1, of: try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000)))
        }
        let busy = try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000_000))
        try await holds(300, of: busy)
        try addForeignHolds(100_000)
        let expirer = expirer()
        #expect(try await !expirer.walkThrough(sandbox, until: .now))
        #expect(try statuses() == ["1 100370"])
        #expect(try await expirer.walkThrough(sandbox, until: .now + .seconds(3_600)))
        #expect(try statuses() == ["1 100000", "4 370"])
        let nobody = "'00000000-0000-0000-0000-000000000000'"
        let accounts = try plan(
            of: PostgresPendingHoldStore.accounts,
            "uuid, uuid, bigint",
            "\(ledger.program.id.sql), \(nobody), 64"
        )
        #expect(accounts.contains("accounts_by_program") && !accounts.contains("Sort"), "\(accounts)")
        let ofAccounts = try plan(
            of: PostgresPendingHoldStore.statementOfAccounts,
            "int2[], uuid[], timestamptz, uuid, bigint",
            "ARRAY[1]::int2[], ARRAY[\(nobody)]::uuid[], now(), \(nobody), 256"
        )
        #expect(ofAccounts.contains("authorizations_by_account"), "\(ofAccounts)")
        #expect(!ofAccounts.contains("authorizations_pending"), "\(ofAccounts)")
    }

    @Test func `a sandbox that is waited for keeps no real hold waiting`() async throws {
        defer { end() }
        let other = try TestDatabase.connect(ledger.database.superuserURL)
        try other.run(script: "BEGIN; LOCK TABLE accounts")
        async let walked = expirer().walkThrough(sandbox, until: .now + .seconds(3_600))
        try await ledger.database.waitForWaiting("aval sandbox expiry")
        #expect(try await store.pending(before: .distantFuture, after: .start, limit: 2).isEmpty)
        try other.run(script: "COMMIT")
        #expect(try await walked)
    }
}
