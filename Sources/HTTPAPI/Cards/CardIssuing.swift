import AuthorizationCore
import AuthorizationEngine
import CardCryptography

/// Makes cards with new numbers.
struct CardIssuing: Sendable {
    /// New numbers tried before issuing is given up. With a billion numbers in a range and half of them taken, five
    /// in a row are taken once in 32 times; ranges are to be widened long before.
    private static let numberAttempts = 5
    /// Service code: international, normal authorization, no restrictions, with a chip (ISO/IEC 7813).
    static let serviceCode: UInt16 = 201

    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    /// Has a command that makes a card decided.
    ///
    /// - Parameters:
    ///   - notFound: what to tell when the account is not there.
    ///   - command: made of the new card, once for each number that is tried.
    func perform(
        _ request: APIRequest,
        on account: AccountID,
        _ program: Program,
        notFound: Problem,
        _ command: (IssueCard) -> Command
    ) async throws -> APIAnswer {
        let client = try request.clientRequest(key: services.fingerprintKey)
        for attempt in 1...Self.numberAttempts {
            let new = try newCard(account, program)
            let reply = await services.engine.perform(
                command(new.card),
                on: account,
                tenant: request.tenant,
                actor: request.actor,
                client: client,
                cardNumber: new.number,
                within: services.requestTimeout
            )
            // The ledger refuses a number that is taken; the next one is as good as any.
            if case .failed = reply, attempt < Self.numberAttempts { continue }
            let answer = try reply.answer(notFound: notFound)
            guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
            return APIAnswer(
                status: .created,
                body: card.json(account: account),
                isReplayed: answer.isRepeated,
                location: "/v1/cards/\(card.id)"
            )
        }
        preconditionFailure("the last attempt returns or throws")
    }

    /// An instance that begins now.
    func newInstance(_ sequenceNumber: UInt8, _ program: Program, active: Bool) throws -> CardInstance {
        let months = Int(program.cardValidityMonths)
        guard let expiry = services.calendar.expiry(months, after: .wallClock, timeZone: program.timeZone) else {
            throw Problem(.internalError, "The program's card validity leads beyond the year 2099.")
        }
        return CardInstance(
            sequenceNumber: sequenceNumber,
            expiry: expiry,
            validUntil: services.calendar.end(of: expiry, timeZone: program.timeZone),
            serviceCode: Self.serviceCode,
            active: active
        )
    }

    private func newCard(
        _ account: AccountID,
        _ program: Program
    ) throws -> (card: IssueCard, number: PANVault.Sealed) {
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let pan = try PAN.random(bin: program.bin, length: Int(program.panLength))
        let sealed = try services.vault.seal(pan, associatedData: id.bytes)
        let instance = try newInstance(0, program, active: true)
        return (IssueCard(card: id, lastFour: pan.lastFour, instance: instance), sealed)
    }
}

extension IssueCard {
    func with(_ terms: CardTerms) -> IssueCard {
        var card = self
        card.terms = terms
        return card
    }
}

extension HTTPServices {
    /// The card in the path.
    func card(_ request: APIRequest) async throws -> CardView {
        let id: CardID = try request.id(orElse: .cardNotFound)
        guard let view = try await reader.card(id, of: request.tenant) else { throw Problem.cardNotFound }
        return view
    }

    /// - Throws: a problem when the account is not the tenant's.
    func programOfKnown(_ account: AccountID, _ tenant: TenantID) async throws -> Program {
        try await programAndCurrencies(of: account, tenant).program
    }

    /// With the currencies of the account's balances.
    func programAndCurrencies(
        of account: AccountID,
        _ tenant: TenantID
    ) async throws -> (program: Program, currencies: [Currency]) {
        guard let view = try await reader.account(account, of: tenant) else { throw Problem.accountNotFound }
        let programs = try await reader.programs(of: tenant)
        guard let program = programs.first(where: { $0.id == view.account.program }) else {
            throw Problem.programNotFound
        }
        return (program, view.balances.map(\.key.currency))
    }
}
