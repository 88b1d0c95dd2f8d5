import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Wallets' tokens of a card.
struct TokenRoutes: Sendable {
    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    /// Of the token's number only its index is kept.
    @Sendable func register(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(["number", "reference", "requestor"], errors)
        let number = fields.required("number", .pan)
        let reference = fields.optional("reference", .note(1...TokenFacts.longestReference)) ?? ""
        let requestor = fields.optional("requestor", .tokenRequestor) ?? ""
        let index = try services.vault.contentIndex(of: try errors.require(number))
        let view = try await services.card(request)
        let id = TokenID(at: .wallClock, shard: view.account.shard, entropy: .random(in: .min ... .max))
        let command = CardCommand.registerToken(
            RegisterToken(id, index: index, of: view.card.id, reference: reference, requestor: requestor)
        )
        return try await services.explaining {
            try await services.card(request).card.problem(of: .registerToken) ?? .numberRegistered
        } _: {
            try await perform(command, on: view.account, request, ["number": index], .created)
        }
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (TokenID?, Int) = try request.page(of: "a token")
        let view = try await services.card(request)
        if let before, try await services.reader.token(before, of: request.tenant)?.token.card != view.card.id {
            throw Problem.invalid(parameter: "before", "The card has no such token.")
        }
        let tokens = try await services.reader.tokens(of: view.card.id, on: view.account, before: before, limit: limit)
        return .ok(["items": .list(tokens.map(\.json))])
    }

    @Sendable func changeStatus(_ request: APIRequest) async throws -> APIAnswer {
        let id: TokenID = try request.id(orElse: .tokenNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["status", "reason"], errors)
        let status: TokenStatus? = fields.required("status", .closedList)
        let reason = fields.required("reason", .note(1...200))
        let (next, text) = (try errors.require(status), try errors.require(reason))
        guard let view = try await services.reader.token(id, of: request.tenant) else { throw Problem.tokenNotFound }
        let token = view.token
        let change = ChangeToken(index: token.index, of: token.card, to: next, reason: text, tellsBefore: true)
        return try await services.explaining {
            let card = try await services.reader.card(view.token.card, of: request.tenant)?.card
            if next == .active, let problem = card?.problem(of: .resumeToken) { return problem }
            return try await services.reader.token(id, of: request.tenant).map { view in
                .transition(of: "token", from: view.token.status) { view.token.status.allows($0) }
            }
        } _: {
            try await perform(.changeToken(change), on: view.account, request, [:], .ok)
        }
    }

    private func perform(
        _ command: CardCommand,
        on account: AccountID,
        _ request: APIRequest,
        _ secrets: [String: [UInt8]],
        _ status: APIAnswer.Status
    ) async throws -> APIAnswer {
        let answer = try await services.perform(.cardCommand(command), on: account, request, secrets: secrets)
        guard let token = answer.decision.changes.changedToken else { throw Problem.unexpectedDecision }
        return APIAnswer(status: status, body: token.json, isReplayed: answer.isRepeated)
    }
}

extension Problem {
    fileprivate static var numberRegistered: Problem {
        let error = FieldError(place: .pointer("/number"), detail: "It is a card's token already, for ever.")
        return Problem(.transitionNotAllowed, "Register another number; nothing was changed.", errors: [error])
    }
}

extension [Change] {
    var changedToken: WalletToken? {
        for case .token(let token) in self { return token }
        return nil
    }
}

extension FieldType where Value == String {
    fileprivate static var tokenRequestor: FieldType {
        let length = RegisterToken.requestorLength
        return .characters(length...length, "\(length) digits", ASCII.digits)
    }
}

extension WalletToken {
    var json: JSONOutput {
        [
            "id": .text(id.description),
            "card_id": .text(card.description),
            "status": .text(status.name),
            "reference": .optional(reference.isEmpty ? nil : reference) { .text($0) },
            "requestor": .optional(requestor.isEmpty ? nil : requestor) { .text($0) },
            "registered_at": .text(Timestamp.text(registeredAt)),
        ]
    }
}
