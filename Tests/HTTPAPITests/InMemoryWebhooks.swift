import AuthorizationCore
import AuthorizationEngine
import Synchronization

/// Webhook endpoints beside a ledger in memory, to which nothing is brought.
final class InMemoryWebhooks: WebhookStore {
    private struct Contents {
        var endpoints: [WebhookEndpoint] = []
        var secrets: [WebhookEndpointID: [SealedWebhookSecret]] = [:]
        var deliveries: [WebhookDelivery] = []
        var notices: [(tenant: TenantID, notice: WrittenNotice)] = []
    }

    private let answers: InMemoryPrograms
    private let contents = Mutex(Contents())

    init(_ answers: InMemoryPrograms) { self.answers = answers }

    func add(_ delivery: WebhookDelivery) { contents.withLock { $0.deliveries.append(delivery) } }

    func add(_ endpoint: WebhookEndpoint) { contents.withLock { $0.endpoints.append(endpoint) } }

    func add(_ notice: WrittenNotice, of tenant: TenantID) {
        contents.withLock { $0.notices.append((tenant, notice)) }
    }

    func add(
        _ endpoint: WebhookEndpoint,
        _ secret: SealedWebhookSecret,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        contents.withLock { contents in
            let count = contents.endpoints.count { $0.tenant == endpoint.tenant }
            guard count < WebhookEndpoint.largestCount else { return .refused }
            guard answers.keep(keyed) else { return .keyTaken }
            contents.endpoints.append(endpoint)
            contents.secrets[endpoint.id] = [secret]
            return .stored
        }
    }

    func change(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        contents.withLock { contents in
            guard let index = contents.endpoints.firstIndex(where: { $0.id == endpoint.id }) else { return .refused }
            guard answers.keep(keyed) else { return .keyTaken }
            contents.endpoints[index] = endpoint
            return .stored
        }
    }

    func replaceSecret(
        of endpoint: WebhookEndpoint,
        by secret: SealedWebhookSecret,
        oldUntil end: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        contents.withLock { contents in
            guard answers.keep(keyed) else { return .keyTaken }
            contents.secrets[endpoint.id] = [secret] + (contents.secrets[endpoint.id] ?? []).prefix(1)
            return .stored
        }
    }

    func remove(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        contents.withLock { contents in
            guard answers.keep(keyed) else { return .keyTaken }
            contents.endpoints.removeAll { $0.id == endpoint.id }
            return .stored
        }
    }

    func replay(
        _ deliveries: [WebhookDelivery],
        to endpoint: WebhookEndpoint,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        contents.withLock { contents in
            guard answers.keep(keyed) else { return .keyTaken }
            contents.deliveries += deliveries
            return .stored
        }
    }

    func endpoint(_ id: WebhookEndpointID, of tenant: TenantID) async throws -> WebhookEndpoint? {
        contents.withLock { $0.endpoints.first { $0.id == id && $0.tenant == tenant } }
    }

    func endpoints(of tenant: TenantID) async throws -> [WebhookEndpoint] {
        contents.withLock { $0.endpoints.filter { $0.tenant == tenant } }
    }

    func secrets(of endpoint: WebhookEndpointID) async throws -> [SealedWebhookSecret] {
        contents.withLock { $0.secrets[endpoint] ?? [] }
    }

    func deliveries(
        of endpoint: WebhookEndpointID,
        after last: (account: AccountID, sequence: Int64)?,
        limit: Int
    ) async throws -> [WebhookDelivery] {
        contents.withLock { contents in
            let all = contents.deliveries.filter { delivery in
                last.map { (delivery.account, delivery.sequence) > ($0.account, $0.sequence) } ?? true
            }
            return Array(all.prefix(limit))
        }
    }

    func lease(besides tenants: [TenantID]) async throws -> WebhookLease? { nil }

    func take(_ deliveries: [WebhookDelivery], upTo position: EventPosition, _ lease: WebhookLease) async throws {}

    func due(_ lease: WebhookLease, accounts: Int, each: Int) async throws -> [WebhookDelivery] { [] }

    func settle(
        _ lease: WebhookLease,
        delivered: [WebhookDelivery],
        failed: [WebhookDelivery],
        notice: WrittenNotice?,
        pause: Duration
    ) async throws {}

    func notices(of tenant: TenantID, before last: EventID?, limit: Int) async throws -> [WrittenNotice]? {
        let all = contents.withLock { $0.notices }.filter { $0.tenant == tenant }.map(\.notice).reversed()
        guard let last else { return Array(all.prefix(limit)) }
        guard all.contains(where: { $0.id == last }) else { return nil }
        return Array(all.drop { $0.id != last }.dropFirst().prefix(limit))
    }

    func figures() async throws -> WebhookFigures { WebhookFigures(waiting: 0, parked: 0, disabled: 0) }
}

/// Posts to nobody: the host says what comes of it.
struct PretendedSender: WebhookSender {
    struct Line: WebhookLine {
        let status: Int

        func post(_ message: WebhookMessage) async -> WebhookResult { .answered(status: status) }
        func close() async {}
    }

    func open(_ url: WebhookURL, for tenant: TenantID) async -> Result<any WebhookLine, WebhookRefusal> {
        switch url.host {
        case "private.example": .failure(WebhookRefusal(.addressRefused))
        case "unknown.example": .failure(WebhookRefusal(.hostUnknown))
        case "moved.example": .success(Line(status: 302))
        default: .success(Line(status: 200))
        }
    }
}
