import AuthorizationCore
import AuthorizationEngine
import Hummingbird

/// API keys, as their tenant and operators see and change them. A client's key gives no other one more than it has, by
/// making, changing or rotating it, and revokes none that has more but itself. Other processes take up a change within five seconds.
struct APIKeyRoutes: Sendable {
    private let services: HTTPServices
    private let store: any ClientStore

    init(_ services: HTTPServices) {
        self.services = services
        store = services.clients
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (APIKeyID?, Int) = try request.page(of: "a key")
        guard let found = try await store.apiKeys(of: request.tenant, before: before, limit: limit) else {
            throw Problem.invalid(parameter: "before", "The tenant has no such key.")
        }
        return .ok(["items": .list(found.map(\.json))])
    }

    @Sendable func create(_ request: APIRequest) async throws -> APIAnswer {
        let wanted = try APIKeyCreation(request)
        if let answer = try await repeated(request) { return answer }
        let terms = wanted.terms(own: request.terms)
        try check(terms, request, areAsked: true)
        let id = APIKeyID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let secret = try AccessKey.random(for: .client)
        let key = TenantKey(id: id, tenant: request.tenant, terms: terms)
        let answer = APIKeyAnswer(id: id, label: wanted.label, terms: terms, secret: secret)
        return try await write(.add(key, label: wanted.label, secret.record), request, seen: nil, answer)
    }

    @Sendable func change(_ request: APIRequest) async throws -> APIAnswer {
        let wanted = try APIKeyChange(request)
        if let answer = try await repeated(request) { return answer }
        guard let seen = try await live(request) else { return try await repeatedOrRefused(request) }
        if request.actor != .apiKey(seen.key.id) { try check(seen.key.terms, request) }
        let terms = wanted.terms(after: seen.key.terms)
        try check(terms, request, areAsked: true)
        let answer = APIKeyAnswer(id: seen.key.id, label: seen.label, terms: terms)
        return try await write(.change(seen.key.id, wanted.parts, of: terms), request, seen: seen, answer)
    }

    @Sendable func rotate(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let overlap = try request.fields(["overlap_seconds"], errors)
            .required("overlap_seconds", .integer(APIKeyTerms.overlaps))
        let seconds = try errors.require(overlap)
        if let answer = try await repeated(request) { return answer }
        guard let seen = try await live(request) else { return try await repeatedOrRefused(request) }
        try check(seen.key.terms, request)
        let secret = try AccessKey.random(for: .client)
        let answer = APIKeyAnswer(id: seen.key.id, label: seen.label, terms: seen.key.terms, secret: secret)
        let write = APIKeyWrite.rotate(seen.key.id, secret.record, overlapSeconds: seconds)
        return try await self.write(write, request, seen: seen, answer)
    }

    @Sendable func revoke(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let says = try request.fields(["even_last"], errors).optional("even_last", .boolean)
        try errors.check()
        if let answer = try await repeated(request) { return answer }
        guard let seen = try await live(request) else { return try await repeatedOrRefused(request) }
        if request.actor != .apiKey(seen.key.id) { try check(seen.key.terms, request) }
        // An operator can always make another one.
        let evenLast = says ?? (request.terms == nil)
        guard evenLast || !seen.isLastToWriteKeys else {
            throw Problem(.lastAPIKey, "Make another key with `keys:write` first, or send `even_last` with true.")
        }
        let answer = APIKeyAnswer(id: seen.key.id, label: seen.label, isRevoked: true, terms: seen.key.terms)
        return try await write(.revoke(seen.key.id, evenLast: evenLast), request, seen: seen, answer)
    }

    /// Nil when it is revoked.
    private func live(_ request: APIRequest) async throws -> ListedAPIKey? {
        let id: APIKeyID = try request.id(orElse: .apiKeyNotFound)
        guard let found = try await store.apiKey(id, of: request.tenant) else { throw Problem.apiKeyNotFound }
        return found.revokedAt == nil ? found : nil
    }

