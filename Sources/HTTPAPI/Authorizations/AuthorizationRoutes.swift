import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Authorizations, their reversals and clearings.
struct AuthorizationRoutes: Sendable {
    let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func authorize(_ request: APIRequest) async throws -> APIAnswer {
        let body = try AuthorizationBody(request)
        var secrets: [String: [UInt8]] = [:]
        if case .pan(let pan) = body.subject { secrets["pan"] = try services.vault.contentIndex(of: pan) }
        let client = try request.clientRequest(key: services.fingerprintKey, secrets: secrets)
        // The number may move to another card between the look-up and the lock: look once more, then give up.
        for isLast in [false, true] {
            // Anew each time: the index key may be rotated between.
            let panIndex: [UInt8]? =
                if case .pan(let pan) = body.subject { try services.vault.index(of: pan) } else { nil }
            let route = try await route(body.subject, panIndex, request.tenant)
            let command = body.command(card: route?.card)
            let reply = await services.engine.perform(
                .authorize(command),
                on: route?.account,
                tenant: request.tenant,
                actor: request.actor,
                client: client,
                panIndex: route == nil ? nil : panIndex,
                within: services.requestTimeout
            )
            if case .misrouted = reply, !isLast { continue }
            let answer = try reply.answer(notFound: .cardNotFound)
            let id = answer.decision.changes.changedAuthorization?.id
            return APIAnswer(
                status: .created,
                body: answer.authorizationJSON(command, account: route?.account),
                isReplayed: answer.isRepeated,
                location: id.map { "/v1/authorizations/\($0)" },
                delivery: answer.delivery
            )
        }
        throw Problem.misrouted
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        let id: AuthorizationID = try request.id(orElse: .authorizationNotFound)
        guard let view = try await services.reader.authorization(id, of: request.tenant) else {
            throw Problem.authorizationNotFound
        }
        return .ok(view.json)
    }

    @Sendable func reverse(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let newTotal = try request.fields(["new_total"], errors)
            .optional("new_total", .integer(0...largestAmount))
        try errors.check()
        let (account, found) = try await authorization(request)
        _ = try await services.unlessDecided(request) {
            if let problem = found.problem(ofReversalTo: newTotal ?? 0) { throw problem }
        }
        let reversal = Reversal(target: .authorization(found.id), newTotal: newTotal)
        return try await acknowledge(.reverse(reversal), of: found.id, on: account, request)
    }

    @Sendable func clear(_ request: APIRequest) async throws -> APIAnswer {
        let id: AuthorizationID = try request.id(orElse: .authorizationNotFound)
        let clearing = try Self.clearing(of: id, request)
        let (account, found) = try await authorization(request)
        do {
            return try await services.explaining {
                found.problemOfClearing
            } _: {
                try await acknowledge(.clear(clearing), of: id, on: account, request)
            }
        } catch var problem as Problem where problem.code == .currencyMismatch {
            let isOther = clearing.amount.currency != found.approved.currency
            let pointer = isOther ? "/amount/currency" : "/billing_amount/currency"
            problem.errors = [FieldError(place: .pointer(pointer), detail: "It is another one there.")]
            throw problem
        }
    }

    private func authorization(_ request: APIRequest) async throws -> (AccountID, Authorization) {
        let id: AuthorizationID = try request.id(orElse: .authorizationNotFound)
        guard let found = try await services.reader.authorizationAlone(id, of: request.tenant) else {
            throw Problem.authorizationNotFound
        }
        return (found.account, found.authorization)
    }

    static func clearing(of id: AuthorizationID, _ request: APIRequest) throws -> Clearing {
        let errors = FieldErrors()
        let fields = try request.fields(["amount", "billing_amount", "final", "reference"], errors)
        let amount = fields.required("amount", .money(1...largestAmount))
        let billing = fields.optional("billing_amount", .money(1...largestAmount))
        let isFinal = fields.optional("final", .boolean) ?? true
        let reference = fields.optional("reference", .note(0...64)) ?? ""
        return Clearing(
            authorization: id,
            amount: try errors.require(amount),
            billing: billing,
            isFinal: isFinal,
            reference: reference
        )
    }

    private func acknowledge(
        _ command: Command,
        of id: AuthorizationID,
        on account: AccountID,
        _ request: APIRequest
    ) async throws -> APIAnswer {
        let answer = try await services.perform(command, on: account, request, notFound: .authorizationNotFound)
        guard case .acknowledged(let acknowledgement, _) = answer.decision.outcome else {
            throw Problem.unexpectedDecision
        }
        var state = answer.decision.changes.changedAuthorization
        if state == nil {
            state = try await services.reader.authorization(id, of: request.tenant)?.authorization
        }
        let body: JSONOutput = [
            "event_id": .text(answer.event.description),
            "acknowledgement": .text(acknowledgement.name),
            "exception_reason": .optional(acknowledgement.exceptionReason) { .text($0.name) },
            "created_at": .text(Timestamp.text(answer.decidedAt)),
            "authorization": .optional(state) { .object($0.fields(account: account)) },
        ]
        return APIAnswer(status: .created, body: body, isReplayed: answer.isRepeated)
    }

    /// Where the card is. Nil for a number that no card of this tenant has.
    private func route(
        _ subject: AuthorizationBody.Subject,
        _ panIndex: [UInt8]?,
        _ tenant: TenantID
    ) async throws -> CardRoute? {
        switch subject {
        case .card(let id):
            guard let view = try await services.reader.card(id, of: tenant) else { throw Problem.cardNotFound }
            return CardRoute(card: id, account: view.account, tenant: tenant)
        case .pan:
            guard let panIndex, let route = try await services.reader.card(panIndex: panIndex) else { return nil }
            return route.tenant == tenant ? route : nil
        }
    }
}
