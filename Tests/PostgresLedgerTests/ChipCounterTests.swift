import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

extension VerificationFacts {
    /// Those of a right cryptogram.
    static func ofChip(counter: UInt16) -> VerificationFacts {
        var facts = VerificationFacts(profileVersion: 0)
        facts.chip = CryptogramFacts(.match)
        facts.chip?.counter = counter
        return facts
    }
}

@Suite struct ChipCounterTests {
    private static func verify(_ ledger: TestLedger) throws {
        var program = ledger.program
        program.version += 1
        var policy = VerificationPolicy()
        policy.keys.chip = StoredKeyName("imk-ac").map { ChipVerification(.visa, cryptograms: $0) }
        policy.rules = [ProofRule(.cryptogram, .checked)]
        program.verification = policy
        let administration = Administration(try TestDatabase.connect(ledger.database.ownerURL))
        try administration.add(program, name: "Test program", author: "test")
    }

    private static func perform(
        _ counter: UInt16,
        _ message: Int,
        _ card: TestLedger.IssuedCard,
        on ledger: TestLedger,
        codes: AnswerCodes = AnswerCodes(response: "00")
    ) async throws -> Answer {
        let identity = MessageIdentity(key: "0100|\(message)", fingerprint: [1])
        var request = try TestLedger.payment(100, with: card.id, message: identity)
        request.verification = .ofChip(counter: counter)
        let reply = await ledger.perform(.authorize(request), on: card.account) { _, _ in codes }
        guard case .decided(let answer) = reply else {
            throw TestLedger.UnexpectedReply(description: "\(reply) instead of a decision")
        }
        return answer
    }

    @Test func `of forty requests at once with one counter, one is approved`() async throws {
        let ledger = try TestLedger(try TestDatabase.make(), lanes: 2)
        defer { ledger.close() }
        try Self.verify(ledger)
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for message in 0..<40 {
                group.addTask { try await Self.perform(5, message, card, on: ledger).decision.outcome }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let approvals = outcomes.count { if case .approved = $0 { true } else { false } }
        let replays = outcomes.count { if case .declined(.counterReplayed, _) = $0 { true } else { false } }
        #expect(approvals == 1 && replays == 39)
        for (counter, message) in [(4, 41), (69, 42), (68, 43)] as [(UInt16, Int)] {
            _ = try await Self.perform(counter, message, card, on: ledger)
        }
        let rows = try ledger.database.texts("SELECT highest || '/' || below || '/' || version FROM chip_counters")
        // 68 is the next one down, and 5 the last one that is remembered.
        #expect(rows == ["69/-9223372036854775807/4"])
    }

    @Test func `a repeat gets the same element 55, without a new PIN, of which nothing is stored`() async throws {
        let ledger = try TestLedger(try TestDatabase.make())
        defer { ledger.close() }
        let card = try await ledger.issueCard(on: try await ledger.openAccount(funds: 10_000))
        var sent = AnswerCodes(response: "00", chipData: [0x91, 2, 1, 2])
        sent.newPINScript = [0x72, 4, 0x86, 2, 0xC0, 0xDE]
        #expect(try await Self.perform(1, 1, card, on: ledger, codes: sent).codes == sent)
        let again = try await Self.perform(2, 1, card, on: ledger, codes: AnswerCodes(response: "00"))
        #expect(again.codes == AnswerCodes(response: "00", chipData: [0x91, 2, 1, 2]) && again.isRepeated)
        for table in ["journal", "network_keys"] {
            let stored = try ledger.database.texts(
                "SELECT encode(chip_data, 'hex') FROM \(table) WHERE chip_data IS NOT NULL"
            )
            #expect(stored == ["91020102"], "\(table)")
        }
    }
}
