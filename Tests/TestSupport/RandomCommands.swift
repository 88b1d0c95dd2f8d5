import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

/// A stream of commands on some accounts that follows from its seed and from what was answered: payments of every
/// kind, increments, advices, reversals, clearings, changes of cards and accounts, network messages that repeat or come
/// too early, and what operators do about those that could not be applied.
package struct RandomCommands {
    package struct Step: Sendable {
        package var account: AccountID?
        package var command: Command
        package var seed: UInt64
    }

    private var generator: SplitMix64
    private let cards: [TestLedger.IssuedCard]
    private var authorizations: [(account: AccountID, id: AuthorizationID, amount: Money)] = []
    private var exceptions: [(account: AccountID, event: EventID, message: ExceptionMessage)] = []
    private var messageCount = 0
    private var keys: [(account: AccountID, key: RequestKey)] = []

    /// - Parameter cards: at least one for each account.
    package init(seed: UInt64, cards: [TestLedger.IssuedCard]) {
        precondition(!cards.isEmpty, "payments need a card")
        generator = SplitMix64(seed: seed)
        self.cards = cards
    }

    package mutating func next() throws -> Step {
        let card = pick(cards)
        let account = card.account
        let command: Command
        var target: AccountID? = account
        switch generator.next() % 100 {
        case 0..<48:
            command = .authorize(try request(card.id, account))
        case 48..<52:
            command = .authorize(try TestLedger.payment(amount(), with: nil))
            target = nil
        case 52..<62:
            command = .fund(Funding(amount: Money(amount() * 3, try currency()), reference: "top-up"))
        case 62..<75:
            (command, target) = reversal(account)
        case 75..<84:
            command = .advise(try advice(card.id, account))
        case 84..<87:
            guard let chosen = exceptions.randomElement(using: &generator) else { return try next() }
            target = chosen.account
            command = .applyException(try apply(chosen.event, chosen.message, chosen.account))
        case 87..<93:
            guard let chosen = authorizations.randomElement(using: &generator) else { return try next() }
            target = chosen.account
            command = .clear(clearing(of: chosen))
        case 93..<95:
            guard let chosen = authorizations.randomElement(using: &generator) else { return try next() }
            target = chosen.account
            command = .recordDelivery(.init(authorization: chosen.id, hasArrived: generator.next() % 2 == 0))
        case 95..<97:
            let status = pick([CardStatus.active, .frozen, .blocked, .active])
            let reason: CardStatusReason? = status == .blocked ? .compromisedData : nil
            command = .changeCard(
                ChangeCard(
                    card: card.id,
                    status: status,
                    reason: "random",
                    statusReason: reason,
                    tellsBefore: status == .active
                )
            )
        default:
            let status = pick([AccountStatus.open, .frozen, .open])
            command = .changeAccount(
                ChangeAccount(status: status, reason: "random", tellsBefore: status == .open)
            )
        }
        return Step(account: target, command: command, seed: generator.next())
    }

    /// Learns of authorizations and exceptions, so that later commands can name them.
    ///
    /// - Parameter kept: the message as it is kept for operators, under the keys that it got.
    package mutating func observe(
        _ reply: Reply,
        to step: Step,
        kept: (EventID) throws -> ExceptionMessage?
    ) rethrows {
        guard case .decided(let answer) = reply, let account = step.account else { return }
        if case .acknowledged(.exception, _) = answer.decision.outcome, !answer.isRepeated,
            let message = try kept(answer.event)
        {
            exceptions.append((account, answer.event, message))
        }
        guard let request = step.command.request else { return }
        switch answer.decision.outcome {
        case .approved(let approval): authorizations.append((account, approval.authorization, request.transaction))
        case .acknowledged(.recorded, let id?): authorizations.append((account, id, request.transaction))
        case .acknowledged, .declined, .done, .refused: return
        }
    }

    private mutating func request(_ card: CardID, _ account: AccountID) throws -> AuthorizationRequest {
        var request = try TestLedger.payment(amount(), with: card, kind: pick(TransactionKind.allCases))
        request.transaction.currency = try currency(foreign: true)
        request.entryMode = pick(EntryMode.allCases)
        request.purpose = generator.next() % 8 == 0 ? pick(Purpose.allCases) : .final
        request.initiator = pick(Initiator.allCases)
        if generator.next() % 4 == 0 {
            request.billing = ConvertedAmount(Money(amount(), try currency()), rate: 61_234_567, date: 1_121)
        }
        if generator.next() % 2 == 0 { request.message = message(account) }
        addDetails(to: &request, account)
        return request
    }

    private mutating func addDetails(to request: inout AuthorizationRequest, _ account: AccountID) {
        request.isSingleMessage = generator.next() % 6 == 0
        request.allowsPartialApproval = generator.next() % 4 == 0
        request.wantsBalance = generator.next() % 4 == 0
        request.isNamedByApproval = generator.next() % 4 == 0
        if generator.next() % 8 == 0 {
            request.acquirerFee = AcquirerFee(amount: pick([1, 150, -20]), isIncluded: generator.next() % 4 == 0)
        }
        if generator.next() % 8 == 0 { request.cashback = Int64(generator.next() % 6_000) }
        if generator.next() % 4 == 0 { request.references.transactionID = "T\(generator.next() % 20)" }
        if generator.next() % 4 == 0 { request.references.retrievalReference = "R\(generator.next() % 20)" }
        guard generator.next() % 4 == 0 else { return }
        request.purpose = pick([.preAuthorization, .increment, .statusCheck])
        if request.purpose == .increment {
            request.increment = Increment(of: link(account), mode: pick(Increment.Mode.allCases))
        }
    }

    private mutating func advice(_ card: CardID, _ account: AccountID) throws -> Advice {
        var request = try request(card, account)
        request.message = message(account)
        let verdict: Advice.Verdict = generator.next() % 4 == 0 ? .declined : .approved(code: pick(["", "A1B2C3"]))
        let original = generator.next() % 4 == 0 ? nil : link(account)
        return Advice(request: request, verdict: verdict, reason: pick(AdviceReason.allCases), original: original)
    }

    /// An authorization or message of the account, if there is one; the message may not have come yet.
    private mutating func link(_ account: AccountID) -> AuthorizationLink {
        let known = authorizations.filter { $0.account == account }.map(\.id)
        if generator.next() % 2 == 0, let id = known.randomElement(using: &generator) { return .authorization(id) }
        let transaction = "test:nti:T\(generator.next() % 20)"
        if generator.next() % 8 == 0 {
            let references = ["test:rrn::R\(generator.next() % 20):A1B2C3", transaction]
            return .references(references, awaited: generator.next() % 2 == 0 ? transaction : nil)
        }
        let aliases = generator.next() % 3 == 0 ? [transaction] : []
        let keys = keys.filter { $0.account == account }.map(\.key)
        let key = keys.randomElement(using: &generator) ?? message(account).key
        let long = generator.next() % 3 == 0 ? [key + ":01"] : []
        return .message(key, aliases: long + aliases)
    }

    /// Mostly a new message, sometimes a repeat or another one under a key that was used.
    private mutating func message(_ account: AccountID) -> MessageIdentity {
        let known = keys.filter { $0.account == account }
        if generator.next() % 6 == 0, let key = known.randomElement(using: &generator)?.key {
            return MessageIdentity(key: key, fingerprint: fingerprint())
        }
        messageCount += 1
        let key = "test|0100|\(messageCount)"
        keys.append((account, key))
        return MessageIdentity(key: key, fingerprint: fingerprint())
    }

    /// A hash, and mostly one of two further elements.
    private mutating func fingerprint() -> [UInt8] {
        [UInt8](repeating: UInt8(generator.next() % 3), count: MessageIdentity.hashByteCount)
            + pick([[], [1], [2]] as [[UInt8]])
    }

    private mutating func apply(_ event: EventID, _ message: ExceptionMessage, _ account: AccountID) throws
        -> ApplyException
    {
        let known = authorizations.filter { $0.account == account }.map(\.id)
        return ApplyException(
            exception: event,
            message: message,
            authorization: generator.next() % 3 == 0 ? known.randomElement(using: &generator) : nil,
            amount: generator.next() % 4 == 0 ? Money(amount(), try currency()) : nil,
            reason: "random"
        )
    }

    private mutating func reversal(_ account: AccountID) -> (Command, AccountID) {
        let newTotal: Int64? = generator.next() % 3 == 0 ? amount() / 2 : nil
        if generator.next() % 2 == 0, let chosen = authorizations.randomElement(using: &generator) {
            let reversal = Reversal(target: .authorization(chosen.id), newTotal: newTotal)
            return (.reverse(reversal), chosen.account)
        }
        // Its key may be of a message that has not come yet.
        let target = generator.next() % 2 == 0 ? link(account) : .message(message(account).key)
        let reversal = Reversal(target: target, message: message(account), newTotal: newTotal)
        return (.reverse(reversal), account)
    }

    private mutating func clearing(of original: (account: AccountID, id: AuthorizationID, amount: Money)) -> Clearing {
        let whole = max(1, original.amount.minorUnits)
        let amounts = [whole, whole / 3 + 1, whole + whole / 5 + 1]
        return Clearing(
            authorization: original.id,
            amount: Money(pick(amounts), original.amount.currency),
            isFinal: generator.next() % 2 == 0
        )
    }

    private mutating func amount() -> Int64 { Int64(1 + generator.next() % 9_999) }

    private mutating func currency(foreign: Bool = false) throws -> Currency {
        try TestLedger.currency(pick(foreign ? ["EUR", "EUR", "USD", "GBP", "JPY"] : ["EUR", "EUR", "USD"]))
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(generator.next() % UInt64(values.count))]
    }
}

