import AuthorizationCore
import AuthorizationEngine
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
        if let answer = try await services.repeated(request, .created) { return answer }
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
            Dictionary(programs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            try await services.cardholders.statuses(of: body.rows.flatMap { $0.cardholders.map(\.id) }, request.tenant)
        )
        let batch = CardBatch(
            id: CardBatchID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            tenant: request.tenant,
            rowCount: Int32(clamping: rows.count),
            createdAt: .wallClock
        )
        let answer = batch.json(now: batch.createdAt)
        let outcome = try await store.add(batch, rows, by: request.actor, try services.keyed(request, answer))
        let created = APIAnswer(status: .created, body: answer, location: "/v1/card-batches/\(batch.id)")
        return try await services.answer(outcome, request, created, refused: .tooManyRowsWaiting)
    }

    /// From the newest on.
    @Sendable func list(_ request: APIRequest) async throws -> APIAnswer {
        let (before, limit): (CardBatchID?, Int) = try request.page(of: "a batch")
        if let before, try await store.batch(before, of: request.tenant) == nil {
            throw Problem.invalid(parameter: "before", "The tenant has no such batch.")
        }
        let batches = try await store.batches(of: request.tenant, before: before, limit: limit)
        return .ok(["items": .list(batches.map { $0.json(now: .wallClock) })])
    }

    @Sendable func get(_ request: APIRequest) async throws -> APIAnswer {
        .ok(try await batch(request).json(now: .wallClock))
    }

    @Sendable func listRows(_ request: APIRequest) async throws -> APIAnswer {
        let errors = FieldErrors()
        let query = request.query(errors)
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
        if let answer = try await services.repeated(request, .ok) { return answer }
        let batch = try await batch(request)
        let moment = Instant.wallClock
        let answer: JSONOutput = [
            "id": .text(batch.id.description), "cancelled_at": .text(Timestamp.text(moment)),
        ]
        let keyed = try services.keyed(request, answer)
        let outcome = try await store.cancel(batch.id, of: request.tenant, at: moment, keyed)
        return try await services.explaining {
            try await self.batch(request).problemOfCancelling
        } _: {
            try await services.answer(outcome, request, .ok(answer), refused: .cardBatchEnded)
        }
    }

    private func batch(_ request: APIRequest) async throws -> CardBatch {
        let id: CardBatchID = try request.id(orElse: .cardBatchNotFound)
        guard let batch = try await store.batch(id, of: request.tenant) else { throw Problem.cardBatchNotFound }
        return batch
    }
}

extension CardBatch {
    fileprivate var problemOfCancelling: Problem? {
        guard let cancelledAt else { return nil }
        let detail = "The batch was cancelled at \(Timestamp.text(cancelledAt)). Nothing was changed."
        return Problem(.transitionNotAllowed, detail)
    }
}

extension Problem {
    fileprivate static var cardBatchEnded: Problem {
        Problem(.transitionNotAllowed, "The batch is `ended`: all of its rows are done. Nothing was changed.")
    }

    fileprivate static var tooManyRowsWaiting: Problem {
        let detail = "Send the batch again when no more than \(CardBatch.mostWaiting) rows wait together with it."
        return Problem(.tooManyRowsWaiting, detail)
    }
}
