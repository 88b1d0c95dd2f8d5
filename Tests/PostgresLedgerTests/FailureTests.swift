import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// Connections that break, and content that the database refuses.
@Suite struct FailureTests {
    @Test func `a lane whose session was ended between batches connects again and decides`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        for _ in 0..<3 {
            try ledger.database.killLanes()
            let payment = Command.authorize(try TestLedger.payment(100, with: card.id))
            let decision = try await ledger.decide(payment, on: card.account)
            guard case .approved = decision.outcome else {
                Issue.record("\(decision.outcome)")
                return
            }
        }
        #expect(try ledger.database.texts("SELECT count(*)::text FROM journal WHERE kind = 6") == ["3"])
    }

    @Test func `a lane whose session is ended while it waits for a lock decides once`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let session = try SecondSession(locking: card.account, in: ledger.database)
        async let decision = ledger.decide(
            .authorize(try TestLedger.payment(100, with: card.id)),
            on: card.account
        )
        try await session.waitForWaitingLane()
        try ledger.database.killLanes()
        try session.commit()
        guard case .approved = try await decision.outcome else {
            Issue.record("the payment fits")
            return
        }
        #expect(try ledger.database.texts("SELECT count(*)::text FROM transfers WHERE layer = 1") == ["1"])
    }

    @Test func `content that the database refuses fails alone, in the middle of a batch`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 100_000))
        // PostgreSQL's text holds no NUL.
        let keys = ["0", "1", "2", "3\0", "4", "5", "6"]
        let commands = try keys.map { key in
            let message = MessageIdentity(key: "0100|" + key, fingerprint: [1])
            return Command.authorize(try TestLedger.payment(100, with: card.id, message: message))
        }
        let replies = await ledger.performInOneBatch(commands, on: card.account)
        for (index, reply) in replies.enumerated() {
            switch reply {
            case .failed: #expect(index == 3)
            case .decided: #expect(index != 3)
            case .keyConflict, .notFound, .misrouted, .late, .refused: Issue.record("\(reply)")
            }
        }
        #expect(try ledger.database.texts("SELECT count(*)::text FROM journal WHERE kind = 6") == ["6"])
    }

    @Test func `a reversal that the database refuses is acknowledged and kept for an operator`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let account = try await ledger.openAccount()
        let reversal = Reversal(
            target: .message("0100|\0"),
            message: MessageIdentity(key: "0400|\0", fingerprint: [1])
        )
        let decision = try await ledger.decide(.reverse(reversal), on: account)
        guard case .acknowledged(.exception, nil) = decision.outcome else {
            Issue.record("\(decision.outcome)")
            return
        }
        let administration = Administration(try TestDatabase.connect(ledger.database.ownerURL))
        let open = try administration.exceptions(all: false, before: .wallClock, limit: 10)
        #expect(open.map(\.account) == [account])
        #expect(open.first?.reason == nil)
    }
}
