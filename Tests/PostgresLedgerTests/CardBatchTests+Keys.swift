import AuthorizationCore
import AuthorizationEngine
import TestSupport
import Testing

@testable import PostgresLedger

/// Idempotency-Keys of batches, beside those of what the lanes do.
extension CardBatchTests {
    /// Who asks first in a round.
    private enum First: CaseIterable {
        case batch, funding, both
    }

    @Test func `a key is a batch's or a funding's, whoever asks first, and when both ask at once`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let funding = Command.fund(Funding(amount: Money(1, try TestLedger.currency("EUR")), reference: ""))
        var funded = 0
        for round in 0..<24 {
            let name = ClientKey(tenant: ledger.tenant, text: "\(round)")
            let rows = [try row(0, on: account)]
            let keyed = KeyedAnswer(by: nil, request: ClientRequest(key: name, fingerprint: [1]), answer: [])
            let client = ClientRequest(key: name, fingerprint: [2])
            @Sendable func fund() async -> Reply { await ledger.perform(funding, on: account, client: client) }
            @Sendable func add() async throws -> WriteOutcome {
                try await store.add(one(), rows, by: .apiKey(key), keyed)
            }
            let (reply, outcome): (Reply, WriteOutcome)
            switch First.allCases[round % 3] {
            case .batch:
                outcome = try await add()
                reply = await fund()
                #expect(outcome == .stored)
            case .funding:
                reply = await fund()
                outcome = try await add()
                #expect(outcome == .keyTaken)
            case .both:
                async let asked = fund()
                outcome = try await add()
                reply = await asked
            }
            switch reply {
            case .decided: #expect(outcome == .keyTaken, "round \(round)")
            case .keyConflict: #expect(outcome == .stored, "round \(round)")
            case .notFound, .misrouted, .late, .refused, .failed: Issue.record("round \(round): \(reply)")
            }
            if outcome == .keyTaken { funded += 1 }
        }
        let counts = """
            SELECT (SELECT count(*) FROM journal WHERE kind = 3) || ' ' || (SELECT count(*) FROM card_batches)
            """
        #expect(try ledger.database.texts(counts) == ["\(funded) \(24 - funded)"])
        try expectClean()
    }

    @Test func `a funding waits for a change that has its key, and is carried out when that fails`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let funding = Command.fund(Funding(amount: Money(1, try TestLedger.currency("EUR")), reference: ""))
        let change = try TestDatabase.connect(ledger.database.superuserURL)
        for end in ["COMMIT", "ROLLBACK"] {
            let client = ClientRequest(key: ClientKey(tenant: ledger.tenant, text: end), fingerprint: [2])
            try change.run(
                script: """
                    BEGIN; INSERT INTO client_keys (tenant_id, key, fingerprint, decided_at)
                    VALUES (\(ledger.tenant.sql), '\(end)', '', now())
                    """
            )
            async let asked = ledger.perform(funding, on: account, client: client)
            try await ledger.database.waitForWaiting("aval lane")
            try change.run(script: end)
            let reply = await asked
            switch reply {
            case .keyConflict: #expect(end == "COMMIT")
            case .decided: #expect(end == "ROLLBACK")
            case .notFound, .misrouted, .late, .refused, .failed: Issue.record("\(end): \(reply)")
            }
        }
    }

    @Test func `an Idempotency-Key makes one batch, and batches are listed from the newest on`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let request = ClientRequest(key: ClientKey(tenant: ledger.tenant, text: "k"), fingerprint: [1])
        let keyed = KeyedAnswer(by: nil, request: request, answer: [2])
        let first = try await add(1, on: account, keyed: keyed)
        let other = CardBatch(
            id: CardBatchID(high: 1, low: 1),
            tenant: ledger.tenant,
            rowCount: 1,
            createdAt: .wallClock
        )
        #expect(try await store.add(other, [try row(0, on: account)], by: .apiKey(key), keyed) == .keyTaken)
        let second = try await add(1, on: account)
        #expect(try await store.batches(of: ledger.tenant, before: nil, limit: 10).map(\.id) == [second, first])
        #expect(try await store.batches(of: ledger.tenant, before: second, limit: 10).map(\.id) == [first])
        let stranger = TenantID(high: 1, low: 1)
        #expect(try await store.batch(first, of: stranger) == nil)
        #expect(try await store.accounts([account], of: stranger).isEmpty)
        #expect(try await store.accounts([account], of: ledger.tenant)[account]?.program == ledger.program.id)
    }

    @Test func `a batch is kept for thirty days after its end, and while rows wait`() async throws {
        defer { end() }
        let account = try await ledger.openAccount()
        let (old, recent) = (try await add(3, on: account), try await add(2, on: account))
        await runner().run()
        let waiting = try await add(2, on: account)
        func age(_ batch: CardBatchID, _ column: String, days: Int) throws {
            let then = "now() - interval '\(days) days'"
            try ledger.database.damage("UPDATE card_batches SET \(column) = \(then) WHERE id = \(batch.sql)")
        }
        try age(old, "ended_at", days: 31)
        try age(recent, "ended_at", days: 29)
        try age(waiting, "created_at", days: 60)
        let owner = OldCardBatches(try TestDatabase.connect(ledger.database.ownerURL))
        #expect(try owner.delete() == 1)
        #expect(try owner.delete() == 0)
        #expect(try await store.batches(of: ledger.tenant, before: nil, limit: 10).map(\.id) == [waiting, recent])
        #expect(try ledger.database.texts("SELECT count(*)::text FROM card_batch_rows") == ["4"])
        let serving = OldCardBatches(try TestDatabase.connect(ledger.database.servingURL))
        #expect(throws: PostgresError.refused(sqlState: "42501", constraint: "")) { try serving.delete() }
    }
}
