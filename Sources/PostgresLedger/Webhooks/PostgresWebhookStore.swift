import AuthorizationCore
import AuthorizationEngine

/// Webhook endpoints, on a connection of its own.
package final class PostgresWebhookStore: WebhookStore {
    private let thread: ConnectionThread
    private let leaseLength: Duration

    /// - Parameter leaseLength: whole seconds.
    package init(url: String, timeout: Duration, leaseLength: Duration = WebhookLease.length) {
        self.leaseLength = leaseLength
        thread = ConnectionThread(name: "aval webhooks", url: url, timeout: timeout)
    }

    package func close() { thread.close() }

    // MARK: - Changes

    package func add(
        _ endpoint: WebhookEndpoint,
        _ secret: SealedWebhookSecret,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let lock = Call(WebhookRows.lockTenant, [Parameter(endpoint.tenant)])
        return try await thread.write(
            [lock, WebhookRows.add(endpoint, by: keyed.actor), Self.add(secret, of: endpoint.id)],
            keyed
        )
    }

    package func change(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        try await thread.write([WebhookRows.change(endpoint, by: keyed.actor)], keyed)
    }

    package func replaceSecret(
        of endpoint: WebhookEndpoint,
        by secret: SealedWebhookSecret,
        oldUntil end: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        let drop = Call(WebhookRows.dropSecrets, [Parameter(endpoint.id)])
        let endOld = WebhookRows.endSecret(of: endpoint, at: end, by: keyed.actor)
        return try await thread.write([drop, endOld, Self.add(secret, of: endpoint.id)], keyed)
    }

    package func remove(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome {
        try await thread.write([WebhookRows.remove(endpoint, by: keyed.actor)], keyed)
    }

    package func replay(
        _ deliveries: [WebhookDelivery],
        to endpoint: WebhookEndpoint,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome {
        try await thread.write([WebhookDeliveryRows.replay(deliveries, to: endpoint)], keyed)
    }

    private static func add(_ secret: SealedWebhookSecret, of endpoint: WebhookEndpointID) -> Call {
        Call(WebhookRows.addSecret, [Parameter(endpoint), Parameter(secret.ciphertext), Parameter(secret.keyID)])
    }

    // MARK: - Reading

    package func endpoint(_ id: WebhookEndpointID, of tenant: TenantID) async throws -> WebhookEndpoint? {
        try await thread.run { connection in
            try connection.run(Call(WebhookRows.one, [Parameter(tenant), Parameter(id)]))
                .map(WebhookRows.readEndpoint).first
        }
    }

    package func endpoints(of tenant: TenantID) async throws -> [WebhookEndpoint] {
        try await thread.run { connection in
            try connection.run(Call(WebhookRows.ofTenant, [Parameter(tenant)])).map(WebhookRows.readEndpoint)
        }
    }

    package func secrets(of endpoint: WebhookEndpointID) async throws -> [SealedWebhookSecret] {
        try await thread.run { connection in
            try connection.run(Call(WebhookRows.secrets, [Parameter(endpoint)])).map(WebhookRows.readSecret)
        }
    }

    package func deliveries(
        of endpoint: WebhookEndpointID,
        after last: (account: AccountID, sequence: Int64)?,
        limit: Int
    ) async throws -> [WebhookDelivery] {
        let start = last ?? (AccountID(high: 0, low: 0), 0)
        let parameters = [
            Parameter(endpoint), Parameter(start.account), Parameter(start.sequence), Parameter(Int64(limit)),
        ]
        return try await thread.run { connection in
            try connection.run(Call(WebhookDeliveryRows.listed, parameters)).map(WebhookDeliveryRows.read)
        }
    }

    package func notices(
        of tenant: TenantID,
        before last: EventID?,
        limit: Int
    ) async throws -> [WrittenNotice]? {
        var start = Column(.uuid)
        start.append(last)
        let call = Call(WebhookNoticeRows.ofTenant, [Parameter(tenant), Parameter(start), Parameter(Int64(limit))])
        return try await thread.run { connection in
            if let last {
                let known = Call(WebhookNoticeRows.known, [Parameter(tenant), Parameter(last)])
                guard try connection.run(known).count > 0 else { return nil }
            }
            return try connection.run(call).map(WebhookNoticeRows.read)
        }
    }

    package func figures() async throws -> WebhookFigures {
        let read = try await thread.run { connection in
            try connection.run(Call(WebhookRows.figures)).map { (row) throws(PostgresError) in
                WebhookFigures(waiting: try row.int64(), parked: try row.int64(), disabled: try row.int64())
            }
        }
        return read.first ?? WebhookFigures(waiting: 0, parked: 0, disabled: 0)
    }

    // MARK: - Leases

    package func lease(besides tenants: [TenantID]) async throws -> WebhookLease? {
        let token = EventID(at: .wallClock, shard: Shard(truncating: 0), entropy: .random(in: .min ... .max))
        let seconds = Int32(clamping: leaseLength.components.seconds)
        var busy = Column(.uuid)
        for tenant in tenants { busy.append(tenant) }
        let call = Call(
            WebhookRows.lease,
            [Parameter(token), Parameter(seconds), Parameter(busy), Parameter(WebhookDelivery.ofNotices)]
        )
        return try await thread.run { connection in
            let leases = try connection.run(call).map { (row) throws(PostgresError) in
                try WebhookRows.readLease(&row, token)
            }
            guard var lease = leases.first else { return nil }
            let secrets = Call(WebhookRows.secrets, [Parameter(lease.endpoint.id)])
            lease.secrets = try connection.run(secrets).map(WebhookRows.readSecret)
            return lease
        }
    }

    package func take(
        _ deliveries: [WebhookDelivery],
        upTo position: EventPosition,
        _ lease: WebhookLease
    ) async throws {
        let call = WebhookRows.move(deliveries, upTo: position, lease)
        try await thread.run { _ = try $0.run(call) }
    }

    package func due(_ lease: WebhookLease, accounts: Int, each: Int) async throws -> [WebhookDelivery] {
        let parameters = [
            Parameter(lease.endpoint.id), Parameter(Instant.wallClock), Parameter(Int64(accounts)),
            Parameter(Int64(each)),
        ]
        return try await thread.run { connection in
            try connection.run(Call(WebhookDeliveryRows.due, parameters)).map(WebhookDeliveryRows.read)
        }
    }

    package func settle(
        _ lease: WebhookLease,
        delivered: [WebhookDelivery],
        failed: [WebhookDelivery],
        notice: WrittenNotice?,
        pause: Duration
    ) async throws {
        var calls = [WebhookRows.release(lease, pause: pause)]
        if let notice { calls.append(WebhookNoticeRows.tell(notice, of: lease.endpoint)) }
        if !delivered.isEmpty { calls.append(WebhookDeliveryRows.forget(delivered, of: lease.endpoint.id)) }
        if !failed.isEmpty { calls.append(WebhookDeliveryRows.postpone(failed, of: lease.endpoint.id)) }
        let settling = calls
        try await thread.run { _ = try $0.run(settling) }
    }
}
