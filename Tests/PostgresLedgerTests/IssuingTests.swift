import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Logging
import PostgresLedger
import TestSupport
import Testing

@Suite struct IssuingTests {
    private func verified(_ database: TestDatabase) throws -> VerificationReport {
        let report = try LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify()
        #expect(report.isClean, "\(report.offences.prefix(5))")
        return report
    }

    private func posted(_ account: AccountID, _ database: TestDatabase) throws -> String? {
        let id = String(account.description.dropFirst(4))
        return try database.texts("SELECT posted::text FROM balances WHERE account_id = '\(id)' AND currency = 978")
            .first
    }

    /// The first half of a transfer.
    private func send(_ amount: Int64, _ ledger: TestLedger, from sender: AccountID, to receiver: AccountID)
        async throws -> TransferInTransit
    {
        let money = Money(amount, try TestLedger.currency("EUR"))
        let outgoing = OutgoingTransfer(to: receiver, .open, money, reference: "rent")
        let decision = try await ledger.decide(.moneyCommand(.send(outgoing)), on: sender)
        let id = try #require(decision.firstTransfer?.id)
        return TransferInTransit(id: id, from: sender, to: receiver, money, reference: "rent")
    }

    private func completer(_ ledger: TestLedger, _ store: PostgresTransferStore) -> TransferCompleter {
        TransferCompleter(
            engine: ledger.engine,
            store: store,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `a transfer that was left halfway is listed, and completed once by whoever starts next`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let sender = try await ledger.openAccount(funds: 1_000)
        let receiver = try await ledger.openAccount()
        _ = try await send(300, ledger, from: sender, to: receiver)
        ledger.close()
        let half = try verified(database)
        let euro = try TestLedger.currency("EUR")
        #expect(half.inTransit[euro]?.transfers == 1 && half.inTransit[euro]?.amount == 300)
        #expect(try posted(sender, database) == "700" && posted(receiver, database) == "0")

        let next = TestLedger(replicaOf: ledger), other = TestLedger(replicaOf: ledger)
        let store = PostgresTransferStore(url: database.servingURL, timeout: .seconds(10))
        async let first: Void = completer(next, store).completeAll()
        async let second: Void = completer(other, store).completeAll()
        _ = await (first, second)
        await completer(next, store).completeAll()
        next.close()
        other.close()
        store.close()
        #expect(try posted(sender, database) == "700" && posted(receiver, database) == "300")
        #expect(try verified(database).inTransit.isEmpty)
    }

    @Test func `money arrives once, on the account and in the amount that it was sent to`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        let sender = try await ledger.openAccount(funds: 1_000)
        let receiver = try await ledger.openAccount(), thief = try await ledger.openAccount()
        let transfer = try await send(300, ledger, from: sender, to: receiver)
        var more = transfer
        more.amount.minorUnits = 301
        for (command, account) in [(transfer.secondHalf, thief), (more.secondHalf, receiver)] {
            #expect(try await ledger.decide(command, on: account).outcome == .refused(.transferNotInTransit))
        }
        let arrived = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 { group.addTask { await ledger.engine.complete(transfer, within: .seconds(10)) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        ledger.close()
        #expect(arrived == 12)
        #expect(try posted(receiver, database) == "300" && posted(thief, database) == "0")
        #expect(try verified(database).inTransit.isEmpty)
    }

    @Test func `an account's legal holds are listed page by page, the newest first`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let (account, other) = (try await ledger.openAccount(funds: 1_000), try await ledger.openAccount(funds: 1_000))
        let money = Money(1, try TestLedger.currency("EUR"))
        var ids: [LegalHoldID] = []
        for number in 0..<3 {
            for owner in [account, other] {
                let id = LegalHoldID(at: .wallClock, shard: owner.shard, entropy: UInt64(number))
                if owner == account { ids.append(id) }
                try await Task.sleep(for: .milliseconds(2))
                _ = try await ledger.decide(.moneyCommand(.placeHold(PlaceLegalHold(id, money, reason: ""))), on: owner)
            }
        }
        ledger.close()
        let directory = PostgresDirectory(url: database.servingURL, timeout: .seconds(10))
        let reader = PostgresReader(url: database.servingURL, timeout: .seconds(10), directory: directory)
        defer {
            reader.close()
            directory.close()
        }
        #expect(try await reader.legalHolds(of: account, before: nil, limit: 2).map(\.id) == [ids[2], ids[1]])
        #expect(try await reader.legalHolds(of: account, before: ids[1], limit: 2).map(\.id) == [ids[0]])
    }

    @Test func `many withdrawals, transfers and payments at once never take more than there is`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2), other = TestLedger(replicaOf: ledger)
        let account = try await ledger.openAccount(funds: 1_000)
        let receiver = try await ledger.openAccount()
        let card = try await ledger.issueCard(on: account)
        let money = Money(70, try TestLedger.currency("EUR"))
        let commands: [Command] = [
            .moneyCommand(.move(MoneyMovement(.withdrawal, money, text: ""))),
            .moneyCommand(.send(OutgoingTransfer(to: receiver, .open, money, reference: ""))),
            .authorize(try TestLedger.payment(70, with: card.id)),
        ]
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let ledger = number % 2 == 0 ? ledger : other
                group.addTask { _ = await ledger.perform(commands[number % 3], on: account) }
            }
        }
        ledger.close()
        other.close()
        let left = "SELECT (posted - pending_debits)::text FROM balances WHERE currency = 978 AND account_id = "
        #expect(try database.texts(left + "'\(account.description.dropFirst(4))'") == ["20"])
        _ = try verified(database)
    }

    @Test func `an instance keeps the versions of keys that it was made with, and the journal has them too`()
        async throws
    {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database)
        let account = try await ledger.openAccount()
        let card = try await ledger.issueCard(on: account)
        var instance = try TestLedger.instance(1, active: false)
        instance.keyVersions = ["acme-cvk.2", "acme-imk.1"].compactMap { StoredKeyVersion($0) }
        let changes: [CardCommand] = [
            .reissue(ReissueCard(card: card.id, instance: instance)),
            .activateInstance(ActivateInstance(card: card.id, sequenceNumber: 1)),
        ]
        for change in changes { try await ledger.decide(.cardCommand(change), on: account) }
        let freeze = ChangeCard(card: card.id, status: .frozen, reason: "test")
        try await ledger.decide(.changeCard(freeze), on: account)
        ledger.close()
        let stored = "SELECT coalesce(key_versions::text, '-') FROM card_instances ORDER BY sequence_number"
        #expect(try database.texts(stored) == ["-", "{acme-cvk.2,acme-imk.1}"])
        let profiles = PostgresCardProfiles(url: database.servingURL, timeout: .seconds(10))
        let profile = try await withCheckedThrowingContinuation { continuation in
            profiles.profile(of: card.id, fresh: true) { continuation.resume(with: $0) }
        }
        profiles.close()
        #expect(profile?.instances.map { $0.keyVersions } == [[], instance.keyVersions])
        _ = try verified(database)
        try database.damage("UPDATE card_instances SET key_versions = '{acme-cvk.1}' WHERE sequence_number = 1")
        #expect(try !LedgerVerifier(try TestDatabase.connect(database.servingURL)).verify().isClean)
    }

    @Test func `a card for one payment pays once, however many come at once`() async throws {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database), other = TestLedger(replicaOf: ledger)
        let account = try await ledger.openAccount(funds: 100_000)
        let card = try await ledger.issueCard(on: account)
        _ = await ledger.perform(.authorize(try TestLedger.payment(50, with: card.id)), on: account)
        let id = try await ledger.replace(card.id, on: account, with: CardTerms(useLimit: 1))
        let payment = Command.authorize(try TestLedger.payment(100, with: id))
        let approvals = await withTaskGroup(of: Bool.self) { group in
            for count in 0..<16 {
                let ledger = count % 2 == 0 ? ledger : other
                group.addTask {
                    guard case .decided(let answer) = await ledger.perform(payment, on: account) else { return false }
                    if case .approved = answer.decision.outcome { return true }
                    return false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let last = try await ledger.replace(id, on: account, with: CardTerms(), keepsUses: true)
        let declined = await ledger.perform(.authorize(try TestLedger.payment(1, with: last)), on: account)
        ledger.close()
        other.close()
        #expect(approvals == 1)
        guard case .decided(let answer) = declined, case .declined = answer.decision.outcome else {
            Issue.record("the card in the place of one that is used up was told \(declined)")
            return
        }
        // What the first card spent counts for those in its place.
        let spent = "SELECT amount::text FROM counters WHERE card_id = '\(id.description.dropFirst(4))'"
        #expect(try database.texts(spent) == ["150"])
        _ = try verified(database)
    }
}

extension TestLedger {
    /// Another number in a card's place.
    @discardableResult
    func replace(
        _ card: CardID,
        on account: AccountID,
        with terms: CardTerms,
        keepsUses: Bool = false
    ) async throws -> CardID {
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let issue = IssueCard(card: id, lastFour: 1, instance: try Self.instance(0, active: true), terms: terms)
        let index = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let replace = ReplaceCard(card: card, status: .stolen, reason: "test", new: issue, keepsUses: keepsUses)
        let reply = await perform(
            .cardCommand(.replace(replace)),
            on: account,
            number: PANVault.Sealed(index: .init(keyID: 1, bytes: index), ciphertext: [1, 2, 3], keyID: 1)
        )
        guard case .decided(let answer) = reply, answer.decision.outcome == .done else {
            throw UnexpectedReply(description: "\(reply) for a replacement")
        }
        return id
    }

    static func instance(_ number: UInt8, active: Bool) throws -> CardInstance {
        guard let expiry = ExpiryMonth(year: 2098, month: 12) else {
            throw UnexpectedReply(description: "no such month")
        }
        return CardInstance(
            sequenceNumber: number,
            expiry: expiry,
            validUntil: Instant(microseconds: 4_070_908_800_000_000),
            serviceCode: 201,
            active: active
        )
    }
}
