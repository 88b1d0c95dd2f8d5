import AuthorizationCore
import Testing

@testable import AuthorizationEngine

@Suite struct `Repeats of network messages` {
    @Test func `get the stored answer and move no money, within a batch`() {
        var fold = Bench().fold
        let first = fold.decide(.of(.purchase(600, message: .of("100:1")), 0))
        let again = fold.decide(.of(.purchase(600, message: .of("100:1")), 1))
        #expect(first.isApproved && first.answer?.isRepeated == false)
        #expect(again.answer?.decision.outcome == first.answer?.decision.outcome)
        #expect(again.answer?.isRepeated == true)
        let writes = fold.writes()
        #expect(writes.journal.count == 1 && writes.transfers.count == 1)
        #expect(writes.balances.first?.value.balance.pendingDebits == 600)
    }

    @Test(arguments: [
        Outcome.approved(Approval(authorization: AuthorizationID(high: 1, low: 1), code: 7)),
        .declined(.insufficientFunds, nil),
    ])
    func `get the answer that the ledger has`(_ stored: Outcome) {
        var bench = Bench()
        let record = KeyRecord(fingerprint: [1], authorization: nil, answer: stored)
        bench.loaded.states[Bench.account(0)]?.keys["100:1"] = record
        var fold = bench.fold
        let reply = fold.decide(.of(.purchase(1, message: .of("100:1"))))
        #expect(reply.answer?.decision == Decision(stored))
        #expect(reply.answer?.isRepeated == true)
        #expect(fold.writes().isEmpty)
    }

    @Test func `a request with a used key and other content conflicts`() {
        var fold = Bench().fold
        _ = fold.decide(.of(.purchase(1, message: .of("100:1", 1)), 0))
        #expect(fold.decide(.of(.purchase(2, message: .of("100:1", 2)), 1)).name == "keyConflict")
        #expect(fold.writes().journal.count == 1)
    }

    @Test func `a reversal with a used key and other content is acknowledged and kept for an operator`() {
        var fold = Bench().fold
        _ = fold.decide(.of(.purchase(10, message: .of("100:1")), 0))
        _ = fold.decide(.of(.purchase(20, message: .of("100:2")), 1))
        _ = fold.decide(.of(.reversal(of: "100:1", as: "400:1", 1), 2))
        let reused = fold.decide(.of(.reversal(of: "100:2", as: "400:1", 2), 3))
        #expect(reused.acknowledgement == .exception(.keyReusedWithOtherContent))
        let writes = fold.writes()
        #expect(writes.journal.count == 4)
        #expect(writes.balances.first?.value.balance.pendingDebits == 20)
    }

    @Test func `an advice is always taken, and its repeat gets its answer again`() {
        var fold = Bench().fold
        let advice = Command.advise(
            Advice(
                request: AuthorizationRequest(
                    card: Bench.card(0),
                    message: .of("120:1"),
                    kind: .purchase,
                    transaction: Money(5_000, .euro),
                    merchant: Merchant(name: "", identification: "", categoryCode: 0, country: "", city: "")
                ),
                verdict: .approved(code: ""),
                reason: .standIn,
                original: .message("100:1")
            )
        )
        #expect(LaneItem.of(advice).mustBeAccepted)
        #expect(fold.decide(.of(advice, 0)).acknowledgement == .recorded)
        let again = fold.decide(.of(advice, 1))
        #expect(again.acknowledgement == .recorded && again.answer?.isRepeated == true)
        // What it stands for comes late and holds nothing more.
        let late = fold.decide(.of(.purchase(5_000, message: .of("100:1")), 2))
        #expect(late.declineReason == .advisedBeforeArrival)
        #expect(fold.writes().balances.first?.value.balance.pendingDebits == 5_000)
    }

