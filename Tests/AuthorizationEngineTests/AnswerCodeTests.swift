import AuthorizationCore
import Testing

@testable import AuthorizationEngine

/// What a network is told stays what it was told, whatever becomes of its table of codes.
@Suite struct `Codes sent` {
    /// A network's table: one code for approvals, one for the rest.
    private static func table(_ approved: String, _ other: String, advice: String? = nil) -> AnswerCoding {
        { decision, _ in
            if case .approved = decision.outcome { return AnswerCodes(response: approved) }
            return AnswerCodes(response: other, advice: advice)
        }
    }

    private static let first = table("00", "51", advice: "02")
    private static let changed = table("85", "61", advice: "03")
    private static let key = AccountKey(account: Bench.account(0), key: "100:1")

    private static func payment(_ amount: Int64, _ key: RequestKey, fingerprint: UInt8 = 1) -> Command {
        .purchase(amount, message: .of(key, fingerprint))
    }

    @Test(arguments: [(Int64(600), "00", nil), (6_000, "51", "02")] as [(Int64, String, String?)])
    func `are kept with the decision, and a repeat in the same batch is told them again`(
        _ amount: Int64,
        _ response: String,
        _ advice: String?
    ) throws {
        let sent = AnswerCodes(response: response, advice: advice)
        var fold = Bench().fold
        let told = fold.decide(.of(Self.payment(amount, "100:1"), 0, coding: Self.first))
        let again = fold.decide(.of(Self.payment(amount, "100:1"), 1, coding: Self.changed))
        #expect(told.answer?.codes == sent)
        #expect(again.answer?.isRepeated == true && again.answer?.codes == sent)
        let writes = fold.writes()
        #expect(writes.journal.map(\.codes) == [sent])
        #expect(writes.keys.map(\.value.codes) == [sent])
    }

    @Test func `of a new PIN leave with the first answer alone`() {
        var sent = AnswerCodes(response: "00", chipData: [0x91, 1, 1])
        sent.newPINScript = [0x72, 1, 2]
        let coding: AnswerCoding = { [sent] _, _ in sent }
        var fold = Bench().fold
        #expect(fold.decide(.of(Self.payment(1, "100:1"), 0, coding: coding)).answer?.codes == sent)
        let kept = AnswerCodes(response: "00", chipData: [0x91, 1, 1])
        #expect(fold.decide(.of(Self.payment(1, "100:1"), 1, coding: coding)).answer?.codes == kept)
        let writes = fold.writes()
        #expect(writes.journal.map(\.codes) == [kept] && writes.keys.map(\.value.codes) == [kept])
    }

    @Test func `of an earlier batch are told again, also after the table changed`() {
        var bench = Bench()
        let answer = Outcome.declined(.insufficientFunds, nil)
        let record = KeyRecord(fingerprint: [1], authorization: nil, answer: answer)
        bench.loaded.states[Bench.account(0)]?.keys["100:1"] = record
        bench.loaded.codes[Self.key] = AnswerCodes(response: "51")
        var fold = bench.fold
        let reply = fold.decide(.of(Self.payment(1, "100:1"), coding: Self.changed))
        #expect(reply.answer?.codes == AnswerCodes(response: "51"))
        // A row of a time before codes were kept leaves the door to its table.
        bench.loaded.codes = [:]
        fold = bench.fold
        #expect(fold.decide(.of(Self.payment(1, "100:1"), coding: Self.changed)).answer?.codes == .some(nil))
    }

    @Test func `stay when a reversal changes the record of an increment`() throws {
        var bench = Bench()
        let id = AuthorizationID(at: Bench.now, shard: Bench.shard, entropy: 9)
        let amounts = ApprovedAmounts(transaction: Money(50, .euro), billing: Money(50, .euro))
        let added = Approval(authorization: id, code: 7, extent: .added(amounts))
        var record = KeyRecord(fingerprint: [1], authorization: id, answer: .approved(added))
        record.version = 1
        bench.loaded.states[Bench.account(0)]?.keys["100:1"] = record
        bench.loaded.codes[Self.key] = AnswerCodes(response: "00")
        var authorization = Authorization(
            id: id,
            card: Bench.card(0),
            status: .pending,
            kind: .purchase,
            balance: BalanceKey(.euro),
            approved: Money(150, .euro),
            billed: 150,
            countedOn: Bench.now,
            createdAt: Bench.now
        )
        authorization.version = 1
        bench.loaded.states[Bench.account(0)]?.authorizations[id] = authorization
        bench.loaded.states[Bench.account(0)]?.balances[BalanceKey(.euro)]?.pendingDebits = 150
        var fold = bench.fold
        let reversal = fold.decide(.of(.reversal(of: "100:1", as: "400:1"), 1, coding: Self.first))
        #expect(reversal.acknowledgement == .applied)
        let keys = fold.writes().keys
        let changed = try #require(keys.first { $0.value.key == "100:1" })
        #expect(changed.value.record.answer != record.answer)
        #expect(changed.value.codes == AnswerCodes(response: "00"))
        #expect(keys.first { $0.value.key == "400:1" }?.value.codes == AnswerCodes(response: "51", advice: "02"))
    }

    @Test func `of a key stay its first message's when another one reuses it`() {
        var fold = Bench().fold
        _ = fold.decide(.of(Self.payment(10, "100:1"), 0, coding: Self.first))
        _ = fold.decide(.of(Self.payment(10, "100:2"), 1, coding: Self.first))
        _ = fold.decide(.of(.reversal(of: "100:1", as: "400:1", 1), 2, coding: Self.first))
        let reused = fold.decide(.of(.reversal(of: "100:2", as: "400:1", 2), 3, coding: Self.changed))
        #expect(reused.acknowledgement == .exception(.keyReusedWithOtherContent))
        let writes = fold.writes()
        #expect(writes.keys.first { $0.value.key == "400:1" }?.value.codes?.response == "51")
        #expect(writes.journal.last?.codes?.response == "61")
    }

    @Test func `are kept of a request that belongs to no account, and of a client's there are none`() {
        var fold = Bench().fold
        let unknown = fold.decide(.of(.purchase(1, card: nil), 0, account: nil, coding: Self.first))
        #expect(unknown.answer?.codes?.response == "51")
        #expect(fold.writes().unrouted.map(\.codes) == [AnswerCodes(response: "51", advice: "02")])
        #expect(fold.decide(.of(.purchase(1), 1)).answer?.codes == .some(nil))
        #expect(fold.writes().journal.map(\.codes) == [nil])
    }
}
