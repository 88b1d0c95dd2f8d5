import AuthorizationCore
import CardCryptography
import Logging
import Synchronization

/// Brings events to the tenants' endpoints. An event is first written down as a delivery, in the transaction that moves
/// the endpoint's position past it; a delivery is forgotten only after it arrived. So nothing is lost whenever a process
/// ends, and what arrived just before comes again. Any number of processes may run one: an endpoint is leased to one.
package final class WebhookCourier: Sendable {
    /// Endpoints at once, of all tenants and of one: slow ones hold up their own tenant alone.
    private static let endpointsAtOnce = 32
    private static let endpointsOfTenantAtOnce = 4
    private static let accountsAtOnce = 16
    /// Of one account in one round.
    private static let eventsEach = 20
    private static let pageSize = 200
    private static let pagesAtOnce = 5
    /// So many deliveries may wait, beside a round's pages; the journal keeps the others.
    private static let mostWaiting: Int64 = 10_000
    /// After which a round begins no further attempt.
    private static let roundTime = Duration.seconds(15)
    /// When an endpoint had nothing to be sent.
    private static let pause = Duration.milliseconds(500)

    private struct Counts {
        /// Endpoints that are gone over now.
        var rounds: [TenantID: Int] = [:]
        var delivered = 0
        var failed = 0
        var figures: WebhookFigures?
    }

    private let store: any WebhookStore
    private let events: any EventReader
    private let sender: any WebhookSender
    private let vault: PANVault
    private let document: @Sendable (AccountEvent) -> [UInt8]
    private let noticeDocument: @Sendable (WebhookNotice) -> [UInt8]
    private let logger: Logger
    private let counts = Mutex(Counts())

    /// - Parameters:
    ///   - noticeDocument: what is sent of a notice.
    ///   - document: what is sent of an event.
    package init(
        store: any WebhookStore,
        events: any EventReader,
        sender: any WebhookSender,
        vault: PANVault,
        logger: Logger,
        noticeDocument: @escaping @Sendable (WebhookNotice) -> [UInt8],
        document: @escaping @Sendable (AccountEvent) -> [UInt8]
    ) {
        self.store = store
        self.events = events
        self.sender = sender
        self.vault = vault
        self.logger = logger
        self.noticeDocument = noticeDocument
        self.document = document
    }

    /// Until the task is cancelled, or endpoints cannot be read.
    package func run() async {
        await withDiscardingTaskGroup { group in
            do {
                while !Task.isCancelled {
                    let rounds = counts.withLock { $0.rounds }
                    let busy = rounds.filter { $0.value >= Self.endpointsOfTenantAtOnce }.map(\.key)
                    guard rounds.values.reduce(0, +) < Self.endpointsAtOnce,
                        let lease = try await store.lease(besides: busy)
                    else {
                        try await Task.sleep(for: Self.pause / 2)
                        continue
                    }
                    counts.withLock { $0.rounds[lease.endpoint.tenant, default: 0] += 1 }
                    group.addTask { await self.runRound(lease) }
                }
            } catch is CancellationError {
                return
            } catch {
                logger.warning("webhook endpoints could not be read", metadata: ["problem": "\(error)"])
            }
        }
    }

    /// What fails comes again when the lease has run out.
    private func runRound(_ lease: WebhookLease) async {
        defer { end(lease.endpoint.tenant) }
        do {
            try await round(lease)
        } catch {
            logger.warning("a webhook endpoint could not be gone on with", metadata: ["problem": "\(error)"])
        }
    }

    private func end(_ tenant: TenantID) {
        counts.withLock { counts in
            let left = counts.rounds[tenant, default: 0] - 1
            counts.rounds[tenant] = left > 0 ? left : nil
        }
    }

    /// One round over an endpoint: what is new is written down, what is due is sent.
    private func round(_ lease: WebhookLease) async throws {
        let end = ContinuousClock.now + Self.roundTime
        var lease = lease
        let isAtEnd = try await takeUp(&lease)
        let due = try await store.due(lease, accounts: Self.accountsAtOnce, each: Self.eventsEach)
        var (delivered, failed): ([WebhookDelivery], [WebhookDelivery]) = ([], [])
        if !due.isEmpty {
            (delivered, failed) = try await send(due, lease, until: end)
            update(&lease.endpoint, delivered, failed)
        }
        // A notice that nobody took for so long can be read still, and waits for nothing.
        let givenUp = failed.filter { $0.isNotice && $0.parkedAt != nil }
        failed.removeAll { $0.isNotice && $0.parkedAt != nil }
        let isIdle = isAtEnd && delivered.isEmpty
        let settled = delivered.count { !$0.isNotice } + failed.count { $0.parkedAt != nil }
        try await store.settle(
            lease,
            delivered: delivered + givenUp,
            failed: failed,
            notice: notice(of: lease.endpoint, failed, waiting: lease.waiting - Int64(settled)),
            pause: isIdle ? Self.pause : .zero
        )
        count(delivered, failed, lease.endpoint)
    }

    /// Writes down the next events; false when there may be more.
    private func takeUp(_ lease: inout WebhookLease) async throws -> Bool {
        var position = lease.position
        for _ in 0..<Self.pagesAtOnce where lease.waiting < Self.mostWaiting {
            var filter = EventFilter(tenant: lease.endpoint.tenant)
            filter.types = lease.endpoint.types
            filter.decidedFrom = lease.endpoint.createdAt
            guard let page = try await events.events(filter, after: position, limit: Self.pageSize) else {
                // The ledger was restored or moved: some come a second time, and none is left out.
                filter.decidedFrom = max(lease.endpoint.createdAt, position?.since ?? .distantPast)
                guard let page = try await events.events(filter, after: nil, limit: Self.pageSize) else { return true }
                try await take(page, lease)
                lease.waiting += Int64(page.events.count)
                return false
            }
            if !page.events.isEmpty || !page.isAtEnd || isFar(page.next, from: position) { try await take(page, lease) }
            lease.waiting += Int64(page.events.count)
            if page.isAtEnd { return true }
            position = page.next
        }
        // A full house has nothing to be read for.
        return lease.waiting >= Self.mostWaiting
    }

    /// Whether a position is worth being stored for the events of others that it passes over.
    private func isFar(_ next: EventPosition, from position: EventPosition?) -> Bool {
        position.map { next.transaction > $0.transaction + 1_000 } ?? true
    }

    private func take(_ page: EventPage, _ lease: WebhookLease) async throws {
        let now = Instant.wallClock
        let deliveries = page.events.map { event in
            WebhookDelivery(
                account: event.account,
                sequence: event.entry.sequence,
                event: event.entry.event,
                body: document(event),
                nextAt: now
            )
        }
        try await store.take(deliveries, upTo: page.next, lease)
    }

    // MARK: - Sending

    private func send(
        _ due: [WebhookDelivery],
        _ lease: WebhookLease,
        until end: ContinuousClock.Instant
    ) async throws -> (delivered: [WebhookDelivery], failed: [WebhookDelivery]) {
        let secrets = try lease.secrets.map { try $0.open(of: lease.endpoint.id, vault) }
        let chains = Dictionary(grouping: due, by: \.account).values
        let line: any WebhookLine
        switch await sender.open(lease.endpoint.url, for: lease.endpoint.tenant) {
        case .success(let open): line = open
        case .failure(let refusal): return ([], chains.compactMap(\.first).map { failed($0, .failed(refusal.fault)) })
        }
        let results = await withTaskGroup(of: (delivered: [WebhookDelivery], failed: WebhookDelivery?).self) { group in
            for chain in chains { group.addTask { await self.send(chain, line, secrets, until: end) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        await line.close()
        return (results.flatMap(\.delivered), results.compactMap(\.failed))
    }

    /// An account's events one after another, to the first that does not arrive.
    private func send(
        _ chain: [WebhookDelivery],
        _ line: any WebhookLine,
        _ secrets: [WebhookSecret],
        until end: ContinuousClock.Instant
    ) async -> (delivered: [WebhookDelivery], failed: WebhookDelivery?) {
        var delivered: [WebhookDelivery] = []
        for delivery in chain {
            // What was begun is ended, what was not waits for the next process.
            guard .now < end, !Task.isCancelled else { break }
            let result: WebhookResult
            do throws(CryptographyError) {
                let id = delivery.event.description
                let message = try WebhookMessage(id: id, at: .wallClock, body: delivery.body, secrets)
                result = await line.post(message)
            } catch {
                logger.error("a webhook could not be signed", metadata: ["problem": "\(error)"])
                break
            }
            guard result.isDelivered else {
                // Whether it arrived is not known where the process stops: it is sent again.
                return (delivered, Task.isCancelled ? nil : failed(delivery, result))
            }
            delivered.append(delivery)
        }
        return (delivered, nil)
    }

    private func failed(_ delivery: WebhookDelivery, _ result: WebhookResult) -> WebhookDelivery {
        WebhookSchedule.failed(delivery, result, at: .wallClock, .random(in: 0...1_000))
    }

    /// What becomes of notices does not count: who wants none of another endpoint must not lose its own events.
    private func update(
        _ endpoint: inout WebhookEndpoint,
        _ delivered: [WebhookDelivery],
        _ failed: [WebhookDelivery]
    ) {
        let now = Instant.wallClock
        let failed = failed.filter { !$0.isNotice }
        if delivered.contains(where: { !$0.isNotice }) {
            endpoint.failingSince = nil
        } else if !failed.isEmpty {
            endpoint.failingSince = endpoint.failingSince ?? now
        }
        if failed.contains(where: { $0.last?.isGone == true }) {
            endpoint.disabled = .init(reason: .gone, at: now)
        } else if let since = endpoint.failingSince, now >= since + WebhookSchedule.longestFailure {
            endpoint.disabled = .init(reason: .failing, at: now)
        }
        guard let disabled = endpoint.disabled else { return }
        logger.warning(
            "a webhook endpoint is disabled",
            metadata: ["endpoint": "\(endpoint.id)", "reason": "\(disabled.reason.name)"]
        )
    }

    /// Nil of an endpoint that goes on.
    private func notice(
        of endpoint: WebhookEndpoint,
        _ failed: [WebhookDelivery],
        waiting: Int64
    ) -> WrittenNotice? {
        guard let disabled = endpoint.disabled else { return nil }
        let notice = WebhookNotice(
            id: EventID(at: disabled.at, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max)),
            endpoint: endpoint,
            disabled: disabled,
            last: failed.last { !$0.isNotice }?.last,
            waiting: waiting
        )
        return WrittenNotice(id: notice.id, document: noticeDocument(notice))
    }
}

// MARK: - Figures

extension WebhookCourier {
    private func count(_ delivered: [WebhookDelivery], _ failed: [WebhookDelivery], _ endpoint: WebhookEndpoint) {
        let parked = failed.count { $0.parkedAt != nil }
        counts.withLock { counts in
            counts.delivered += delivered.count
            counts.failed += failed.count
        }
        guard parked > 0 else { return }
        logger.warning("webhooks are parked", metadata: ["endpoint": "\(endpoint.id)", "count": "\(parked)"])
    }

    /// Reads what waits, for ``text``.
    package func readFigures() async {
        guard let figures = try? await store.figures() else { return }
        counts.withLock { $0.figures = figures }
    }

    /// Prometheus text, exposition format 0.0.4.
    package var text: String {
        let counts = counts.withLock { $0 }
        var text = """
            # HELP aval_webhook_attempts_total Attempts to deliver an event, by what came of them.
            # TYPE aval_webhook_attempts_total counter
            aval_webhook_attempts_total{result="delivered"} \(counts.delivered)
            aval_webhook_attempts_total{result="failed"} \(counts.failed)

            """
        guard let figures = counts.figures else { return text }
        text += """
            # HELP aval_webhook_deliveries Events on their way to endpoints, of all processes.
            # TYPE aval_webhook_deliveries gauge
            aval_webhook_deliveries{state="waiting"} \(figures.waiting)
            aval_webhook_deliveries{state="parked"} \(figures.parked)
            # HELP aval_webhook_endpoints_disabled Endpoints that nothing is sent to.
            # TYPE aval_webhook_endpoints_disabled gauge
            aval_webhook_endpoints_disabled \(figures.disabled)

            """
        return text
    }
}
