/// Why a decision was taken elsewhere.
package enum AdviceReason: UInt8, ClosedList {
    /// The network stood in for the issuer: its decision replaces the issuer's own, which came too late.
    case standIn = 1
    /// The acceptor approved without asking.
    case offlineApproval = 2
    /// The final amount of a pre-authorization.
    case completion = 3
    /// The final amount of a fuel status check.
    case fuelCompletion = 4
    /// A teller machine handed out less than was approved.
    case partialDispense = 5
    case other = 6

    /// Whether it tells the final amount of an authorization that came before.
    var isCompletion: Bool {
        switch self {
        case .completion, .fuelCompletion, .partialDispense: true
        case .standIn, .offlineApproval, .other: false
        }
    }
}

/// Tells a decision that was taken elsewhere (ISO 8583 x120, x220). Always accepted.
package struct Advice: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// With the code that was given (ISO 8583 element 38, at most 6 bytes); empty when none is told.
        case approved(code: String)
        case declined
        /// What was decided, or of what, cannot be told: an operator has to find out.
        case unclear
    }

    /// The facts. `increment` stays set for an approved increment, and `isSingleMessage` says whether money is posted
    /// (x220) or held (x120).
    package var request: AuthorizationRequest
    package var verdict: Verdict
    package var reason: AdviceReason
    /// What the advice is about; nil when nothing came before it.
    package var original: AuthorizationLink?

    package init(
        request: AuthorizationRequest,
        verdict: Verdict,
        reason: AdviceReason,
        original: AuthorizationLink? = nil
    ) {
        self.request = request
        self.verdict = verdict
        self.reason = reason
        self.original = original
    }

    /// A further key, by reference and approval code; nil for a decline, or without one of the two.
    package var approvalKey: RequestKey? {
        switch verdict {
        case .approved(let code):
            request.references.approvalKey(network: request.network, approvalCode: code)
        case .declined, .unclear: nil
        }
    }
}
