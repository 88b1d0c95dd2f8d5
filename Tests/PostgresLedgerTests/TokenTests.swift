import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

@Suite struct TokenTests {
    private static func index(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: TokenFacts.indexLength) }

    private static func registration(_ number: UInt8, _ card: TestLedger.IssuedCard) -> Command {
        let id = TokenID(at: .wallClock, shard: card.account.shard, entropy: .random(in: .min ... .max))
        return .cardCommand(
            .registerToken(RegisterToken(id, index: index(number), of: card.id, reference: "DTR-\(number)"))
        )
    }

    private static func payment(_ number: UInt8, _ card: TestLedger.IssuedCard) throws -> Command {
        .authorize(try request(number, card))
    }

    private static func request(_ number: UInt8, _ card: TestLedger.IssuedCard) throws -> AuthorizationRequest {
        var request = try TestLedger.payment(100, with: card.id)
        request.credential = CredentialFacts()
        request.credential?.token = TokenFacts()
        request.credential?.token?.index = index(number)
        return request
    }

    @Test func `a token is kept for its card alone, its state decides, and the ledger proves it`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        let account = try await ledger.openAccount(funds: 10_000)
        let card = try await ledger.issueCard(on: account), sibling = try await ledger.issueCard(on: account)
        let stranger = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        func reason(_ number: UInt8, _ card: TestLedger.IssuedCard) async throws -> DeclineReason? {
            let decision = try await ledger.decide(try Self.payment(number, card), on: card.account)
            return if case .declined(let reason, _) = decision.outcome { reason } else { nil }
        }
        #expect(try await reason(1, card) == nil)
        #expect(try await ledger.decide(Self.registration(1, card), on: account).outcome == .done)
        for other in [card, sibling, stranger] {
            let again = try await ledger.decide(Self.registration(1, other), on: other.account)
            #expect(again.outcome == .refused(.transitionNotAllowed))
        }
        #expect(try await reason(1, card) == nil)
        #expect(try await reason(1, sibling) == .tokenOfOtherCard)
        #expect(try await reason(1, stranger) == .tokenOfOtherCard)
        let change = ChangeToken(index: Self.index(1), of: card.id, to: .suspended, reason: "phone lost")
        #expect(try await ledger.decide(.cardCommand(.changeToken(change)), on: account).outcome == .done)
        #expect(try await reason(1, card) == .tokenSuspended)
        #expect(try await reason(2, card) == nil)
        let advice = Advice(request: try Self.request(1, card), verdict: .approved(code: ""), reason: .standIn)
        let forced = try await ledger.decide(.advise(advice), on: account)
        #expect(forced.checks.first { $0.check == .tokenStatus }?.verdict == .failed(.tokenSuspended))
        ledger.close()
        _ = try SnapshotWriter(try TestDatabase.connect(database.ownerURL), interval: 5).makeMissing()
        let report = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
    }

    @Test func `a token pays after two replacements, its counters go on, and deleted it pays no more`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        let first = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let account = first.account
        func checks(_ counter: UInt16, _ card: CardID) async throws -> [CheckResult] {
            var request = try Self.request(1, first)
            request.card = card
            request.credential?.token?.cryptogram = .match
            request.verification = VerificationFacts(profileVersion: 0)
            request.verification?.chip = CryptogramFacts(.notVerified)
            request.verification?.chip?.counter = counter
            return try await ledger.decide(.authorize(request), on: account).checks
        }
        func verdict(_ counter: UInt16, _ card: CardID) async throws -> CheckResult.Verdict? {
            try await checks(counter, card).first { $0.check == .tokenStatus }?.verdict
        }
        #expect(try await ledger.decide(Self.registration(1, first), on: account).outcome == .done)
        #expect(try await verdict(7, first.id) == .passed)
        let second = try await ledger.replace(first.id, on: account, with: CardTerms())
        let third = try await ledger.replace(second, on: account, with: CardTerms())
        let sibling = try await ledger.issueCard(on: account)
        #expect(try await verdict(8, third) == .passed)
        #expect(try await verdict(9, sibling.id) == .failed(.tokenOfOtherCard))
        let counters = "SELECT highest::text FROM chip_counters WHERE card_id = "
        #expect(try database.texts(counters + "'\(third.description.dropFirst(4))'") == ["8"])
        #expect(try database.texts(counters + "'\(second.description.dropFirst(4))'") == ["7"])
        // Two cards of one line in one batch.
        async let old = verdict(10, second)
        async let new = verdict(11, third)
        #expect(try await [old, new] == [.passed, .passed])
        let change = ChangeToken(index: Self.index(1), of: first.id, to: .deleted, reason: "phone lost")
        #expect(try await ledger.decide(.cardCommand(.changeToken(change)), on: account).outcome == .done)
        #expect(try await verdict(12, third) == .failed(.tokenDeleted))
        ledger.close()
        let report = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
    }

    @Test func `cards that register one number at the same time: one gets it, the others are told`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        var cards: [TestLedger.IssuedCard] = []
        for _ in 0..<6 { cards.append(try await ledger.issueCard(on: try await ledger.openAccount(funds: 1_000))) }
        for number in 1...20 as ClosedRange<UInt8> {
            let outcomes = await withTaskGroup(of: Outcome?.self) { group in
                for card in cards {
                    group.addTask {
                        let reply = await ledger.perform(Self.registration(number, card), on: card.account)
                        return if case .decided(let answer) = reply { answer.decision.outcome } else { nil }
                    }
                }
                return await group.reduce(into: [Outcome?]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == .done }.count == 1)
            #expect(outcomes.filter { $0 == .refused(.transitionNotAllowed) }.count == 5)
        }
        ledger.close()
        #expect(try database.texts("SELECT count(*)::text FROM tokens") == ["20"])
    }

    @Test func `what another tenant registers, or has deleted, takes no token from this one`() async throws {
        let database = try TestDatabase.make()
        let (ledger, other) = (try TestLedger(database), try TestLedger(database))
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let strange = try await other.issueCard(on: try await other.openAccount(funds: 10_000))
        #expect(try await other.decide(Self.registration(1, strange), on: strange.account).outcome == .done)
        let payment = try await ledger.decide(try Self.payment(1, card), on: card.account)
        #expect(payment.checks.allSatisfy { $0.check != .tokenStatus })
        #expect(try await ledger.decide(Self.registration(1, card), on: card.account).outcome == .done)
        for (owner, card) in [(ledger, card), (other, strange)] {
            let decision = try await owner.decide(try Self.payment(1, card), on: card.account)
            #expect(decision.checks.first { $0.check == .tokenStatus }?.verdict == .passed)
        }
        ledger.close()
        other.close()
        let tenants = "SELECT count(*)::text FROM tokens t JOIN accounts a ON a.id = t.account_id "
        #expect(try database.texts(tenants + "AND a.tenant_id = t.tenant_id") == ["2"])
    }

    @Test func `a card's tokens are listed page by page, the newest first`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let card = try await ledger.issueCard(on: try await ledger.openAccount())
        let sibling = try await ledger.issueCard(on: card.account)
        for number in 1...3 as ClosedRange<UInt8> {
            _ = try await ledger.decide(Self.registration(number, card), on: card.account)
            // Identifiers are in order to the millisecond.
            try await Task.sleep(for: .milliseconds(2))
        }
        _ = try await ledger.decide(Self.registration(4, sibling), on: card.account)
        ledger.close()
        let directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        let first = try await reader.tokens(of: card.id, on: card.account, before: nil, limit: 2)
        #expect(first.map(\.reference) == ["DTR-3", "DTR-2"])
        let rest = try await reader.tokens(of: card.id, on: card.account, before: first.last?.id, limit: 2)
        #expect(rest.map(\.reference) == ["DTR-1"])
        let found = try await reader.token(try #require(rest.first?.id), of: ledger.tenant)
        #expect(found?.account == card.account && found?.token == rest.first)
        let nobody = TenantID(high: 1, low: 1)
        #expect(try await reader.token(try #require(rest.first?.id), of: nobody)?.token == nil)
    }
}
