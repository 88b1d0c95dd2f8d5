import AuthorizationCore
import CardCryptography
import Testing

@testable import AuthorizationEngine

@Suite struct `Decisions of one batch` {
    @Test func `three requests of one account see each other`() {
        var fold = Bench().fold
        let replies = [600, 600, 400].enumerated().map { number, amount in
            fold.decide(.of(.purchase(amount), UInt64(number)))
        }
        #expect(replies.map(\.isApproved) == [true, false, true])
        #expect(replies[1].declineReason == .insufficientFunds)
        let writes = fold.writes()
        #expect(writes.journal.map(\.sequence) == [13, 14, 15])
        #expect(writes.journal.map(\.event) == [0, 1, 2].map { Bench.event($0) })
        #expect(writes.balances.count == 1)
        #expect(writes.balances.first?.value.balance.pendingDebits == 1_000)
    }

    @Test func `accounts do not see each other`() {
        var fold = Bench(accounts: 2).fold
        #expect(fold.decide(.of(.purchase(1_000), 0)).isApproved)
        let other = LaneItem.of(.purchase(1_000, card: Bench.card(1)), 1, account: Bench.account(1))
        #expect(fold.decide(other).isApproved)
    }

    @Test func `a card blocked earlier in the batch is blocked for what follows`() {
        var fold = Bench().fold
        _ = fold.decide(.of(.changeCard(ChangeCard(card: Bench.card(0), status: .blocked, reason: "")), 0))
        #expect(fold.decide(.of(.purchase(1), 1)).declineReason == .cardBlocked)
    }

    @Test func `an account can be opened, funded, given a card and used in one batch`() {
        var bench = Bench(accounts: 0)
        let opening = OpenAccount(
            account: Bench.account(0),
            tenant: Bench.tenant,
            program: Bench.program.id,
            balances: [OpenAccount.Line(balance: BalanceKey(.euro), creditLimit: 0)]
        )
        bench.loaded.locked = []
        var fold = bench.fold
        let index = PANVault.Sealed.Index(keyID: 1, bytes: Bench.index(0))
        let number = PANVault.Sealed(index: index, ciphertext: [1], keyID: 1)
        let issue = IssueCard(card: Bench.card(0), lastFour: 1, instance: Bench.instance)
        let replies = [
            fold.decide(.of(.openAccount(opening), 0)),
            fold.decide(.of(.fund(Funding(amount: Money(500, .euro), reference: "")), 1)),
            fold.decide(.of(.issueCard(issue), 2, sealed: number)),
            fold.decide(.of(.purchase(500), 3)),
        ]
        #expect(replies.allSatisfy { $0.name == "decided" })
        #expect(replies[3].isApproved)
        let writes = fold.writes()
        #expect(writes.openedAccounts.map(\.sequence) == [4])
        #expect(writes.changedAccounts.isEmpty)
        #expect(writes.cards.first?.value.number == number)
        #expect(writes.cards.first?.value.tenant == Bench.tenant)
        #expect(writes.journal.map(\.programVersion) == [0, 4, 4, 4])
    }

    @Test func `an account that is not there, or another tenant's, is not found`() {
        var fold = Bench().fold
        #expect(fold.decide(.of(.purchase(1), account: Bench.account(9))).name == "notFound")
        #expect(fold.decide(.of(.purchase(1), tenant: Bench.otherTenant)).name == "notFound")
        #expect(fold.decide(.of(.purchase(1), tenant: Bench.tenant)).isApproved)
        #expect(fold.writes().journal.count == 1)
    }

