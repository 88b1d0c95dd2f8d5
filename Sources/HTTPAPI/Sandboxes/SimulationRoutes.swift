import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// A payment's whole life in a sandbox, as a card network would tell it.
struct SimulationRoutes: Sendable {
    let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func authorize(_ request: APIRequest) async throws -> APIAnswer {
        let body = try SimulationBody(request)
        guard let card = try await services.reader.card(body.card, of: request.tenant) else {
            throw Problem.cardNotFound
        }
        try await checkSandbox(card.account, request)
        return try await play(body.message, of: body.card, on: card.account, request)
    }

    @Sendable func increment(_ request: APIRequest) async throws -> APIAnswer {
        let amount = try Self.amount(request)
        let (view, original) = try await simulated(request)
        var message = SimulatedMessage(.authorizationRequest, original.kind, amount, at: original.merchant)
        message.purpose = .increment
        message.initiator = .merchant
        message.transactionID = original.references.transactionID
        return try await play(message, of: view.authorization.card, on: view.account, request)
    }

    @Sendable func reverse(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let newTotal = try request.fields(["new_total"], errors).optional("new_total", .integer(0...largestAmount))
        try errors.check()
        let (view, original) = try await simulated(request)
        let amount = original.transaction
        var message = SimulatedMessage(.reversalAdvice, original.kind, amount, at: original.merchant)
        message.transactionID = original.references.transactionID
        message.newTotal = newTotal
        return try await play(message, of: view.authorization.card, on: view.account, request)
    }

    @Sendable func advise(_ request: APIRequest) async throws -> APIAnswer {
        let amount = try Self.amount(request)
        let (view, original) = try await simulated(request)
        var message = SimulatedMessage(.financialAdvice, original.kind, amount, at: original.merchant)
        message.adviceReason = .completion
        message.transactionID = original.references.transactionID
        return try await play(message, of: view.authorization.card, on: view.account, request)
    }

    @Sendable func refund(_ request: APIRequest) async throws -> APIAnswer {
        let amount = try Self.amount(request)
        let (view, original) = try await simulated(request)
        let message = SimulatedMessage(.financialRequest, .refund, amount, at: original.merchant)
        return try await play(message, of: view.authorization.card, on: view.account, request)
    }

    @Sendable func clear(_ request: APIRequest) async throws -> APIAnswer {
        let id: AuthorizationID = try request.id(orElse: .authorizationNotFound)
        let clearing = try AuthorizationRoutes.clearing(of: id, request)
        let view = try await view(request)
        return try await services.explaining {
            view.authorization.problemOfClearing
        } _: {
            try await perform(.clear(clearing), view, request)
        }
    }

    /// At once, whatever time the hold has left.
    @Sendable func expire(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        _ = try request.fields([], errors)
        try errors.check()
        let view = try await view(request)
        return try await services.explaining {
            .nothingToExpire(try await self.view(request).authorization.status)
        } _: {
            try await perform(.expire(ExpireHold(view.authorization.id, .none)), view, request)
        }
    }

    private static func amount(_ request: APIRequest) throws -> Money {
        let errors = FieldErrors()
        let amount = try request.fields(["amount"], errors).required("amount", .money(1...largestAmount))
        return try errors.require(amount)
    }
}

extension SimulationRoutes {
    private func checkSandbox(_ account: AccountID, _ request: APIRequest) async throws {
        guard try await services.program(of: account, request.tenant)?.sandbox != nil else {
            throw Problem.notASandbox
        }
    }

    /// The authorization in the path, which is of a sandbox.
    private func view(_ request: APIRequest) async throws -> AuthorizationView {
        let id: AuthorizationID = try request.id(orElse: .authorizationNotFound)
        guard let view = try await services.reader.authorization(id, of: request.tenant) else {
            throw Problem.authorizationNotFound
        }
        try await checkSandbox(view.account, request)
        return view
    }

    /// The same with the message that it began with, which later ones name.
    private func simulated(_ request: APIRequest) async throws -> (AuthorizationView, AuthorizationRequest) {
        let view = try await view(request)
        guard let original = view.history.first?.command.request, original.network == Sandbox.network else {
            throw Problem(
                .transitionNotAllowed,
                "It was asked for at `/v1/authorizations`, and is reversed and cleared there: no network knows it."
            )
        }
        return (view, original)
    }

    private func play(
        _ message: SimulatedMessage,
        of card: CardID,
        on account: AccountID,
        _ request: APIRequest
    ) async throws -> APIAnswer {
        let origin = CommandOrigin(
            tenant: request.tenant,
            actor: request.actor,
            client: try request.clientRequest(key: services.fingerprintKey),
            limit: services.requestTimeout
        )
        let played = try await services.simulator.send(message, of: card, on: account, for: origin)
        let answer = try played.reply.answer(notFound: .cardNotFound)
        var authorization = answer.decision.changes.changedAuthorization
        if authorization == nil, let id = AuthorizationID(request.pathID) {
            authorization = try await services.reader.authorization(id, of: request.tenant)?.authorization
        }
        return answer.step(authorization, on: account, played.told)
    }

    private func perform(
        _ command: Command,
        _ view: AuthorizationView,
        _ request: APIRequest
    ) async throws -> APIAnswer {
        let answer = try await services.perform(command, on: view.account, request, notFound: .authorizationNotFound)
        let authorization = answer.decision.changes.changedAuthorization ?? view.authorization
        return answer.step(authorization, on: view.account, nil)
    }
}

extension HoldLifetimes {
    /// A hold that is to end now.
    fileprivate static let none: HoldLifetimes = {
        var lifetimes = HoldLifetimes()
        lifetimes.finalAmount = 0
        lifetimes.preAuthorization = 0
        lifetimes.uncertain = 0
        lifetimes.instalment = 0
        return lifetimes
    }()
}

extension Problem {
    static var notASandbox: Problem {
        Problem(.notASandbox, "Nothing was changed. Take a card of a program that was made with `sandbox`.")
    }

    fileprivate static func nothingToExpire(_ status: AuthorizationStatus) -> Problem {
        let detail = "The authorization is `\(status.name)`: nothing is held that could expire. Nothing was changed."
        return Problem(.transitionNotAllowed, detail)
    }
}
