import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Hummingbird

/// Cards that are asked for many at a time. They are made behind the request.
struct CardBatchRoutes: Sendable {
    private let services: HTTPServices
    private let store: any CardBatchStore

    init(_ services: HTTPServices) {
        self.services = services
        store = services.cardBatches
    }

    /// Takes all rows or none.
    @Sendable func create(_ request: APIRequest) async throws -> APIAnswer {
        let body = try CardBatchBody(request)
        if body.opensAccounts { try request.terms?.check(.writeAccounts) }
        if let answer = try await repeated(request, .created) { return answer }
        let named = body.rows.compactMap { row -> AccountID? in
            switch row.target {
            case .account(let id): id
            case .opening: nil
            }
        }
        let programs = try await services.reader.programs(of: request.tenant)
        let rows = try body.checked(
            request.tenant,
            try await store.accounts(Array(Set(named)), of: request.tenant),
            Dictionary(programs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        )
        let batch = CardBatch(
            id: CardBatchID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: request.tenant,
            rowCount: Int32(clamping: rows.count),
            createdAt: .wallClock
        )
        let answer = batch.json(now: batch.createdAt)
        let outcome = try await store.add(batch, rows, by: request.actor, try keyed(request, answer))
        return try await self.answer(
            outcome,
            request,
            .created,
            answer,
            location: "/v1/card-batches/\(batch.id)",
            refusal: Problem(
                .tooManyRowsWaiting,
                "Send the batch again when less than \(CardBatch.mostWaiting) rows wait with it."
            )
        )
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = QueryReader(request.query, parameters: ["before", "limit"], errors)
        let before = query.optional("before", "the id of a batch") { CardBatchID($0) }
        let limit = query.pageSize()
        try errors.check()
        let batches = try await store.batches(of: request.tenant, before: before, limit: limit)
        return .ok(["items": .list(batches.map { $0.json(now: .wallClock) })])
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        .ok(try await batch(request).json(now: .wallClock))
    }

    @Sendable func listRows(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = QueryReader(request.query, parameters: ["from", "limit"], errors)
        let last = CardBatch.rowCounts.upperBound
        let from = query.optional("from", "the number of a row, 0 to \(last)") { text in
            text.utf8.count <= 5 && text.utf8.allSatisfy(ASCII.digits.contains)
                ? Int32(text).flatMap { $0 <= last ? $0 : nil } : nil
        }
        let limit = query.pageSize()
        try errors.check()
        let batch = try await batch(request)
        let rows = try await store.rows(of: batch.id, from: from ?? 0, limit: limit)
        let next = rows.last.map { $0.row.number + 1 }.flatMap { $0 < batch.rowCount ? $0 : nil }
        return .ok([
            "items": .list(rows.map(\.json)),
            "next": .optional(next) { .integer(Int64($0)) },
        ])
    }

    /// What was begun goes on to its end.
    @Sendable func cancel(_ request: APIRequest) async throws -> APIAnswer {
        try request.checkEmptyBody()
        if let answer = try await repeated(request, .ok) { return answer }
        let batch = try await batch(request)
        let moment = Instant.wallClock
        let answer: JSONOutput = [
            "id": .text(batch.id.description), "cancelled_at": .text(Timestamp.text(moment)),
        ]
        let outcome = try await store.cancel(batch.id, of: request.tenant, at: moment, try keyed(request, answer))
        let refusal = Problem(.transitionNotAllowed, "The batch has ended or was cancelled before.")
        return try await self.answer(outcome, request, .ok, answer, refusal: refusal)
    }

    private func batch(_ request: APIRequest) async throws -> CardBatch {
        let id: CardBatchID = try request.id(orElse: .cardBatchNotFound)
        guard let batch = try await store.batch(id, of: request.tenant) else { throw Problem.cardBatchNotFound }
        return batch
    }
}

// MARK: - Once for each Idempotency-Key

extension CardBatchRoutes {
    /// The stored answer to an earlier request with this key.
    private func repeated(_ request: APIRequest, _ status: APIAnswer.Status) async throws -> APIAnswer? {
        guard let client = try request.clientRequest(key: services.fingerprintKey),
            let stored = try await services.programs.answer(to: client.key)
        else { return nil }
        guard Digest.areEqual(stored.fingerprint, client.fingerprint) else { throw Problem.keyReused }
        return APIAnswer(status: status, body: .encoded(stored.answer), isReplayed: true)
    }

    private func keyed(_ request: APIRequest, _ answer: JSONOutput) throws -> KeyedAnswer {
        KeyedAnswer(request: try request.clientRequest(key: services.fingerprintKey), answer: answer.bytes)
    }

    private func answer(
        _ outcome: WriteOutcome,
        _ request: APIRequest,
        _ status: APIAnswer.Status,
        _ answer: JSONOutput,
        location: String? = nil,
        refusal: Problem
    ) async throws -> APIAnswer {
        switch outcome {
        case .stored: return APIAnswer(status: status, body: answer, location: location)
        case .refused: throw refusal
        case .keyTaken:
            // Another process was faster; what it stored is there now.
            guard let stored = try await repeated(request, status) else { throw Problem.ledgerUnavailable }
            return stored
        }
    }
}