    @Test func `what was verified with another version of card or program is misrouted and decides nothing`() {
        var fold = Bench().fold
        let stale = [
            ProfileVersion(card: 0, status: .active, program: 3), ProfileVersion(card: 1, status: .active, program: 4),
            ProfileVersion(card: 0, status: .lost, program: 4),
        ]
        for profile in stale {
            #expect(fold.decide(.of(.purchase(1), profile: profile)).name == "misrouted")
        }
        #expect(
            fold.decide(.of(.purchase(1), profile: ProfileVersion(card: 0, status: .active, program: 4))).isApproved
        )
        #expect(fold.writes().journal.count == 1)
    }

    @Test func `a stale route is misrouted and decides nothing`() {
        var fold = Bench(accounts: 2).fold
        // The number was issued again to another card; the card moved to another account; the route is right.
        #expect(fold.decide(.of(.purchase(1), panIndex: Bench.index(8))).name == "misrouted")
        let elsewhere = LaneItem.of(
            .purchase(1, card: Bench.card(1)),
            account: Bench.account(0),
            panIndex: Bench.index(1)
        )
        #expect(fold.decide(elsewhere).name == "misrouted")
        #expect(fold.writes().isEmpty)
        #expect(fold.decide(.of(.purchase(1), panIndex: Bench.index(0))).isApproved)
    }

    @Test func `past its deadline a request is late and undecided, a reversal or clearing is still taken`() throws {
        var fold = Bench().fold
        let original = fold.decide(.of(.purchase(100, message: .of("100:1")), 0))
        let past = Bench.deadlineNow
        #expect(fold.decide(.of(.purchase(1), 1, deadline: past)).name == "late")
        #expect(fold.decide(.of(.purchase(1), 1, deadline: past + .nanoseconds(1))).isApproved)
        let reversal = LaneItem.of(.reversal(of: "100:1", as: "400:1"), 2, deadline: past - .seconds(60))
        #expect(reversal.mustBeAccepted)
        #expect(fold.decide(reversal).acknowledgement == .applied)
        guard case .approved(let approval)? = original.answer?.decision.outcome else {
            Issue.record("not approved")
            return
        }
        let clearing = Clearing(authorization: approval.authorization, amount: Money(1, .euro), isFinal: true)
        let late = LaneItem.of(.clear(clearing), 3, deadline: past - .seconds(60))
        #expect(fold.decide(late).acknowledgement == .applied)
    }

    @Test func `a refusal changes nothing and is not journaled`() {
        var fold = Bench().fold
        let unknown = AuthorizationID(at: Bench.now, shard: Bench.shard, entropy: 1)
        let reply = fold.decide(.of(.reverse(Reversal(target: .authorization(unknown)))))
        #expect(reply.answer?.decision == .refused(.authorizationNotFound))
        #expect(fold.writes().isEmpty)
    }

    @Test func `a request without account is decided, and kept in a log of its own`() {
        var fold = Bench().fold
        let reply = fold.decide(.of(.purchase(1, card: nil), account: nil))
        #expect(reply.answer?.decision.outcome == .declined(.cardNotFound, nil))
        let writes = fold.writes()
        #expect(writes.journal.isEmpty && writes.changedAccounts.isEmpty)
        #expect(writes.unrouted.map(\.event) == [Bench.event(0)])
        #expect(!writes.isEmpty)
    }

    @Test func `decision times of an account never go back`() {
        var bench = Bench()
        let ahead = Instant(microseconds: Bench.now.microseconds + 5_000_000)
        bench.loaded.states[Bench.account(0)]?.account?.decidedAt = ahead
        var fold = bench.fold
        #expect(fold.decide(.of(.purchase(1))).answer?.decidedAt == ahead)
        #expect(fold.writes().changedAccounts.first?.account.decidedAt == ahead)
    }
}

