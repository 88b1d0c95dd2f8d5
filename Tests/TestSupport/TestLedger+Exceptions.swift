import AuthorizationCore
import AuthorizationEngine
import PostgresLedger

extension TestLedger {
    /// Adds operators who may settle exceptions, under names that nobody has.
    package func addOperators(_ count: Int) throws -> [Operator] {
        let administration = Administration(try TestDatabase.connect(database.ownerURL))
        var people: [Operator] = []
        for _ in 0..<count {
            let entropy = UInt64.random(in: .min ... .max)
            guard let name = OperatorName("operator-\(entropy)") else {
                throw UnexpectedReply(description: "no operator's name")
            }
            let id = OperatorID(at: .wallClock, shard: Shard(truncating: 0), entropy: entropy)
            let person = Operator(id: id, name: name, role: .operator)
            let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
            try administration.add(person, keyHash: key, by: people.first ?? person)
            people.append(person)
        }
        return people
    }

    package func exceptions(all: Bool = false) throws -> [ExceptionRecord] {
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        let before = Instant(microseconds: Instant.wallClock.microseconds + 60_000_000)
        return try administration.exceptions(all: all, before: before, limit: 10_000)
    }

    package func apply(
        _ exception: ExceptionRecord,
        on account: AccountID? = nil,
        card: CardID? = nil,
        amount: Money? = nil,
        by person: Operator
    ) async throws -> Reply {
        guard let message = exception.message, let account = account ?? exception.account else {
            throw UnexpectedReply(description: "nothing to apply")
        }
        let apply = ApplyException(exception: exception.event, message: message, card: card, amount: amount)
        return await perform(.applyException(apply), on: account, by: person)
    }

    /// What two operators agree on, on the account of the exception's shard.
    package func terms(for exception: ExceptionRecord, _ amount: Money) -> WriteOffTerms {
        let shard = exception.account?.shard ?? exception.event.shard
        let books = InternalAccount.writeOff.identifier(shard: shard, program: program.id, currency: amount.currency)
        return WriteOffTerms(account: books, amount: amount, direction: .debit)
    }

    package func propose(_ terms: WriteOffTerms, for exception: ExceptionRecord, by person: Operator) throws {
        let administration = Administration(try TestDatabase.connect(database.servingURL))
        try administration.propose(terms, for: exception.event, reason: "test", by: person)
    }

    package func writeOff(
        _ exception: ExceptionRecord,
        _ terms: WriteOffTerms,
        proposedBy first: Operator,
        by second: Operator
    ) async -> Reply {
        let writeOff = WriteOffException(
            exception: exception.event,
            terms: terms,
            program: program.id,
            proposedBy: first.id,
            confirmedBy: second.id,
            reason: "test"
        )
        return await perform(.writeOffException(writeOff), on: terms.account, by: second)
    }

    private func perform(_ command: Command, on account: AccountID, by person: Operator) async -> Reply {
        await engine.perform(
            command,
            on: account,
            tenant: nil,
            actor: .operator(person.id, person.name),
            client: nil,
            within: .seconds(20)
        )
    }

    /// Settles what can be of the open exceptions: each is applied, else every other one is written off.
    ///
    /// - Returns: how many were applied, and how many written off.
    @discardableResult
    package func settleExceptions() async throws -> (applied: Int, writtenOff: Int) {
        let people = try addOperators(2)
        var applied = 0
        var writtenOff = 0
        for (index, exception) in try exceptions().enumerated() where exception.account != nil {
            if case .decided(let answer) = try await apply(exception, by: people[0]),
                case .acknowledged = answer.decision.outcome
            {
                applied += 1
                continue
            }
            guard index % 2 == 0 else { continue }
            let terms = terms(for: exception, Money(Int64(index) * 100, try Self.currency("EUR")))
            try propose(terms, for: exception, by: people[0])
            let reply = await writeOff(exception, terms, proposedBy: people[0], by: people[1])
            guard case .decided(let answer) = reply, case .done = answer.decision.outcome else {
                throw UnexpectedReply(description: "\(reply) for a write-off")
            }
            writtenOff += 1
        }
        return (applied, writtenOff)
    }
}
