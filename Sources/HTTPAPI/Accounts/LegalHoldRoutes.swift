import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// Money that a court or the issuer holds back.
struct LegalHoldRoutes: Sendable {
    private let services: HTTPServices

    init(_ services: HTTPServices) { self.services = services }

    @Sendable func place(_ request: APIRequest) async throws -> APIAnswer {
        let account: AccountID = try request.id(orElse: .accountNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["amount", "reason"], errors)
        let amount = fields.required("amount", .money(1...largestAmount))
        let reason = fields.required("reason", .note(1...200))
        let id = LegalHoldID(at: .wallClock, shard: account.shard, entropy: .random(in: .min ... .max))
        let place = PlaceLegalHold(id, try errors.require(amount), reason: try errors.require(reason))
        let answer = try await services.perform(.moneyCommand(.placeHold(place)), on: account, request)
        return try Self.answer(answer, on: account, .created)
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (LegalHoldID?, Int) = try request.page(of: "a legal hold")
        let account: AccountID = try request.id(orElse: .accountNotFound)
        try await services.check(account, of: request.tenant)
        if let before, try await services.reader.accountOfLegalHold(before, of: request.tenant) != account {
            throw Problem.invalid(parameter: "before", "The account has no such legal hold.")
        }
        let holds = try await services.reader.legalHolds(of: account, before: before, limit: limit)
        return .ok(["items": .list(holds.map { $0.json(on: account) })])
    }

    @Sendable func release(_ request: APIRequest) async throws -> APIAnswer {
        let id: LegalHoldID = try request.id(orElse: .legalHoldNotFound)
        let errors = FieldErrors()
        let fields = try request.fields(["reason"], errors)
        let reason = fields.required("reason", .note(1...200))
        let release = ReleaseLegalHold(id, reason: try errors.require(reason))
        guard let account = try await services.reader.accountOfLegalHold(id, of: request.tenant) else {
            throw Problem.legalHoldNotFound
        }
        let answer = try await services.explaining {
            Problem(.transitionNotAllowed, "The hold is `released`: nothing may follow. Nothing was changed.")
        } _: {
            try await services.perform(.moneyCommand(.releaseHold(release)), on: account, request)
        }
        return try Self.answer(answer, on: account, .ok)
    }

    private static func answer(
        _ answer: Answer,
        on account: AccountID,
        _ status: APIAnswer.Status
    ) throws -> APIAnswer {
        guard let hold = answer.decision.changes.changedLegalHold else { throw Problem.unexpectedDecision }
        return APIAnswer(status: status, body: hold.json(on: account), isReplayed: answer.isRepeated)
    }
}

extension [Change] {
    fileprivate var changedLegalHold: LegalHold? {
        for case .legalHold(let hold) in self { return hold }
        return nil
    }
}

extension LegalHold {
    func json(on account: AccountID) -> JSONOutput {
        [
            "id": .text(id.description),
            "account_id": .text(account.description),
            "amount": Money(amount, balance.currency).json,
            "reason": .text(reason),
            "status": .text(releasedAt == nil ? "standing" : "released"),
            "placed_at": .text(Timestamp.text(placedAt)),
            "released_at": .optional(releasedAt) { .text(Timestamp.text($0)) },
        ]
    }
}
