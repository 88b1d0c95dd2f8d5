import AuthorizationCore
import CardCryptography

/// What is posted, with the headers of Standard Webhooks.
package struct WebhookMessage: Sendable {
    package let id: String
    /// Seconds since 1970.
    package let timestamp: Int64
    package let signatures: String
    package let body: [UInt8]

    /// - Parameter secrets: the live ones; a receiver may know any.
    package init(
        id: String,
        at now: Instant,
        body: [UInt8],
        _ secrets: [WebhookSecret]
    ) throws(CryptographyError) {
        let timestamp = now.microseconds / 1_000_000
        var signatures: [String] = []
        for secret in secrets {
            signatures.append(try secret.signature(id: id, timestamp: timestamp, body: body))
        }
        self.id = id
        self.timestamp = timestamp
        self.signatures = signatures.joined(separator: " ")
        self.body = body
    }
}

/// A way to one endpoint, whose address was looked up and checked: whatever its name means later, messages go there.
package protocol WebhookLine: Sendable {
    /// Follows no redirect.
    func post(_ message: WebhookMessage) async -> WebhookResult
    func close() async
}

package protocol WebhookSender: Sendable {
    /// - Parameter tenant: whose endpoint it is; one tenant's do not hold up another's.
    func open(_ url: WebhookURL, for tenant: TenantID) async -> Result<any WebhookLine, WebhookRefusal>
}

/// Why there is no way to an endpoint.
package struct WebhookRefusal: Error {
    package var fault: WebhookFault

    package init(_ fault: WebhookFault) { self.fault = fault }
}
