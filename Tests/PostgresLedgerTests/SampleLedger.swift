import AuthorizationCore
import AuthorizationEngine
import PostgresLedger
import TestSupport
import Testing

/// A small ledger in which everything that the spine can do has been done, its lanes stopped. Made once; tests that
/// damage it copy it.
actor SampleLedger {
    static let shared = SampleLedger()

    private var making: Task<TestDatabase, any Error>?

    func database() async throws -> TestDatabase {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        making = task
        return try await task.value
    }

    private static func make() async throws -> TestDatabase {
        let database = try TestDatabase.make()
        let ledger = try TestLedger(database, lanes: 2)
        for _ in 0..<3 {
            let account = try await ledger.openAccount(funds: 100_000)
            try await clearAndReverse(ledger, try await ledger.issueCard(on: account))
            try await useNetworkMessages(ledger, try await ledger.issueCard(on: account))
        }
        let account = try await ledger.openAccount(funds: 100_000)
        try await liveLong(ledger, try await ledger.issueCard(on: account))
        try await ledger.performRandomCommands(120, seed: 7, accounts: 4)
        try await ledger.setSamplePIN(of: try await ledger.issueCard(on: account))
        let issuing = try await ledger.openAccount(funds: 100_000)
        try await issueMore(ledger, try await ledger.issueCard(on: issuing))
        try await lend(ledger)
        try await useWallet(ledger, try await ledger.issueCard(on: issuing))
        let grown = try await ledger.openAccount(funds: 100_000)
        try await growOnLaterDay(ledger, try await ledger.issueCard(on: grown))
        try await payWithoutContact(ledger, try await ledger.issueCard(on: grown))
        let settled = try await ledger.settleExceptions()
        guard settled.applied > 0, settled.writtenOff > 0 else {
            throw TestLedger.UnexpectedReply(description: "\(settled): not all was done")
        }
        ledger.close()
        try await database.foldAll()
        _ = try SnapshotWriter(try TestDatabase.connect(database.ownerURL), interval: 10).makeMissing()
        return database
    }

    /// A wallet's token that pays, and is suspended.
    private static func useWallet(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        let index = [UInt8](repeating: 0x77, count: TokenFacts.indexLength)
        let id = TokenID(at: .wallClock, shard: card.account.shard, entropy: 7)
        let registration = RegisterToken(id, index: index, of: card.id, reference: "DTR-42", requestor: "40010030273")
        try await ledger.decide(.cardCommand(.registerToken(registration)), on: card.account)
        for status in [TokenStatus.active, .suspended] {
            let change = ChangeToken(index: index, of: card.id, to: status, reason: "lost phone")
            if status != .active { try await ledger.decide(.cardCommand(.changeToken(change)), on: card.account) }
            var request = try TestLedger.payment(100, with: card.id)
            request.credential = CredentialFacts()
            request.credential?.token = TokenFacts()
            request.credential?.token?.index = index
            try await ledger.decide(.authorize(request), on: card.account)
        }
    }

    /// A credit account that owes something when its limit is lowered.
    private static func lend(_ ledger: TestLedger) async throws {
        let card = try await ledger.issueCard(on: try await ledger.openAccount(type: .credit))
        func set(_ limit: Int64) async throws {
            let command = SetCreditLimit(Money(limit, try TestLedger.currency("EUR")), reason: "asked for")
            try await ledger.decide(.moneyCommand(.setCreditLimit(command)), on: card.account)
        }
        try await set(5_000)
        _ = try await approve(ledger, 4_000, card)
        try await set(3_000)
    }

    /// Legal holds, transfers that have arrived and one that has not, instances, and a card in another's place.
    private static func issueMore(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        func expectDone(_ command: Command, on account: AccountID) async throws -> Decision {
            let decision = try await ledger.decide(command, on: account)
            guard decision.outcome == .done else {
                throw TestLedger.UnexpectedReply(description: "\(decision.outcome) instead of done")
            }
            return decision
        }
        let money = Money(200, try TestLedger.currency("EUR"))
        let receiver = try await ledger.openAccount()
        for hasArrived in [true, false] {
            let outgoing = OutgoingTransfer(to: receiver, .open, money, reference: "rent")
            let sent = try await expectDone(.moneyCommand(.send(outgoing)), on: card.account)
            guard hasArrived, let id = sent.firstTransfer?.id else { continue }
            let incoming = IncomingTransfer(id, from: card.account, money, reference: "rent")
            _ = try await expectDone(.moneyCommand(.receive(incoming)), on: receiver)
        }
        for isReleased in [true, false] {
            let id = LegalHoldID(at: .wallClock, shard: card.account.shard, entropy: .random(in: .min ... .max))
            let place = PlaceLegalHold(id, money, reason: "court order")
            _ = try await expectDone(.moneyCommand(.placeHold(place)), on: card.account)
            let release = MoneyCommand.releaseHold(ReleaseLegalHold(id, reason: "lifted"))
            if isReleased { _ = try await expectDone(.moneyCommand(release), on: card.account) }
        }
        let movements = MoneyMovement.Kind.allCases.map { MoneyCommand.move(MoneyMovement($0, money, text: "why")) }
        for movement in movements { _ = try await expectDone(.moneyCommand(movement), on: card.account) }
        var instance = try TestLedger.instance(1, active: false)
        instance.endsOthers = true
        let reissue = CardCommand.reissue(ReissueCard(card: card.id, instance: instance))
        let activate = CardCommand.activateInstance(ActivateInstance(card: card.id, sequenceNumber: 1))
        for command in [reissue, activate] { _ = try await expectDone(.cardCommand(command), on: card.account) }
        try await ledger.replace(card.id, on: card.account, with: CardTerms(form: .physical, useLimit: 3))
    }

    static func approve(
        _ ledger: TestLedger,
        _ amount: Int64,
        _ card: TestLedger.IssuedCard,
        message: MessageIdentity? = nil
    ) async throws -> AuthorizationID {
        let request = try TestLedger.payment(amount, with: card.id, message: message)
        let decision = try await ledger.decide(.authorize(request), on: card.account)
        guard case .approved(let approval) = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome) instead of an approval")
        }
        return approval.authorization
    }

    private static func clearAndReverse(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        let euro = try TestLedger.currency("EUR")
        func clear(_ id: AuthorizationID, _ amount: Int64, isFinal: Bool) async throws {
            let clearing = Clearing(authorization: id, amount: Money(amount, euro), isFinal: isFinal)
            try await ledger.decide(.clear(clearing), on: card.account)
        }
        func reverse(_ id: AuthorizationID, to newTotal: Int64? = nil) async throws {
            let reversal = Reversal(target: .authorization(id), newTotal: newTotal)
            try await ledger.decide(.reverse(reversal), on: card.account)
        }
        try await reverse(try await approve(ledger, 1_000, card))
        let partly = try await approve(ledger, 2_000, card)
        try await reverse(partly, to: 1_500)
        try await clear(partly, 500, isFinal: false)
        try await clear(partly, 900, isFinal: true)
        try await reverse(partly)
        try await clear(try await approve(ledger, 3_000, card), 3_600, isFinal: true)
        try await reverse(try await approve(ledger, 700, card), to: 800)
        _ = try await approve(ledger, 4_000, card)
        // Declined: more than there is, and a card that is frozen.
        try await ledger.decide(.authorize(try TestLedger.payment(400_000, with: card.id)), on: card.account)
        let freeze = ChangeCard(card: card.id, status: .frozen, reason: "test")
        let reply = await ledger.perform(
            .changeCard(freeze),
            on: card.account,
            client: ClientRequest(
                key: ClientKey(tenant: ledger.tenant, text: "freeze \(card.id)"),
                fingerprint: [UInt8](repeating: 5, count: 32)
            )
        )
        guard case .decided = reply else { throw TestLedger.UnexpectedReply(description: "\(reply)") }
        try await ledger.decide(.authorize(try TestLedger.payment(100, with: card.id)), on: card.account)
        try await ledger.decide(.authorize(try TestLedger.payment(100, with: nil)), on: nil)
    }

    /// Increments, completions, fees, single messages and decisions taken elsewhere.
    private static func liveLong(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        func message(_ text: String) -> MessageIdentity { MessageIdentity(key: "\(card.id)|\(text)", fingerprint: [9]) }
        func request(_ amount: Int64, _ text: String, _ kind: TransactionKind = .purchase) throws
            -> AuthorizationRequest
        {
            try TestLedger.payment(amount, with: card.id, kind: kind, message: message(text))
        }
        func expect(_ acknowledgement: Acknowledgement, of command: Command) async throws {
            let decision = try await ledger.decide(command, on: card.account)
            guard case .acknowledged(acknowledgement, _) = decision.outcome else {
                throw TestLedger.UnexpectedReply(description: "\(decision.outcome) instead of \(acknowledgement)")
            }
        }
        var first = try request(1_000, "pre-authorization")
        first.purpose = .preAuthorization
        first.references.transactionID = "TX"
        try await ledger.decide(.authorize(first), on: card.account)
        var more = try request(1_500, "increment")
        more.purpose = .increment
        let known = AuthorizationLink.message("not known", aliases: ["test:nti:TX"])
        more.increment = Increment(of: known, mode: .cumulative)
        try await ledger.decide(.authorize(more), on: card.account)
        var completion = try request(1_400, "completion")
        completion.isSingleMessage = true
        let approved = Advice.Verdict.approved(code: "A1B2C3")
        let completed = Advice(request: completion, verdict: approved, reason: .completion, original: known)
        try await expect(.recorded, of: .advise(completed))

        var cash = try request(2_000, "cash", .atmWithdrawal)
        cash.acquirerFee = AcquirerFee(amount: 150, isIncluded: false)
        try await ledger.decide(.authorize(cash), on: card.account)
        let dispensed = Reversal(target: .message(message("cash").key), message: message("part"), newTotal: 1_000)
        try await expect(.applied, of: .reverse(dispensed))
        var single = try request(700, "single")
        single.isSingleMessage = true
        try await ledger.decide(.authorize(single), on: card.account)
        let returned = Reversal(target: .message(message("single").key), message: message("return"), newTotal: 200)
        try await expect(.applied, of: .reverse(returned))

        var divided = try request(1_000, "divided")
        divided.instalments = Instalments(funding: .merchant, count: 3)
        try await ledger.decide(.authorize(divided), on: card.account)
        var part = try request(300, "part of it")
        part.isSingleMessage = true
        let named = AuthorizationLink.message(message("divided").key)
        try await expect(
            .recorded,
            of: .advise(Advice(request: part, verdict: approved, reason: .completion, original: named))
        )

        var tokenized = try request(600, "token")
        var token = TokenFacts()
        token.index = [UInt8](repeating: 7, count: TokenFacts.indexLength)
        tokenized.credential = CredentialFacts()
        tokenized.credential?.token = token
        try await ledger.decide(.authorize(tokenized), on: card.account)
        let less = Reversal(target: .message(message("token").key), message: message("less"), newTotal: 500)
        try await expect(.applied, of: .reverse(less))

        // More than there is, once declined and once unknown.
        try await ledger.decide(.authorize(try request(450_000, "short")), on: card.account)
        let short = AuthorizationLink.message(message("short").key)
        let forced = Advice(request: try request(450_000, "0120"), verdict: approved, reason: .standIn, original: short)
        try await expect(.recorded, of: .advise(forced))
        let late = AuthorizationLink.message(message("late").key)
        let alone = Advice(request: try request(50, "0121"), verdict: approved, reason: .standIn, original: late)
        try await expect(.recorded, of: .advise(alone))
        try await ledger.decide(.authorize(try request(50, "late")), on: card.account)
    }

    private static func payWithoutContact(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        try ledger.limitContactless(version: 4, amount: 1_000, count: 5, failures: .standard)
        let message = MessageIdentity(key: "0100|wrong code", fingerprint: [1])
        var guessed = try TestLedger.payment(100, with: card.id, message: message)
        guessed.verification = VerificationFacts(profileVersion: 0)
        guessed.verification?.cardCode = .noMatch
        guessed.verification?.keys.cardCode = StoredKeyVersion("cvk.2")
        try await ledger.decide(.authorize(guessed), on: card.account)
        for (amount, message) in [(400, "sample 1"), (500, "sample 2"), (600, "sample 3")] as [(Int64, String)] {
            let request = try TestLedger.contactless(amount, message, with: card)
            try await ledger.decide(.authorize(request), on: card.account)
        }
    }

    /// The program moves to where it is another day.
    private static func growOnLaterDay(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        func request(_ amount: Int64, _ key: RequestKey, _ purpose: Purpose) throws -> AuthorizationRequest {
            let message = MessageIdentity(key: "0100|later|" + key, fingerprint: [1])
            var request = try TestLedger.payment(amount, with: card.id, message: message)
            request.purpose = purpose
            return request
        }
        try await ledger.decide(.authorize(try request(1_000, "first", .preAuthorization)), on: card.account)
        var program = ledger.program
        program.version = 3
        program.timeZone = "Pacific/Kiritimati"
        let administration = Administration(try TestDatabase.connect(ledger.database.ownerURL))
        try administration.add(program, name: "Test program", author: "test")
        var more = try request(200, "more", .increment)
        more.increment = Increment(of: .message("0100|later|first"), mode: .delta)
        let decision = try await ledger.decide(.authorize(more), on: card.account)
        guard case .approved = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome) for an increment")
        }
        let reversal = Reversal(
            target: .message("0100|later|first"),
            message: MessageIdentity(key: "0420|later", fingerprint: [2]),
            newTotal: 1_150,
            card: card.id,
            currency: try TestLedger.currency("EUR")
        )
        try await ledger.decide(.reverse(reversal), on: card.account)
    }

    private static func useNetworkMessages(_ ledger: TestLedger, _ card: TestLedger.IssuedCard) async throws {
        let early = MessageIdentity(key: "0100|early", fingerprint: [1])
        let reversal = Reversal(
            target: .message(early.key),
            message: MessageIdentity(key: "0400|early", fingerprint: [2])
        )
        try await ledger.decide(.reverse(reversal), on: card.account)
        let request = try TestLedger.payment(900, with: card.id, message: early)
        let decision = try await ledger.decide(.authorize(request), on: card.account)
        guard case .declined(.reversedBeforeArrival, _) = decision.outcome else {
            throw TestLedger.UnexpectedReply(description: "\(decision.outcome) for a reversed message")
        }
        let message = MessageIdentity(key: "0100|usual", fingerprint: [3])
        _ = try await approve(ledger, 800, card, message: message)
        _ = try await approve(ledger, 800, card, message: message)
        for (counter, text) in [(7, "0100|chip"), (9, "0100|next chip")] as [(UInt16, String)] {
            let message = MessageIdentity(key: "\(card.id)|\(text)", fingerprint: [5])
            var paid = try TestLedger.payment(100, with: card.id, message: message)
            paid.verification = .ofChip(counter: counter)
            try await ledger.decide(.authorize(paid), on: card.account)
        }
        let usual = Reversal(
            target: .message(message.key),
            message: MessageIdentity(key: "0400|usual", fingerprint: [4]),
            newTotal: 300
        )
        try await ledger.decide(.reverse(usual), on: card.account)
    }
}

extension TestLedger {
    /// Nobody opens what it is verified with here.
    func setSamplePIN(of card: IssuedCard) async throws {
        guard let key = StoredKeyName("pvk") else { throw UnexpectedReply(description: "no name") }
        let sealed = SealedPINReference(
            PINVerification(.visaPVV(keyIndex: 1), key: key),
            keyVersion: 1,
            ciphertext: [UInt8](repeating: 1, count: 33),
            keyID: 1
        )
        let reply = await perform(
            .setPIN(SetPIN(card: card.id, reference: 1)),
            on: card.account,
            pinReference: sealed
        )
        guard case .decided = reply else { throw UnexpectedReply(description: "\(reply)") }
    }
}
