import AuthorizationCore
import CardCryptography

/// A secret as it is stored.
package struct SealedWebhookSecret: Sendable {
    package var ciphertext: [UInt8]
    package var keyID: Int16

    package init(ciphertext: [UInt8], keyID: Int16) {
        self.ciphertext = ciphertext
        self.keyID = keyID
    }

    package init(_ secret: WebhookSecret, of endpoint: WebhookEndpointID, _ vault: PANVault) throws {
        (ciphertext, keyID) = try vault.seal(secret, associatedData: Self.place(endpoint))
    }

    package func open(of endpoint: WebhookEndpointID, _ vault: PANVault) throws -> WebhookSecret {
        try vault.openWebhookSecret(ciphertext, keyID: keyID, associatedData: Self.place(endpoint))
    }

    private static func place(_ endpoint: WebhookEndpointID) -> [UInt8] {
        Array("webhook secret".utf8) + endpoint.bytes
    }
}

/// An endpoint that one process has to itself for a while.
package struct WebhookLease: Sendable {
    /// Much longer than one round over an endpoint may take.
    package static let length = Duration.seconds(60)

    package var endpoint: WebhookEndpoint
    /// Of the lease, drawn by who has it.
    package var token: EventID
    /// After the last event that was taken up; nil at the beginning.
    package var position: EventPosition?
    /// Events that wait.
    package var waiting: Int64
    /// The live ones, the newest first.
    package var secrets: [SealedWebhookSecret]

    package init(
        endpoint: WebhookEndpoint,
        token: EventID,
        position: EventPosition?,
        waiting: Int64,
        secrets: [SealedWebhookSecret]
    ) {
        self.endpoint = endpoint
        self.token = token
        self.position = position
        self.waiting = waiting
        self.secrets = secrets
    }
}

package struct WebhookFigures: Sendable {
    package var waiting: Int64
    package var parked: Int64
    package var disabled: Int64

    package init(waiting: Int64, parked: Int64, disabled: Int64) {
        self.waiting = waiting
        self.parked = parked
        self.disabled = disabled
    }
}

/// Endpoints and what is on its way to them. Any number of processes may share one.
package protocol WebhookStore: Sendable {
    /// Refused when the tenant has as many as it may.
    func add(
        _ endpoint: WebhookEndpoint,
        _ secret: SealedWebhookSecret,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    /// Its address, types, description and state. What waits begins anew when it is enabled again. Refused when there
    /// is none.
    func change(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome

    /// The one before stays live until then, and no other. Refused when there is no such endpoint.
    func replaceSecret(
        of endpoint: WebhookEndpoint,
        by secret: SealedWebhookSecret,
        oldUntil end: Instant,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    /// With all that is on its way to it. Refused when there is none.
    func remove(_ endpoint: WebhookEndpoint, _ keyed: KeyedAnswer) async throws -> WriteOutcome

    /// Has what is not on its way sent, or sent again.
    func replay(
        _ deliveries: [WebhookDelivery],
        to endpoint: WebhookEndpoint,
        _ keyed: KeyedAnswer
    ) async throws -> WriteOutcome

    func endpoint(_ id: WebhookEndpointID, of tenant: TenantID) async throws -> WebhookEndpoint?

    /// The oldest first.
    func endpoints(of tenant: TenantID) async throws -> [WebhookEndpoint]

    /// The live ones, the newest first.
    func secrets(of endpoint: WebhookEndpointID) async throws -> [SealedWebhookSecret]

    /// What waits or is parked, in the order of accounts and sequences.
    func deliveries(
        of endpoint: WebhookEndpointID,
        after last: (account: AccountID, sequence: Int64)?,
        limit: Int
    ) async throws -> [WebhookDelivery]

    /// Takes the enabled endpoint that was looked at least recently, if nobody has it.
    ///
    /// - Parameter tenants: whose endpoints are left alone.
    func lease(besides tenants: [TenantID]) async throws -> WebhookLease?

    /// Moves on to a position, with what is to be delivered before it; all of it in one transaction. Does nothing when
    /// the lease is another's by now.
    func take(_ deliveries: [WebhookDelivery], upTo position: EventPosition, _ lease: WebhookLease) async throws

    /// The first deliveries of accounts whose first one is due, by account and in order.
    func due(_ lease: WebhookLease, accounts: Int, each: Int) async throws -> [WebhookDelivery]

    /// Ends a lease: forgets what arrived, keeps what did not, and the endpoint's state; all of it in one transaction.
    ///
    /// - Parameters:
    ///   - notice: of the endpoint's disabling. It is kept, and the tenant's other endpoints that want it are told.
    ///   - pause: until somebody looks at the endpoint again.
    func settle(
        _ lease: WebhookLease,
        delivered: [WebhookDelivery],
        failed: [WebhookDelivery],
        notice: WrittenNotice?,
        pause: Duration
    ) async throws

    /// From the newest on. Nil when the tenant has no notice to go on from.
    func notices(of tenant: TenantID, before last: EventID?, limit: Int) async throws -> [WrittenNotice]?

    func figures() async throws -> WebhookFigures
}
