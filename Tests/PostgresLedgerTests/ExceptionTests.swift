import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// Exceptions are settled once, whoever tries, and by two operators when they are given up.
@Suite struct ExceptionTests {
    /// A ledger with a posted advice that could not be applied: of a card that nobody has, or without a verdict.
    private struct Story {
        let ledger: TestLedger
        let replica: TestLedger
        let cards: [TestLedger.IssuedCard]
        let people: [Operator]
        let exception: ExceptionRecord

        static func make(withAccount: Bool) async throws -> Story {
            let ledger = try TestLedger(try TestDatabase.make())
            var cards: [TestLedger.IssuedCard] = []
            for _ in 0..<2 {
                cards.append(try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000)))
            }
            let message = MessageIdentity(key: "test:0220:1", fingerprint: [1])
            let card = withAccount ? cards[0].id : nil
            var request = try TestLedger.payment(700, with: card, message: message)
            request.isSingleMessage = true
            let advice = Advice(request: request, verdict: .unclear, reason: .offlineApproval)
            try await ledger.decide(.advise(advice), on: withAccount ? cards[0].account : nil)
            let replica = TestLedger(replicaOf: ledger)
            return Story(
                ledger: ledger,
                replica: replica,
                cards: cards,
                people: try ledger.addOperators(3),
                exception: try #require(try ledger.exceptions().first)
            )
        }

        func end() {
            replica.close()
            ledger.close()
        }

        /// Posted transfers of exceptions, and exceptions that are settled.
        func settled() throws -> [String] {
            try ledger.database.texts(
                """
                SELECT concat_ws(' ', (SELECT count(*) FROM transfers t JOIN journal j ON j.id = t.event_id
                    AND j.kind IN (11, 12)), (SELECT count(*) FROM exceptions WHERE settled_at IS NOT NULL))
                """
            )
        }

        func expectSound() throws {
            let report = try LedgerVerifier(try TestDatabase.connect(ledger.database.servingURL)).verify()
            #expect(report.isClean, "\(report.offences.prefix(3))")
        }
    }

    private static func isDone(_ reply: Reply) -> Bool {
        guard case .decided(let answer) = reply else { return false }
        if case .refused = answer.decision.outcome { return false }
        return true
    }

    @Test(arguments: [true, false])
    func `an exception is applied once, from many sides at once and on two accounts`(_ withAccount: Bool) async throws {
        let story = try await Story.make(withAccount: withAccount)
        defer { story.end() }
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for number in 0..<12 {
                let ledger = number % 2 == 0 ? story.ledger : story.replica
                let card = story.cards[withAccount ? 0 : number % 4 / 2]
                group.addTask {
                    try await ledger.apply(story.exception, on: card.account, card: card.id, by: story.people[0])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.filter(Self.isDone).count == 1)
        #expect(try story.settled() == ["1 1"])
        try story.expectSound()
    }

    @Test func `one without an account is applied on one account only`() async throws {
        let story = try await Story.make(withAccount: false)
        defer { story.end() }
        for (card, isFirst) in zip(story.cards, [true, false]) {
            let reply = try await story.ledger.apply(
                story.exception,
                on: card.account,
                card: card.id,
                by: story.people[0]
            )
            #expect(Self.isDone(reply) == isFirst)
        }
        #expect(try story.settled() == ["1 1"])
    }

    @Test func `one of an account is not applied on another`() async throws {
        let story = try await Story.make(withAccount: true)
        defer { story.end() }
        let other = story.cards[1]
        let reply = try await story.ledger.apply(
            story.exception,
            on: other.account,
            card: other.id,
            by: story.people[0]
        )
        #expect(!Self.isDone(reply))
        #expect(try story.settled() == ["0 0"])
    }

    @Test(arguments: [true, false])
    func `a write-off takes two operators, the terms that were proposed, and happens once`(_ withAccount: Bool)
        async throws
    {
        let story = try await Story.make(withAccount: withAccount)
        defer { story.end() }
        let (ledger, people) = (story.ledger, story.people)
        let euro = try TestLedger.currency("EUR")
        let terms = ledger.terms(for: story.exception, Money(700, euro))
        let more = ledger.terms(for: story.exception, Money(701, euro))
        func writeOff(_ terms: WriteOffTerms, _ first: Int, _ second: Int) async -> Bool {
            let reply = await ledger.writeOff(
                story.exception,
                terms,
                proposedBy: people[first],
                by: people[second]
            )
            return Self.isDone(reply)
        }
        #expect(await !writeOff(terms, 0, 1), "nobody proposed it")
        try ledger.propose(terms, for: story.exception, by: people[0])
        #expect(throws: PostgresError.self) { try ledger.propose(more, for: story.exception, by: people[1]) }
        #expect(await !writeOff(terms, 0, 0), "one operator alone")
        #expect(await !writeOff(terms, 2, 1), "somebody else proposed it")
        #expect(await !writeOff(more, 0, 1), "another amount")
        #expect(try story.settled() == ["0 0"])
        let done = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 { group.addTask { await writeOff(terms, 0, 1 + number % 2) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 1)
        #expect(try story.settled() == ["1 1"])
        #expect(try ledger.exceptions().isEmpty)
        #expect(try ledger.exceptions(all: true).first?.settled?.settlement == .writtenOff)
        #expect(await !writeOff(terms, 0, 1))
        let sides = "SELECT bool_and(is_internal_account(debit_account) AND is_internal_account(credit_account))::text"
        #expect(
            try ledger.database.texts("\(sides) FROM transfers WHERE account_id = \(terms.account.sql)") == ["true"]
        )
        try story.expectSound()
    }

    @Test func `a proposal is withdrawn, and another one may be made`() async throws {
        let story = try await Story.make(withAccount: true)
        defer { story.end() }
        let terms = story.ledger.terms(for: story.exception, Money(1, try TestLedger.currency("EUR")))
        let administration = Administration(try TestDatabase.connect(story.ledger.database.servingURL))
        func withdraw() throws {
            try administration.withdrawProposal(for: story.exception.event, reason: "wrong", by: story.people[1])
        }
        #expect(throws: PostgresError.self) { try withdraw() }
        try story.ledger.propose(terms, for: story.exception, by: story.people[0])
        try withdraw()
        #expect(try story.ledger.exceptions().first?.proposal == nil)
        try story.ledger.propose(terms, for: story.exception, by: story.people[1])
        let actions = try administration.actions(limit: 3).map(\.action)
        let expected = ["propose_write_off", "withdraw_write_off", "propose_write_off"]
        #expect(actions == expected.map { "exception.\($0)" })
    }

    @Test func `the serving role cannot change what came`() async throws {
        let story = try await Story.make(withAccount: true)
        defer { story.end() }
        let connection = try TestDatabase.connect(story.ledger.database.servingURL)
        #expect(throws: PostgresError.self) { try connection.run(script: "UPDATE exceptions SET command = ''") }
        #expect(throws: PostgresError.self) { try connection.run(script: "DELETE FROM exceptions") }
    }

    @Test func `a command that was told nobody, and is run again, moves money once`() async throws {
        let story = try await Story.make(withAccount: true)
        defer { story.end() }
        let session = try SecondSession(locking: story.cards[0].account, in: story.ledger.database)
        async let first = story.ledger.apply(story.exception, by: story.people[0])
        try await session.waitForWaitingLane()
        // The process that decides is killed; whether it has committed is not known.
        try story.ledger.database.killLanes()
        async let second = story.replica.apply(story.exception, by: story.people[0])
        try session.commit()
        let done = [try await first, try await second].filter(Self.isDone).count
        #expect(done == 1)
        #expect(try story.settled() == ["1 1"])
    }
}
