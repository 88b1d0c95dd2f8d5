import AuthorizationCore
import AuthorizationEngine

/// Makes cards with new numbers for who asks over HTTP.
struct CardIssuing: Sendable {
    private let services: HTTPServices
    private let issuer: CardIssuer

    init(_ services: HTTPServices) {
        self.services = services
        issuer = CardIssuer(
            engine: services.engine,
            vault: services.vault,
            calendar: services.calendar,
            keys: services.heldKeys
        )
    }

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
        let origin = CommandOrigin(
            tenant: request.tenant,
            actor: request.actor,
            client: try request.clientRequest(key: services.fingerprintKey),
            limit: services.requestTimeout
        )
        let id = CardID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let reply: Reply
        do {
            reply = try await issuer.perform(id, on: account, program, origin, command)
        } catch is CardIssuer.ValidityTooLong {
            throw Problem.validityTooLong
        }
        let answer = try reply.answer(notFound: notFound)
        guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
        return APIAnswer(
            status: .created,
            body: card.json(account: account),
            isReplayed: answer.isRepeated,
            location: "/v1/cards/\(card.id)"
        )
    }

    /// An instance that begins now.
    func newInstance(_ sequenceNumber: UInt8, _ program: Program, active: Bool) throws -> CardInstance {
        do {
            return try issuer.newInstance(sequenceNumber, program, active: active)
        } catch {
            throw Problem.validityTooLong
        }
    }
}

extension Problem {
    fileprivate static var validityTooLong: Problem {
        Problem(.internalError, "The program's card validity leads beyond the year 2099.")
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
