import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

struct CardRoutes: Sendable {
    let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func issue(_ request: APIRequest) async throws -> APIAnswer {
        let accountID: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(CardWish.fields.union(["cardholder_id"]), errors)
        let wish = CardWish(fields)
        let cardholder: CardholderID? = fields.optional("cardholder_id", .identifier())
        try errors.check()
        let (program, currencies) = try await services.programAndCurrencies(of: accountID, request.tenant)
        let found = try await services.unlessDecided(request) { try wish.terms(in: program, currencies) }
        try await services.checkCardholder(cardholder, request)
        let terms = found ?? CardTerms()
        return try await CardIssuing(services).perform(request, on: accountID, program, notFound: .accountNotFound) {
            .issueCard($0.with(terms, cardholder))
        }
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        let view = try await view(request)
        var pin = PINStatus(nil, limit: 0)
        if let stored = try await services.reader.pin(of: view.card.id) {
            let program = try await services.program(of: view.account, request.tenant)
            pin = PINStatus(stored.state, limit: (program?.verification ?? VerificationPolicy()).pinTryLimit)
        }
        return .ok(view.card.json(account: view.account, files: view.files, pin: pin))
    }

    @Sendable func changeStatus(_ request: APIRequest) async throws -> APIAnswer {
        let id: CardID = try request.id(orElse: .cardNotFound)
        let errors = FieldErrors()
        let wish = try StatusWish(try request.fields(StatusWish.fields, errors), errors)
        let change = ChangeCard(
            card: id,
            status: wish.status,
            reason: wish.reason,
            statusReason: wish.statusReason,
            tellsBefore: true
        )
        let account = try await view(request).account
        let answer = try await services.explaining {
            let status = try await view(request).card.status
            return .transition(of: "card", from: status) { status.allows($0) }
        } _: {
            try await services.perform(.changeCard(change), on: account, request, notFound: .cardNotFound)
        }
        guard let card = answer.decision.changes.changedCard else { throw Problem.unexpectedDecision }
        return APIAnswer(status: .ok, body: card.json(account: account), isReplayed: answer.isRepeated)
    }

    /// A PAN without a token, for trying things out: whoever asks has it on their server then. Its answer is not kept for
    /// repeats: a repeat opens the vault again.
    @Sendable func reveal(_ request: APIRequest) async throws -> Response {
        guard services.revealsDirectly else {
            throw Problem(.revealNotAllowed, "Ask for a token and let the cardholder's browser take it to the vault.")
        }
        try request.checkEmptyBody()
        let view = try await view(request)
        let address = request.address?.description ?? ""
        let pan = try services.vault.open(
            view.secret.ciphertext,
            keyID: view.secret.keyID,
            associatedData: view.card.id.bytes
        )
        let instances = view.card.instances
        let card = try await RevealedCard(
            view.card.id,
            pan,
            expiry: (instances.last(where: \.active) ?? instances.last)?.expiry,
            codes: services.cardCodes,
            within: services.requestTimeout
        )
        // Once nothing can fail any more, and before it is told.
        try await services.reveals.record(permission(of: view.card.id, request), for: request.actor, from: address)
        if case .operator(let person, _) = request.actor {
            try await services.reader.recordReveal(of: view.card.id, by: person)
        }
        request.logger.notice(
            "a card number was revealed",
            metadata: [
                "card": "\(view.card.id)", "tenant": "\(request.tenant)", "actor": "\(request.actor)",
                "request": "\(request.requestID)",
            ]
        )
        return Response(
            status: .init(code: 200),
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: card.json)
        )
    }

    /// Like a reveal, it is not kept for repeats: each token is another permission.
    @Sendable func makeRevealToken(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        let permission = permission(of: try await view(request).card.id, request)
        let token = try RevealToken.text(of: permission, services.vault)
        try await services.reveals.add(permission, for: request.actor)
        return APIAnswer(
            status: .created,
            body: ["token": .text(token), "expires_at": .text(Timestamp.text(permission.expiresAt))]
        )
    }

    private func permission(of card: CardID, _ request: APIRequest) -> RevealPermission {
        RevealPermission(
            id: RevealID(at: .wallClock, shard: card.shard, entropy: .random(in: .min ... .max)),
            card: card,
            tenant: request.tenant,
            expiresAt: .wallClock + RevealPermission.lifetime
        )
    }

    private func view(_ request: APIRequest) async throws -> CardView { try await services.card(request) }
}
