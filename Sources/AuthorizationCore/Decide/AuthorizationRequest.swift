/// May this card spend this amount here, now?
package struct AuthorizationRequest: Hashable, Sendable {
    /// Nil when no card of this issuer has the number.
    package var card: CardID?
    /// Whether the number that no card has begins as those of no program do.
    package var isOfUnknownIssuer = false
    /// Whether its token is registered for a card of another account, which this account's state does not tell.
    package var isTokenOfOtherAccount = false
    /// The network's name; empty when a client asked over HTTP.
    package var network: String
    /// Set for a network's request.
    package var message: MessageIdentity?
    package var kind: TransactionKind
    package var purpose: Purpose
    /// Whether what follows may name it by reference and approval code alone: where the network does not say what requests
    /// are for, or gives them no transaction id.
    package var isNamedByApproval = false
    package var initiator: Initiator
    package var entryMode: EntryMode
    /// As the network's own data tells it; nil where kind, merchant category and entry mode are all that tells it.
    package var channel: AcceptanceChannel?
    package var transaction: Money
    package var settlement: ConvertedAmount?
    package var billing: ConvertedAmount?
    /// As presented; nil when it was not.
    package var expiry: ExpiryMonth?
    package var merchant: Merchant
    package var references: NetworkReferences
    /// Money is posted at once, and no clearing follows (ISO 8583 class 02xx).
    package var isSingleMessage: Bool
    /// Whether the acceptor can go on with less than it asks for.
    package var allowsPartialApproval: Bool
    /// Whether the answer tells the balance (ISO 8583 element 54), where there is nothing to pay or only a part of it was
    /// approved.
    package var wantsBalance: Bool
    /// Part of `transaction` that is handed out in cash, in minor units of its currency (ISO 8583 element 54, amount
    /// type 40): 0 to `largestAmount`.
    package var cashback: Int64
    package var acquirerFee: AcquirerFee?
    /// Set, with the purpose `increment`, when the request adds to an earlier one.
    package var increment: Increment?
    package var instalments: Instalments?
    /// Whether the acceptor converted the amount into the cardholder's currency (dynamic currency conversion).
    package var isConvertedByAcceptor = false
    /// Of a network's request; nil when it has none.
    package var disputeFacts: DisputeFacts?
    /// Of a network's request; nil when it has none.
    package var credential: CredentialFacts?
    /// What verification found; nil when nothing was presented that the program verifies.
    package var verification: VerificationFacts?

    package init(
        card: CardID?,
        network: String = "",
        message: MessageIdentity? = nil,
        kind: TransactionKind,
        purpose: Purpose = .final,
        initiator: Initiator = .cardholder,
        entryMode: EntryMode = .unknown,
        transaction: Money,
        settlement: ConvertedAmount? = nil,
        billing: ConvertedAmount? = nil,
        expiry: ExpiryMonth? = nil,
        merchant: Merchant,
        references: NetworkReferences = NetworkReferences(),
        isSingleMessage: Bool = false,
        allowsPartialApproval: Bool = false,
        wantsBalance: Bool = false,
        cashback: Int64 = 0,
        acquirerFee: AcquirerFee? = nil,
        increment: Increment? = nil,
        disputeFacts: DisputeFacts? = nil
    ) {
        self.card = card
        self.network = network
        self.message = message
        self.kind = kind
        self.purpose = purpose
        self.initiator = initiator
        self.entryMode = entryMode
        self.transaction = transaction
        self.settlement = settlement
        self.billing = billing
        self.expiry = expiry
        self.merchant = merchant
        self.references = references
        self.isSingleMessage = isSingleMessage
        self.allowsPartialApproval = allowsPartialApproval
        self.wantsBalance = wantsBalance
        self.cashback = cashback
        self.acquirerFee = acquirerFee
        self.increment = increment
        self.disputeFacts = disputeFacts
    }
}

/// What the acquirer charges the cardholder (ISO 8583 element 28).
package struct AcquirerFee: Hashable, Sendable {
    /// In minor units of the transaction's currency, within `largestAmount` either way. Below 0 it is in the
    /// cardholder's favour: that lowers no hold and is left to the settlement.
    package var amount: Int64
    /// Whether the transaction amount (ISO 8583 element 4) contains it already.
    package var isIncluded: Bool

    package init(amount: Int64, isIncluded: Bool) {
        self.amount = amount
        self.isIncluded = isIncluded
    }
}

/// Adds to an authorization that is still pending, for the same card at the same acceptor.
package struct Increment: Hashable, Sendable {
    package enum Mode: UInt8, ClosedList {
        /// The transaction amount is the new total.
        case cumulative = 1
        /// The transaction amount is what comes on top.
        case delta = 2
    }

    package var original: AuthorizationLink
    package var mode: Mode

    package init(of original: AuthorizationLink, mode: Mode) {
        self.original = original
        self.mode = mode
    }
}
