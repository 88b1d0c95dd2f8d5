import AuthorizationCore

package enum WebhookEndpointKind: IdentifierKind { package static let prefix = "whe" }

package typealias WebhookEndpointID = Identifier<WebhookEndpointKind>

/// Where events of a tenant are sent.
package struct WebhookEndpoint: Sendable {
    /// Of one tenant.
    package static let largestCount = 20

    package let id: WebhookEndpointID
    package let tenant: TenantID
    package var url: WebhookURL
    /// Nil has all types, those that come later too.
    package var types: Set<EventType>?
    package var description: String
    /// Nothing that was decided before is sent.
    package let createdAt: Instant
    package var disabled: Disabling?
    /// Since when nothing has arrived, although it was tried; nil while things arrive.
    package var failingSince: Instant?

    package struct Disabling: Hashable, Sendable {
        package var reason: WebhookDisabledReason
        package var at: Instant

        package init(reason: WebhookDisabledReason, at: Instant) {
            self.reason = reason
            self.at = at
        }
    }

    package init(
        id: WebhookEndpointID,
        tenant: TenantID,
        url: WebhookURL,
        types: Set<EventType>?,
        description: String,
        createdAt: Instant
    ) {
        self.id = id
        self.tenant = tenant
        self.url = url
        self.types = types
        self.description = description
        self.createdAt = createdAt
    }
}

/// Why nothing is sent. What happens meanwhile is sent when the endpoint is enabled again.
package enum WebhookDisabledReason: UInt8, ClosedList {
    case asked = 1
    /// Nothing arrived for a day.
    case failing = 2
    /// It answered 410 Gone.
    case gone = 3
}

/// Why an attempt got no answer.
package enum WebhookFault: UInt8, ClosedList {
    /// The host's address is one that nothing is sent to.
    case addressRefused = 1
    case hostUnknown = 2
    /// No connection, no TLS, or no answer in time.
    case unreachable = 3
}

/// What came of one attempt.
package enum WebhookResult: Hashable, Sendable {
    /// - Parameter status: 100 to 599.
    case answered(status: Int)
    case failed(WebhookFault)

    /// Any status of success; a redirect is none, as nobody has checked where it leads.
    package var isDelivered: Bool {
        switch self {
        case .answered(let status): (200..<300).contains(status)
        case .failed: false
        }
    }

    /// What is wrong, as clients are told; nil of what was delivered. An unknown name and a refused address are one to
    /// them: names of inside are nobody's to find out.
    package var problem: String? {
        switch self {
        case .answered(200..<300): nil
        case .answered(300..<400): "redirected"
        case .answered(410): "gone"
        case .answered: "rejected"
        case .failed(.addressRefused), .failed(.hostUnknown): WebhookFault.addressRefused.name
        case .failed(.unreachable): WebhookFault.unreachable.name
        }
    }

    var isGone: Bool { self == .answered(status: 410) }
}

/// An event or a notice on its way to one endpoint.
package struct WebhookDelivery: Sendable {
    /// ``ofNotices`` for notices.
    package let account: AccountID
    /// Of the event in its account, or of the notice: what is sent first.
    package let sequence: Int64
    package let event: EventID
    /// Its document, the same at each attempt.
    package let body: [UInt8]
    package var attempts: Int32 = 0
    package var firstAt: Instant?
    package var nextAt: Instant
    package var last: WebhookResult?
    /// Nothing more is tried since.
    package var parkedAt: Instant?

    package init(account: AccountID, sequence: Int64, event: EventID, body: [UInt8], nextAt: Instant) {
        self.account = account
        self.sequence = sequence
        self.event = event
        self.body = body
        self.nextAt = nextAt
    }
}
