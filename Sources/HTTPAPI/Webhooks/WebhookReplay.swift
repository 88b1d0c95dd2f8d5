import AuthorizationCore
import AuthorizationEngine

/// Which events are sent once more.
struct WebhookReplay {
    /// Of one request.
    static let largestCount = 10_000
    /// Commits come in the order of the pages; decisions may be older than their commit by less than this.
    private static let margin = Duration.seconds(3_600)
    private static let pageSize = 1_000
    /// For which events are looked for.
    private static let searchTime = Duration.seconds(4)

    var filter: EventFilter
    var end: Instant
    var isDryRun: Bool

    init(_ request: APIRequest) throws {
        let errors = FieldErrors()
        let names: Set<String> = ["occurred_from", "occurred_to", "event_types", "account_id", "dry_run"]
        let fields = try request.fields(names, errors)
        let from = fields.required("occurred_from", .instant)
        let to = fields.required("occurred_to", .instant)
        filter = EventFilter(tenant: request.tenant)
        filter.types = fields.optional("event_types", .eventTypes)
        filter.account = fields.optional("account_id", .identifier())
        isDryRun = fields.optional("dry_run", .boolean) ?? false
        if let from, let to, from >= to { errors.add("/occurred_to", "Expected a time after `occurred_from`.") }
        (filter.from, end) = (try errors.require(from), try errors.require(to))
    }

    /// The events that occurred in the range, its end left out.
    ///
    /// - Throws: `Problem` when there are more than may be, or they cannot be looked for in time.
    func events(_ feed: EventFeed) async throws -> [AccountEvent] {
        let deadline = ContinuousClock.now + Self.searchTime
        var found: [AccountEvent] = []
        var position: EventPosition?
        while ContinuousClock.now < deadline {
            guard case .page(let page) = try await feed.next(filter, after: position, limit: Self.pageSize) else {
                throw Problem.ledgerUnavailable
            }
            found += page.events.filter { $0.entry.decidedAt < end }
            guard found.count <= Self.largestCount else {
                throw Problem.invalid("/occurred_to", "There are more than \(Self.largestCount) events: end earlier.")
            }
            // The clock of a sandbox may be ahead of those that come behind; identifiers tell the time that it is.
            let isPast = page.events.last.map { $0.entry.event.instant >= end + Self.margin } ?? false
            if page.isAtEnd || isPast { return found }
            position = page.next
        }
        throw Problem(
            .deadlineExceeded,
            "The range could not be looked through in time. Give a shorter one.",
            retryAfter: 1
        )
    }
}

extension WebhookRoutes {
    /// Events that are on their way stay as they are; those that are parked, or arrived, are sent again.
    @Sendable func replay(_ request: APIRequest) async throws -> APIAnswer {
        var replay = try WebhookReplay(request)
        if let answer = try await services.repeated(request, .ok) { return answer }
        let endpoint = try await endpoint(request)
        if let account = replay.filter.account {
            guard try await services.reader.account(account, of: request.tenant) != nil else {
                throw Problem.accountNotFound
            }
        }
        replay.filter.types = replay.filter.types ?? endpoint.types
        let events = try await replay.events(services.events)
        let answer: JSONOutput = ["count": .integer(Int64(events.count)), "dry_run": .boolean(replay.isDryRun)]
        let now = Instant.wallClock
        let deliveries = events.map { event in
            WebhookDelivery(
                account: event.account,
                sequence: event.entry.sequence,
                event: event.entry.event,
                body: event.document,
                nextAt: now
            )
        }
        let outcome = try await store.replay(
            replay.isDryRun ? [] : deliveries,
            to: endpoint,
            try services.keyed(request, answer)
        )
        return try await services.answer(outcome, request, .ok(answer), refused: .webhookEndpointNotFound)
    }
}
