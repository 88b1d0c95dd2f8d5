import AuthorizationCore
import AuthorizationEngine

extension CardBatch {
    private var status: String {
        if endedAt != nil { return "ended" }
        return startedAt == nil ? "waiting" : "running"
    }

    /// Rows a minute that were done since the first of them was begun; nil before.
    private func rate(now: Instant) -> Int64? {
        guard let startedAt else { return nil }
        let elapsed = max(1, (endedAt ?? now).microseconds - startedAt.microseconds)
        return Int64(issued + failed) * 60_000_000 / elapsed
    }

    func json(now: Instant) -> JSONOutput {
        func time(_ instant: Instant?) -> JSONOutput { .optional(instant) { .text(Timestamp.text($0)) } }
        return [
            "id": .text(id.description),
            "status": .text(status),
            "rows": .integer(Int64(rowCount)),
            "waiting": .integer(Int64(waiting)),
            "issued": .integer(Int64(issued)),
            "failed": .integer(Int64(failed)),
            "cancelled": .integer(Int64(cancelled)),
            "rows_per_minute": .optional(rate(now: now)) { .integer($0) },
            "created_at": time(createdAt),
            "started_at": time(startedAt),
            "cancelled_at": time(cancelledAt),
            "ended_at": time(endedAt),
        ]
    }
}

extension CardBatchRowView {
    /// Identifiers of what is not there yet are not told.
    var json: JSONOutput {
        var (card, lastFour, problem): (JSONOutput, JSONOutput, JSONOutput) = (.null, .null, .null)
        let status: CardBatchState
        switch result {
        case nil: status = .waiting
        case .issued(let digits):
            status = .issued
            card = .text(row.card.description)
            lastFour = .text(pad(digits, 4))
        case .failed(let refusal):
            status = .failed
            let told = refusal.map { Problem($0) } ?? Problem(.internalError, "The card could not be stored.")
            problem = ["code": .text(told.code.rawValue), "detail": .text(told.detail)]
        case .cancelled: status = .cancelled
        }
        return [
            "row": .integer(Int64(row.number)),
            "reference": .text(row.reference),
            "status": .text(status.name),
            "account_id": isAccountOpen ? .text(row.account.description) : .null,
            "card_id": card,
            "last_four": lastFour,
            "problem": problem,
        ]
    }
}

extension Problem {
    static var cardBatchNotFound: Problem {
        Problem(.notFound, "Check the batch's id; one of another tenant is as unknown.")
    }
}
