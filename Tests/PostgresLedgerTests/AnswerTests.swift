import AuthorizationCore
import AuthorizationEngine
import Logging
import PostgresLedger
import TestSupport
import Testing

/// Answers that do not arrive, and the holds behind them.
@Suite struct AnswerTests {
    private struct NotSeen: Error {}

    private static func uncertain(_ ledger: TestLedger) throws -> [String] {
        try ledger.database.texts("SELECT held::text FROM authorizations WHERE uncertain ORDER BY created_at, id")
    }

    private static func wait(until condition: () throws -> Bool) async throws {
        for _ in 0..<2_000 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw NotSeen()
    }

    private static func payment(
        _ card: TestLedger.IssuedCard,
        _ amount: Int64 = 100,
        key: RequestKey? = nil
    ) throws -> Command {
        let message = key.map { MessageIdentity(key: $0, fingerprint: [1]) }
        return .authorize(try TestLedger.payment(amount, with: card.id, message: message))
    }

    // MARK: - One process

    @Test func `an answer that is let go of leaves an uncertain hold, and a repeat's answer settles it`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let lane = BrokenLane(ledger.database.servingURL)
        lane.start()
        let id = lane.submit(try Self.payment(card, key: "0100|1"), on: card.account)
        _ = try await lane.reply(to: id)
        #expect(try Self.uncertain(ledger) == [])
        lane.forgetReplies()
        try await Self.wait { try Self.uncertain(ledger) == ["100"] }
        try await ledger.decide(try Self.payment(card, key: "0100|1"), on: card.account)
        try await Self.wait { try Self.uncertain(ledger) == [] }
        #expect(
            try ledger.database.texts("SELECT string_agg(kind::text, ',' ORDER BY seq) FROM journal WHERE seq > 3")
                == ["6,9,9"]
        )
        try await lane.close()
        try Self.checkLedger(ledger)
    }

    @Test func `a reversal settles an uncertain hold, and a late report changes nothing more`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let decision = try await ledger.decide(try Self.payment(card), on: card.account)
        guard case .approved(let approval) = decision.outcome else { throw NotSeen() }
        let lost = Command.recordDelivery(.init(authorization: approval.authorization, hasArrived: false))
        let marked = try await ledger.decide(lost, on: card.account)
        #expect(marked.outcome == .acknowledged(.applied, approval.authorization))
        #expect(try await ledger.decide(lost, on: card.account).outcome == .refused(.transitionNotAllowed))
        try await ledger.decide(.reverse(Reversal(target: .authorization(approval.authorization))), on: card.account)
        #expect(try Self.uncertain(ledger) == [])
        #expect(try await ledger.decide(lost, on: card.account).outcome == .refused(.transitionNotAllowed))
        try Self.checkLedger(ledger)
    }

    // MARK: - Processes that ended

    @Test func `the holds of batches whose answers did not all leave become uncertain with their process`() async throws
    {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let lane = BrokenLane(ledger.database.servingURL)
        lane.start()
        // The first is answered, and the second batch stores that; of the others nobody knows.
        for amount: Int64 in [100, 200, 300] {
            let id = lane.submit(try Self.payment(card, amount), on: card.account)
            let reply = try await lane.reply(to: id)
            if case .decided(let answer) = reply, amount == 100 { answer.delivery?.complete() }
            if amount == 100 { lane.forgetReplies() }
        }
        try await lane.close()
        let store = PostgresUnansweredStore(url: ledger.database.servingURL, timeout: .seconds(5))
        defer { store.close() }
        await Self.sweeper(ledger, store).sweep()
        #expect(try Self.uncertain(ledger) == ["200", "300"])
        // Nothing is left of it, so another round finds nothing.
        #expect(try ledger.database.texts("SELECT count(*)::text FROM lanes WHERE lane = 7") == ["0"])
        await Self.sweeper(ledger, store).sweep()
        #expect(try Self.uncertain(ledger) == ["200", "300"])
        try Self.checkLedger(ledger)
    }

    @Test func `a process that runs is left alone until it ends`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let lane = BrokenLane(ledger.database.servingURL)
        let running = PostgresUnansweredStore(url: ledger.database.servingURL, timeout: .seconds(5))
        try await running.announce(lane.boot)
        try await running.announce(lane.boot)
        lane.start()
        _ = try await lane.reply(to: lane.submit(try Self.payment(card), on: card.account))
        try await lane.close()
        let store = PostgresUnansweredStore(url: ledger.database.servingURL, timeout: .seconds(5))
        defer { store.close() }
        await Self.sweeper(ledger, store).sweep()
        #expect(try Self.uncertain(ledger) == [])
        running.close()
        // Its lock goes with its connection, after a while.
        for _ in 0..<600 where try Self.uncertain(ledger) != ["100"] {
            await Self.sweeper(ledger, store).sweep()
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try Self.uncertain(ledger) == ["100"])
    }

    @Test func `two processes that find a third one's end care once`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let lane = BrokenLane(ledger.database.servingURL)
        lane.start()
        _ = try await lane.reply(to: lane.submit(try Self.payment(card), on: card.account))
        try await lane.close()
        let stores = (0..<2).map { _ in
            PostgresUnansweredStore(url: ledger.database.servingURL, timeout: .seconds(5))
        }
        let found = try await [
            stores[0].ended(besides: Self.boot()), stores[1].ended(besides: Self.boot()),
        ]
        #expect(found.map { $0.contains(lane.boot) } == [true, false])
        for store in stores { store.close() }
    }

    private static func boot() -> EventID {
        EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
    }

    private static func sweeper(_ ledger: TestLedger, _ store: PostgresUnansweredStore) -> AnswerSweeper {
        var logger = Logger(label: "sweeper")
        logger.logLevel = .critical
        return AnswerSweeper(boot: ledger.boot, engine: ledger.engine, answers: [], store: store, logger: logger)
    }

    private static func checkLedger(_ ledger: TestLedger) throws {
        let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(3))")
    }
}
