import AuthorizationCore

/// What a tenant is told when one of its endpoints is disabled without its asking: its other endpoints get it, and it
/// can be read for good.
package struct WebhookNotice: Sendable {
    /// Of an event's form; no row of the journal has it.
    package let id: EventID
    /// The endpoint as it stands now.
    package let endpoint: WebhookEndpoint
    package let disabled: WebhookEndpoint.Disabling
    /// What came of the last attempt.
    package let last: WebhookResult?
    /// Events that wait to be sent there; the journal keeps those behind them.
    package let waiting: Int64

    package init(
        id: EventID,
        endpoint: WebhookEndpoint,
        disabled: WebhookEndpoint.Disabling,
        last: WebhookResult?,
        waiting: Int64
    ) {
        self.id = id
        self.endpoint = endpoint
        self.disabled = disabled
        self.last = last
        self.waiting = waiting
    }
}

/// A notice as it is kept and sent.
package struct WrittenNotice: Sendable {
    package let id: EventID
    /// JSON, the same at each attempt.
    package let document: [UInt8]

    package init(id: EventID, document: [UInt8]) {
        self.id = id
        self.document = document
    }
}

extension WebhookDelivery {
    /// In the place of an account: notices are of none, and in an order of their own.
    package static let ofNotices = AccountID(high: 0, low: 0)

    package var isNotice: Bool { account == Self.ofNotices }
}