@Suite struct `Rows of one batch` {
    @Test func `each row is written once, in its final state, with the version that was read`() throws {
        var bench = Bench(accounts: 3)
        let counter = CounterKey(
            card: Bench.card(0),
            currency: .euro,
            dayStart: BusinessCalendar().day(of: Bench.now, timeZone: "Europe/Madrid").start
        )
        var stored = Counter()
        stored.version = 8
        bench.loaded.states[Bench.account(0)]?.counters[counter] = stored
        var fold = bench.fold
        for number in 0..<4 {
            let message = MessageIdentity.of("100:\(number)")
            #expect(fold.decide(.of(.purchase(10, message: message), UInt64(number))).isApproved)
            _ = fold.decide(.of(.purchase(1, card: Bench.card(2)), UInt64(10 + number), account: Bench.account(2)))
        }
        _ = fold.decide(.of(.reversal(of: "100:0", as: "400:0"), 20))
        let writes = fold.writes()
        #expect(writes.balances.count == 2 && writes.counters.count == 2)
        #expect(Set(writes.authorizations.map(\.value.id)).count == 8 && writes.authorizations.count == 8)
        #expect(Set(writes.keys.map(\.value.key)).count == 5 && writes.keys.count == 5)
        #expect(writes.transfers.count == 9)
        let balance = try #require(writes.balances.first { $0.account == Bench.account(0) }?.value.balance)
        #expect(balance.pendingDebits == 30 && balance.version == 5)
        let counted = try #require(writes.counters.first { $0.account == Bench.account(0) }?.value.counter)
        #expect(counted.amount == 30 && counted.count == 3 && counted.version == 8)
        #expect(writes.changedAccounts.map(\.account.id) == [Bench.account(0), Bench.account(2)])
        #expect(writes.changedAccounts.map(\.storedSequence) == [12, 12])
        #expect(writes.changedAccounts.map(\.account.sequence) == [17, 16])
        #expect(writes.openedAccounts.isEmpty && writes.cards.isEmpty)
    }

    @Test func `journal rows hold what was decided on, and their hashes chain`() throws {
        var fold = Bench().fold
        for number in UInt64(0)..<3 { _ = fold.decide(.of(.purchase(10), number)) }
        let writes = fold.writes()
        var state = try #require(Bench().loaded.states[Bench.account(0)])
        for row in writes.journal {
            let command = try Command(journalBytes: row.commandBytes)
            #expect(command == row.command)
            let decision = AuthorizationCore.decide(
                command,
                state,
                program: Bench.program,
                at: row.moment,
                seed: row.seed
            )
            #expect(decision.journalBytes == row.decisionBytes)
            let again = state.record(
                decision,
                of: command,
                event: row.event,
                on: row.account,
                at: row.moment,
                seed: row.seed,
                programVersion: row.programVersion
            )
            #expect(again.stateHash == row.stateHash)
        }
        #expect(Set(writes.journal.map(\.stateHash)).count == 3)
        #expect(writes.changedAccounts.first?.account.stateHash == writes.journal.last?.stateHash)
    }

    @Test func `every part of a row is in its hash`() throws {
        let state = try #require(Bench().loaded.states[Bench.account(0)])
        let moment = Moment(now: Bench.now, dayStart: Bench.now, businessDate: 1)
        func hash(
            _ amount: Int64 = 1,
            event: UInt64 = 0,
            seed: UInt64 = 0,
            version: Int32 = 1,
            before: UInt8 = 0,
            sequence: Int64 = 12,
            businessDate: Int32 = 1
        ) -> [UInt8] {
            var state = state
            var moment = moment
            moment.businessDate = businessDate
            state.account?.stateHash = [UInt8](repeating: before, count: 32)
            state.account?.sequence = sequence
            let decision = Decision(.done)
            return state.record(
                decision,
                of: .purchase(amount),
                event: Bench.event(event),
                on: Bench.account(0),
                at: moment,
                seed: seed,
                programVersion: version
            ).stateHash
        }
        let hashes = [
            hash(), hash(2), hash(event: 1), hash(seed: 1), hash(version: 2), hash(before: 1), hash(sequence: 13),
            hash(businessDate: 2),
        ]
        #expect(Set(hashes).count == hashes.count)
        #expect(hash() == hashes[0])
    }
}
