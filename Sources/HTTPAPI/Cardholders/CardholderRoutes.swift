import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Who holds cards and accounts.
struct CardholderRoutes: Sendable {
    private let services: HTTPServices
    private let store: any CardholderStore

    init(_ services: HTTPServices) {
        self.services = services
        store = services.cardholders
    }

    @Sendable func create(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let body = Body(try request.fields(Body.fields, errors))
        try errors.check()
        if let answer = try await services.repeated(request, .created) { return answer }
        let id = CardholderID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let cardholder = Cardholder(
            id: id,
            tenant: request.tenant,
            reference: body.reference,
            name: try body.name.map { try SealedName($0, of: id, services.vault) },
            createdAt: .wallClock
        )
        let document = JSONOutput.object(cardholder.fields)
        let outcome = try await store.add(cardholder, try services.keyed(request, document))
        let answer = APIAnswer(status: .created, body: document, location: "/v1/cardholders/\(id)")
        return try await services.answer(outcome, request, answer, refused: .referenceTaken)
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit, reference): (CardholderID?, Int, String?) = try request.page(of: "a cardholder") {
            $0.optional("reference", CardholderReference.expectation, CardholderReference.read)
        }
        if let before, try await store.cardholder(before, of: request.tenant) == nil {
            throw Problem.invalid(parameter: "before", "The tenant has no such cardholder.")
        }
        let found = try await store.cardholders(
            of: request.tenant,
            reference: reference,
            before: before,
            limit: limit
        )
        return .ok(["items": .list(try found.map { try $0.json(services.vault) })])
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        .ok(try await cardholder(request).json(services.vault))
    }

    @Sendable func change(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let body = Body(try request.fields(Body.fields, errors))
        try errors.check()
        if let answer = try await services.repeated(request, .ok) { return answer }
        var cardholder = try await cardholder(request)
        guard cardholder.status != .closed else {
            throw Problem.needed(of: "cardholder", in: cardholder.status) { $0 != .closed }
        }
        let name = try body.name.map { try SealedName($0, of: cardholder.id, services.vault) }
        let change = CardholderChange.content(reference: body.reference, name: name)
        let isRenamed = body.reference.map { $0 != cardholder.reference } ?? false
        cardholder.reference = body.reference ?? cardholder.reference
        return try await write(change, cardholder, request, refused: isRenamed ? .referenceTaken : .cardholderEnded)
    }

    @Sendable func changeStatus(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let fields = try request.fields(["status", "reason"], errors)
        let status: Cardholder.Status? = fields.required("status", .closedList)
        let reason = fields.required("reason", .note(1...200))
        let (next, text) = (try errors.require(status), try errors.require(reason))
        if let answer = try await services.repeated(request, .ok) { return answer }
        var cardholder = try await cardholder(request)
        let present = cardholder.status
        guard present.allows(next) else { throw Problem.transition(of: "cardholder", from: present, present.allows) }
        cardholder.status = next
        return try await write(.status(next, reason: text), cardholder, request, refused: .cardholderEnded)
    }

    @Sendable func erase(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        if let answer = try await services.repeated(request, .ok) { return answer }
        var cardholder = try await cardholder(request)
        let moment = Instant.wallClock
        cardholder.erasedAt = moment
        return try await services.explaining {
            try await self.cardholder(request).problemOfErasure
        } _: {
            try await write(.erasure(at: moment), cardholder, request, refused: .cardholderInUse)
        }
    }

    /// - Parameter cardholder: as the change leaves it.
    private func write(
        _ change: CardholderChange,
        _ cardholder: Cardholder,
        _ request: APIRequest,
        refused: Problem
    ) async throws -> APIAnswer {
        let document = JSONOutput.object(cardholder.fields)
        let outcome = try await store.write(
            change,
            of: cardholder.id,
            request.tenant,
            try services.keyed(request, document)
        )
        return try await services.answer(outcome, request, .ok(document), refused: refused)
    }

    private func cardholder(_ request: APIRequest) async throws -> Cardholder {
        let id: CardholderID = try request.id(orElse: .cardholderNotFound)
        guard let found = try await store.cardholder(id, of: request.tenant) else { throw Problem.cardholderNotFound }
        return found
    }
}

extension CardholderRoutes {
    /// What a client tells of a cardholder.
    private struct Body {
        static let fields: Set = ["reference", "embossed_name"]

        let reference: String?
        let name: EmbossedName?

        init(_ fields: ObjectReader) {
            reference = fields.optional("reference", .cardholderReference)
            name = fields.optional("embossed_name", .embossedName)
        }
    }
}

extension HTTPServices {
    /// - Throws: a problem when the tenant has no such cardholder, or it gets nothing new; none where a lane has
    ///   decided the request before.
    func checkCardholder(_ id: CardholderID?, _ request: APIRequest) async throws {
        guard let id else { return }
        let status = try await cardholders.statuses(of: [id], request.tenant)[id]
        _ = try await unlessDecided(request) {
            switch status {
            case .active: break
            case .suspended, .closed: throw Problem.cardholderNotActive
            case nil: throw Problem.invalid("/cardholder_id", "There is no such cardholder.")
            }
        }
    }
}

extension Cardholder {
    /// Nil where nothing but its cards and accounts stands in the way.
    fileprivate var problemOfErasure: Problem? {
        if let erasedAt {
            let detail = "The name was erased at \(Timestamp.text(erasedAt)), once and for ever. Nothing was changed."
            return Problem(.transitionNotAllowed, detail)
        }
        return status == .closed ? nil : .needed(of: "cardholder", in: status) { $0 == .closed }
    }
}

extension Problem {
    fileprivate static var referenceTaken: Problem {
        Problem(
            .referenceTaken,
            "Find the other one by `GET /v1/cardholders?reference=`.",
            errors: [FieldError(place: .pointer("/reference"), detail: "Another cardholder has it.")]
        )
    }

    fileprivate static var cardholderEnded: Problem {
        Problem(.transitionNotAllowed, "Read the cardholder to see its status; nothing was changed.")
    }

    fileprivate static var cardholderInUse: Problem {
        let detail = "A card or an account of the cardholder is not `closed`: close them first. Nothing was changed."
        return Problem(.transitionNotAllowed, detail)
    }
}
