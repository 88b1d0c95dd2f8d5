package struct Approval: Hashable, Sendable {
    package enum Extent: Hashable, Sendable {
        case asRequested
        /// Less than was asked for.
        case partial(ApprovedAmounts)
        /// What an increment added to its authorization and what of it no reversal has given back.
        case added(ApprovedAmounts)
    }

    package var authorization: AuthorizationID
    /// Six digits as a number (ISO 8583 element 38).
    package var code: UInt32
    package var extent: Extent
    /// Set when the request wanted it; part of the answer, so that a repeat is told the same.
    package var balance: ToldBalance?

    package init(
        authorization: AuthorizationID,
        code: UInt32,
        extent: Extent = .asRequested,
        balance: ToldBalance? = nil
    ) {
        self.authorization = authorization
        self.code = code
        self.extent = extent
        self.balance = balance
    }

    /// As element 38 writes it.
    package var codeText: String { Self.text(ofCode: code) }

    static func text(ofCode code: UInt32) -> String {
        let digits = String(code)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}

/// What an answer tells of a balance, once the request is decided (ISO 8583 element 54).
package struct ToldBalance: Hashable, Sendable {
    /// What may still be spent (amount type 02), negative when overdrawn.
    package var available: Money
    /// What is posted (amount type 01), negative when owed.
    package var ledger: Money

    package init(available: Money, ledger: Money) {
        self.available = available
        self.ledger = ledger
    }
}

package struct ApprovedAmounts: Hashable, Sendable {
    package var transaction: Money
    package var billing: Money

    package init(transaction: Money, billing: Money) {
        self.transaction = transaction
        self.billing = billing
    }
}

package enum Outcome: Hashable, Sendable {
    case approved(Approval)
    /// Without an authorization when no account is known.
    case declined(DeclineReason, AuthorizationID?)
    case acknowledged(Acknowledgement, AuthorizationID?)
    case done
    case refused(Refusal)
}

extension Outcome {
    /// What an increment added, and nil for everything else.
    package var added: ApprovedAmounts? {
        switch self {
        case .approved(let approval):
            switch approval.extent {
            case .added(let amounts): amounts
            case .asRequested, .partial: nil
            }
        case .acknowledged(.recordedIncrement(let amounts), _): amounts
        case .declined, .acknowledged, .done, .refused: nil
        }
    }
}