    @Test func `a batch asks for the rows that its commands name`() {
        var request = BatchRequest()
        let account = Bench.account(0)
        func key(_ text: String) -> AccountKey { AccountKey(account: account, key: text) }
        func read(_ text: String) -> KeyToRead { KeyToRead(key(text)) }
        var increment = AuthorizationRequest(
            card: Bench.card(0),
            network: "net",
            message: .of("100:2"),
            kind: .purchase,
            transaction: Money(1, .euro),
            merchant: Merchant(name: "", identification: "", categoryCode: 0, country: "", city: ""),
            references: NetworkReferences(transactionID: "T", acquirer: "A", retrievalReference: "R"),
            increment: Increment(of: .message("100:1", aliases: ["net:nti:S"]), mode: .delta)
        )
        request.add(increment, of: account)
        #expect(request.cards == [AccountCard(account: account, card: Bench.card(0))])
        #expect(request.keys == [read("net:nti:T")])
        #expect(request.originals == [key("100:1"), key("net:nti:S")])
        increment.increment = nil
        let id = AuthorizationID(high: 1, low: 2)
        let verdict = Advice.Verdict.approved(code: "C")
        let advice = Advice(request: increment, verdict: verdict, reason: .other, original: .authorization(id))
        request = BatchRequest()
        request.add(advice, of: account)
        #expect(request.keys == [read("net:nti:T"), read("net:rrn:A:R:C")])
        #expect(request.authorizations == [id] && request.originals.isEmpty)
    }

    @Test func `a batch asks for the longer key of a message, and for the name that an approval code may make`() {
        let account = Bench.account(0)
        var request = AuthorizationRequest(
            card: Bench.card(0),
            network: "net",
            message: MessageIdentity(key: "100:1", fingerprint: [UInt8](repeating: 1, count: 32) + [0x41, 0x0F]),
            kind: .purchase,
            purpose: .preAuthorization,
            transaction: Money(1, .euro),
            merchant: Merchant(name: "", identification: "", categoryCode: 0, country: "", city: ""),
            references: NetworkReferences(acquirer: "A", retrievalReference: "R")
        )
        let item = LaneItem.of(.authorize(request), 7)
        var fold = Bench().fold
        _ = fold.decide(item)
        let written = Set(fold.writes().keys.map(\.value.key))
        let asked = BatchRequest([item], waitingForLocks: false).keys
        #expect(Set(asked.map(\.key.key)) == written && written.contains { $0.hasPrefix("net:rrn:A:R:") })
        #expect(asked.compactMap(\.longKey) == ["100:1:410f"])
        request.purpose = .final
        let plain = BatchRequest([.of(.authorize(request))], waitingForLocks: false).keys
        #expect(plain == [KeyToRead(AccountKey(account: account, key: "100:1"), longKey: "100:1:410f")])
    }

    @Test func `messages that differ in further elements of their key are two, in one batch too`() {
        func purchase(_ amount: Int64, _ further: UInt8) -> Command {
            let hash = [UInt8](repeating: UInt8(amount), count: MessageIdentity.hashByteCount)
            return .purchase(amount, message: MessageIdentity(key: "100:1", fingerprint: hash + [further]))
        }
        var fold = Bench().fold
        #expect(fold.decide(.of(purchase(10, 1), 0)).isApproved)
        #expect(fold.decide(.of(purchase(10, 2), 1)).isApproved)
        for further in [1, 2] as [UInt8] {
            #expect(fold.decide(.of(purchase(10, further), 2)).answer?.isRepeated == true)
            #expect(fold.decide(.of(purchase(11, further), 3)).name == "keyConflict")
        }
        let writes = fold.writes()
        #expect(writes.journal.map { $0.command.message?.key } == ["100:1", "100:1:02"])
        #expect(Set(writes.keys.map(\.value.key)) == ["100:1", "100:1:02"])
        #expect(writes.balances.first?.value.balance.pendingDebits == 20)
    }

    @Test func `a reversal's repeat gets its answer again`() {
        var fold = Bench().fold
        _ = fold.decide(.of(.purchase(10, message: .of("100:1")), 0))
        let first = fold.decide(.of(.reversal(of: "100:1", as: "400:1"), 1))
        let again = fold.decide(.of(.reversal(of: "100:1", as: "400:1"), 2))
        #expect(again.answer?.decision.outcome == first.answer?.decision.outcome)
        #expect(again.answer?.isRepeated == true)
        #expect(fold.writes().journal.count == 2)
    }

