/// For how many days a hold stands that nothing settles. Each may be 0 to 65,535; a day has 24 hours.
package struct HoldLifetimes: Hashable, Sendable {
    /// Of a final amount, of refunds, and of everything that clients ask for.
    package var finalAmount: UInt16 = 7
    /// Of a network's payment that a completion is to follow: pre-authorizations, estimates and fuel status checks.
    package var preAuthorization: UInt16 = 30
    /// Whose answer may not have arrived, where another time is not longer.
    package var uncertain: UInt16 = 7
    /// Whether that counts though another time is longer, as it did in commands of a time before.
    package var uncertainShortens = false
    /// For each instalment of a payment that its merchant clears in parts, usually one a month.
    package var instalment: UInt16 = 35

    package init() {}

    /// The least of them: nothing younger ends.
    package var shortest: UInt16 { min(finalAmount, preAuthorization, instalment) }

    /// When a hold ends: counted from its authorization, or from the day on which something was added last.
    package func end(of authorization: Authorization) -> Instant {
        max(authorization.createdAt, authorization.countedOn) + .seconds(86_400 * Int64(days(of: authorization)))
    }

    private func days(of authorization: Authorization) -> Int {
        guard authorization.uncertain else { return usualDays(of: authorization) }
        // Whoever waits for the money does not know that the answer may be lost.
        return uncertainShortens ? Int(uncertain) : max(Int(uncertain), usualDays(of: authorization))
    }

    private func usualDays(of authorization: Authorization) -> Int {
        if let instalments = authorization.instalments { return Int(instalment) * Int(instalments.count) }
        return Int(authorization.acceptor == nil ? finalAmount : preAuthorization)
    }
}
