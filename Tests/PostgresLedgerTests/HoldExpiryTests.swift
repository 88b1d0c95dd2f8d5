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
        store = PostgresPendingHoldStore(url: ledger.database.servingURL, timeout: .seconds(10))
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
        async let one: Void = first.walk()
        async let two: Void = second.walk()
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
            let page = try await store.pending(of: nil, before: .distantFuture, after: position, limit: 2)
            #expect(page.count <= 2 && page.allSatisfy { $0.account == card.account })
            found += page.map(\.authorization.id)
            guard let last = page.last?.authorization else { break }
            position = PendingPosition(createdAt: last.createdAt, authorization: last.id)
        }
        #expect(found.count == 5 && Set(found).count == 5)
        let none = try await store.pending(of: nil, before: .distantPast, after: .start, limit: 2)
        #expect(none.isEmpty)
    }

    @Test func `what is pending is found by its index`() throws {
        defer { end() }
        let connection = try TestDatabase.connect(ledger.database.servingURL)
        try connection.run(script: "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        let statement = PostgresPendingHoldStore.statement
        try connection.run(
            script: "PREPARE pending (timestamptz, timestamptz, uuid, bigint) AS \(statement.sql)"
        )
        let plan = try connection.run(
            Call(
                Statement(
                    "",
                    "EXPLAIN EXECUTE pending (now(), now(), '00000000-0000-0000-0000-000000000000', 1)"
                )
            )
        ).map { (row) throws(PostgresError) in try row.text() }.joined(separator: "\n")
        #expect(plan.contains("authorizations_pending") && !plan.contains("Sort"), "\(plan)")
    }
}