    @Test func `a reversal before its original declines it, in one batch too`() {
        var fold = Bench().fold
        #expect(fold.decide(.of(.reversal(of: "100:1", as: "400:1"), 0)).acknowledgement == .waitsForOriginal)
        let late = fold.decide(.of(.purchase(10, message: .of("100:1")), 1))
        #expect(late.declineReason == .reversedBeforeArrival)
        let again = fold.decide(.of(.purchase(10, message: .of("100:1")), 2))
        #expect(again.answer?.isRepeated == true && again.declineReason == .reversedBeforeArrival)
        let writes = fold.writes()
        #expect(writes.transfers.isEmpty)
        #expect(Set(writes.keys.map(\.value.key)) == ["100:1", "400:1"] && writes.keys.count == 2)
    }

    @Test func `the same key on another account is another request`() {
        var fold = Bench(accounts: 2).fold
        #expect(fold.decide(.of(.purchase(1_000, message: .of("100:1")), 0)).isApproved)
        let other = LaneItem.of(
            .purchase(1_000, card: Bench.card(1), message: .of("100:1", 2)),
            1,
            account: Bench.account(1)
        )
        let reply = fold.decide(other)
        #expect(reply.isApproved && reply.answer?.isRepeated == false)
    }
}

@Suite struct `Repeats of client requests` {
    @Test func `get the first decision within a batch, whatever account they name`() {
        var fold = Bench(accounts: 2).fold
        let first = fold.decide(.of(.purchase(600), 0, client: .of("k")))
        let again = fold.decide(.of(.purchase(600), 1, client: .of("k")))
        #expect(again.answer?.event == Bench.event(0))
        #expect(again.answer?.decision == first.answer?.decision)
        #expect(again.answer?.isRepeated == true)
        let elsewhere = LaneItem.of(
            .purchase(600, card: Bench.card(1)),
            2,
            account: Bench.account(1),
            client: .of("k", 2)
        )
        #expect(fold.decide(elsewhere).name == "keyConflict")
        #expect(fold.writes().clientRows.count == 1)
        #expect(fold.writes().journal.count == 1)
    }

    @Test func `get the decision of the record, or conflict with it`() {
        var bench = Bench()
        let client = ClientRequest.of("k")
        let known = ClientRecord(
            fingerprint: client.fingerprint,
            event: Bench.event(50),
            decidedAt: .distantPast,
            decision: Decision(.done)
        )
        bench.loaded.clientRecords[client.key] = known
        var fold = bench.fold
        let again = fold.decide(.of(.purchase(1), client: client))
        #expect(again.answer?.event == Bench.event(50))
        #expect(again.answer?.decidedAt == .distantPast)
        #expect(again.answer?.decision == Decision(.done))
        #expect(again.answer?.isRepeated == true)
        #expect(fold.decide(.of(.purchase(2), client: .of("k", 2))).name == "keyConflict")
        #expect(fold.writes().isEmpty)
    }

    @Test func `are told apart by tenant`() {
        var fold = Bench().fold
        _ = fold.decide(.of(.purchase(1), 0, client: .of("k")))
        let key = ClientKey(tenant: Bench.otherTenant, text: "k")
        let other = ClientRequest(key: key, fingerprint: [2])
        #expect(fold.decide(.of(.purchase(1), 1, tenant: Bench.otherTenant, client: other)).name == "notFound")
        #expect(fold.decide(.of(.purchase(1), 2, client: other)).isApproved)
        #expect(fold.writes().clientRows.count == 2)
    }

    @Test func `are written sorted by key, with the bytes of the journal`() {
        var fold = Bench().fold
        for (number, key) in ["m", "b", "z", "a", "ab"].enumerated() {
            _ = fold.decide(.of(.purchase(1), UInt64(number), client: .of(key)))
        }
        let writes = fold.writes()
        #expect(writes.clientRows.map(\.request.key.text) == ["a", "ab", "b", "m", "z"])
        for row in writes.clientRows {
            #expect(writes.journal.first { $0.event == row.event }?.decisionBytes == row.decisionBytes)
        }
    }

    @Test func `of a refusal are decided again`() {
        var fold = Bench().fold
        let unknown = AuthorizationID(at: Bench.now, shard: Bench.shard, entropy: 1)
        let refused = Command.reverse(Reversal(target: .authorization(unknown)))
        _ = fold.decide(.of(refused, 0, client: .of("k")))
        #expect(fold.decide(.of(refused, 1, client: .of("k"))).answer?.isRepeated == false)
        #expect(fold.writes().clientRows.isEmpty)
    }
}