extension TestLedger {
    /// Opens accounts with a card each and performs commands on them, `atOnce` at a time, so that batches form.
    ///
    /// - Returns: the replies, in the order of the commands.
    @discardableResult
    package func performRandomCommands(
        _ count: Int,
        seed: UInt64,
        accounts: Int = 10,
        atOnce: Int = 8
    ) async throws -> [Reply] {
        var setUp = SplitMix64(seed: seed)
        var cards: [IssuedCard] = []
        for _ in 0..<accounts {
            let shard = Shard(truncating: UInt16(truncatingIfNeeded: setUp.next()))
            let account = try await openAccount(shard: shard, funds: 100_000)
            cards.append(try await issueCard(on: account))
        }
        let people = try addOperators(1)
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        var commands = RandomCommands(seed: seed, cards: cards)
        var replies: [Reply] = []
        while replies.count < count {
            var steps: [RandomCommands.Step] = []
            for _ in 0..<atOnce { steps.append(try commands.next()) }
            let answered = await perform(steps, by: people[0])
            for (step, reply) in zip(steps, answered) {
                try commands.observe(reply, to: step) { try administration.exception($0)?.message }
            }
            replies += answered
        }
        return replies
    }

    /// - Parameter person: who settles exceptions.
    private func perform(_ steps: [RandomCommands.Step], by person: Operator) async -> [Reply] {
        await withTaskGroup(of: (Int, Reply).self) { group in
            for (index, step) in steps.enumerated() {
                let isOperators = step.command.settledException != nil
                let actor = isOperators ? CommandActor.operator(person.id, person.name) : nil
                group.addTask {
                    (index, await self.perform(step.command, on: step.account, actor: actor, seed: step.seed))
                }
            }
            var replies: [(Int, Reply)] = []
            for await reply in group { replies.append(reply) }
            return replies.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