    /// Whoever sends it may do all that these terms allow.
    ///
    /// - Parameter areAsked: whether the body says what they are.
    private func check(_ terms: APIKeyTerms, _ request: APIRequest, areAsked: Bool = false) throws {
        guard let own = request.terms else { return }
        let beyond = terms.partsBeyond(own, usual: services.rates.usual)
        guard !beyond.isEmpty else { return }
        let fields = areAsked ? beyond.flatMap(Self.fields).filter(request.hasField) : []
        throw Problem(
            .beyondOwnTerms,
            "Its scopes, addresses and rate must be within those of the key that asks.",
            errors: fields.map { FieldError(place: .pointer("/\($0)"), detail: "The key that asks has less.") }
        )
    }

    /// Where a body says what a part shall be.
    private static func fields(of part: APIKeyTerms.Part) -> [String] {
        switch part {
        case .scopes: ["scopes"]
        case .addresses: ["addresses", "from_everywhere"]
        case .rate: ["rate", "usual_rate"]
        }
    }
}

// MARK: - Writing, once for each Idempotency-Key

extension APIKeyRoutes {
    private func repeated(_ request: APIRequest) async throws -> APIAnswer? {
        guard let stored = try await services.storedAnswer(to: request) else { return nil }
        return Self.answer(.encoded(stored), to: request, isReplayed: true)
    }

    /// When a key is not as the request expects it: another process may just have carried this very request out.
    private func repeatedOrRefused(_ request: APIRequest) async throws -> APIAnswer {
        if let stored = try await repeated(request) { return stored }
        if let id = APIKeyID(request.pathID), try await store.apiKey(id, of: request.tenant)?.revokedAt != nil {
            throw Problem(.transitionNotAllowed, "The key is `revoked`: make another one. Nothing was changed.")
        }
        let detail = "The key, or the one that asks, was changed meanwhile: read it again. Nothing was changed."
        throw Problem(.transitionNotAllowed, detail)
    }

    private func write(
        _ write: APIKeyWrite,
        _ request: APIRequest,
        seen: ListedAPIKey?,
        _ answer: APIKeyAnswer
    ) async throws -> APIAnswer {
        let signed = SignedKeyWrite(
            author: request.actor,
            authorTerms: request.terms ?? APIKeyTerms(),
            seen: seen?.record,
            request: try request.clientRequest(key: services.fingerprintKey),
            answer: answer.json(withSecret: false).bytes
        )
        switch try await store.write(write, signed) {
        case .stored: return Self.answer(answer.json(withSecret: true), to: request, isReplayed: false)
        case .refused where try await !store.hasRoom(for: write):
            guard let stored = try await repeated(request) else { throw Problem.apiKeyLimit(write) }
            return stored
        case .refused, .keyTaken: return try await repeatedOrRefused(request)
        }
    }

    private static func answer(_ body: JSONOutput, to request: APIRequest, isReplayed: Bool) -> APIAnswer {
        let makes = request.operation == .createAPIKey || request.operation == .rotateAPIKey
        return APIAnswer(status: makes ? .created : .ok, body: body, isReplayed: isReplayed)
    }
}

extension Problem {
    fileprivate static func apiKeyLimit(_ write: APIKeyWrite) -> Problem {
        switch write {
        case .add:
            Problem(.apiKeyLimit, "A tenant has \(ListedAPIKey.mostLive) live keys at most. Revoke one first.")
        case .rotate, .change, .revoke:
            Problem(
                .apiKeyLimit,
                "A key has \(ListedAPIKey.mostLiveSecrets) live secrets at most. Wait, or send `overlap_seconds` 0."
            )
        }
    }

    fileprivate static var apiKeyNotFound: Problem {
        Problem(.apiKeyNotFound, "Check the key's id; one of another tenant is as unknown.")
    }
}
