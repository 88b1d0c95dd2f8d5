import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Where a tenant has its events sent.
struct WebhookRoutes: Sendable {
    /// For which a secret that was replaced goes on signing, beside the new one.
    private static let overlap = Duration.seconds(24 * 3_600)

    let services: HTTPServices
    let store: any WebhookStore

    init(_ services: HTTPServices) {
        self.services = services
        store = services.webhooks
    }

    @Sendable func create(_ request: APIRequest) async throws -> APIAnswer {
        let body = try WebhookBody(request, isNew: true)
        if let answer = try await services.repeated(request, .created) { return answer }
        guard let url = body.url else { throw Problem.invalid("/url", "This field is required.") }
        try await check(url, for: request.tenant)
        let endpoint = WebhookEndpoint(
            id: WebhookEndpointID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: request.tenant,
            url: url,
            types: body.types,
            description: body.description ?? "",
            createdAt: .wallClock
        )
        let secret = try WebhookSecret.random()
        let sealed = try SealedWebhookSecret(secret, of: endpoint.id, services.vault)
        let outcome = try await store.add(endpoint, sealed, try services.keyed(request, endpoint.json(nil)))
        let location = "/v1/webhook-endpoints/\(endpoint.id)"
        let answer = APIAnswer(status: .created, body: endpoint.json(secret), location: location)
        return try await services.answer(outcome, request, answer, refused: .tooManyWebhookEndpoints)
    }

    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        .ok(["items": .list(try await store.endpoints(of: request.tenant).map(\.json))])
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer { .ok(try await endpoint(request).json) }

    @Sendable func change(_ request: APIRequest) async throws -> APIAnswer {
        let body = try WebhookBody(request, isNew: false)
        if let answer = try await services.repeated(request, .ok) { return answer }
        var endpoint = try await endpoint(request)
        if let url = body.url { try await check(url, for: request.tenant) }
        body.change(&endpoint, at: .wallClock)
        let outcome = try await store.change(endpoint, try services.keyed(request, endpoint.json))
        return try await services.answer(outcome, request, .ok(endpoint.json), refused: .webhookEndpointNotFound)
    }

    /// What is on its way is forgotten with it.
    @Sendable func remove(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        if let answer = try await services.repeated(request, .ok) { return answer }
        let endpoint = try await endpoint(request)
        let answer: JSONOutput = [
            "id": .text(endpoint.id.description), "removed_at": .text(Timestamp.text(.wallClock)),
        ]
        let outcome = try await store.remove(endpoint, try services.keyed(request, answer))
        return try await services.answer(outcome, request, .ok(answer), refused: .webhookEndpointNotFound)
    }

    @Sendable func rotateSecret(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        if let answer = try await services.repeated(request, .ok) { return answer }
        let endpoint = try await endpoint(request)
        let secret = try WebhookSecret.random()
        let end = Instant.wallClock + Self.overlap
        func answer(_ secret: WebhookSecret?) -> JSONOutput {
            [
                "id": .text(endpoint.id.description),
                "old_secret_expires_at": .text(Timestamp.text(end)),
                "secret": .optional(secret) { .text($0.text) },
            ]
        }
        let outcome = try await store.replaceSecret(
            of: endpoint,
            by: try SealedWebhookSecret(secret, of: endpoint.id, services.vault),
            oldUntil: end,
            try services.keyed(request, answer(nil))
        )
        return try await services.answer(outcome, request, .ok(answer(secret)), refused: .webhookEndpointNotFound)
    }

    func endpoint(_ request: APIRequest) async throws -> WebhookEndpoint {
        let id: WebhookEndpointID = try request.id(orElse: .webhookEndpointNotFound)
        guard let endpoint = try await store.endpoint(id, of: request.tenant) else {
            throw Problem.webhookEndpointNotFound
        }
        return endpoint
    }

    /// - Throws: `Problem` 422 when nothing would be sent there. It is looked at again before anything is.
    private func check(_ url: WebhookURL, for tenant: TenantID) async throws {
        switch await services.webhookSender.open(url, for: tenant) {
        case .success(let line): await line.close()
        case .failure: throw Problem.webhookAddressRefused
        }
    }
}

// MARK: - What arrives

extension WebhookRoutes {
    /// Sends a message that is no event, and tells what came of it. A repeat sends another one.
    @Sendable func test(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        let endpoint = try await endpoint(request)
        let now = Instant.wallClock
        let id = EventID(at: now, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)).description
        let document: JSONOutput = [
            "id": .text(id), "type": "webhook.test", "version": .integer(1),
            "occurred_at": .text(Timestamp.text(now)), "data": [:],
        ]
        let secrets = try await store.secrets(of: endpoint.id).map { try $0.open(of: endpoint.id, services.vault) }
        let message = try WebhookMessage(id: id, at: now, body: document.bytes, secrets)
        let started = ContinuousClock.now
        let result: WebhookResult
        switch await services.webhookSender.open(endpoint.url, for: endpoint.tenant) {
        case .success(let line):
            result = await line.post(message)
            await line.close()
        case .failure(let refusal): result = .failed(refusal.fault)
        }
        return .ok([
            "event_id": .text(id),
            "delivered": .boolean(result.isDelivered),
            "status": .optional(result.status) { .integer(Int64($0)) },
            "problem": .optional(result.problem) { .text($0) },
            "milliseconds": .integer((ContinuousClock.now - started).wholeMicroseconds / 1_000),
        ])
    }

    @Sendable func listDeliveries(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = request.query(errors)
        let limit = query.pageSize()
        let seal = CursorSeal(key: services.fingerprintKey, tenant: request.tenant)
        try errors.check()
        let after: DeliveryPosition? = try seal.position(in: query, "after")
        let endpoint = try await endpoint(request)
        let start = after.map { ($0.account, $0.sequence) }
        let deliveries = try await store.deliveries(of: endpoint.id, after: start, limit: limit)
        let next = deliveries.count == limit ? deliveries.last : nil
        return .ok([
            "items": .list(deliveries.map(\.json)),
            "next_cursor": try next.map {
                .text(try seal.close(DeliveryPosition(account: $0.account, sequence: $0.sequence)))
            } ?? .null,
        ])
    }
}

/// A place in the list of deliveries.
private struct DeliveryPosition: SealedPosition {
    static let label = "aval webhook cursor 1"
    static let length = 24

    var account: AccountID
    var sequence: Int64

    var bytes: [UInt8] {
        var writer = ByteWriter(reserving: Self.length)
        writer.write(account)
        writer.write(word: UInt64(bitPattern: sequence))
        return writer.bytes
    }

    init(account: AccountID, sequence: Int64) {
        self.account = account
        self.sequence = sequence
    }

    init(_ reader: inout ByteReader) throws(JournalError) {
        self.init(account: try reader.value(), sequence: Int64(bitPattern: try reader.word()))
    }
}
