import AuthorizationCore

/// A message that a card network is played to send.
package struct SimulatedMessage: Sendable {
    /// By the type of message (ISO 8583).
    package enum Form: UInt8, ClosedList {
        /// 0100: asks for a hold.
        case authorizationRequest = 1
        /// 0200: asks for money that is posted at once.
        case financialRequest = 2
        /// 0120: tells of a hold that was approved elsewhere.
        case authorizationAdvice = 3
        /// 0220: tells of money that was approved elsewhere.
        case financialAdvice = 4
        /// 0420: takes back.
        case reversalAdvice = 5
    }

    package var form: Form
    /// Elements 3, 4 and 49.
    package var kind: TransactionKind
    package var amount: Money
    package var merchant: Merchant
    /// Element 22.
    package var entryMode = EntryMode.unknown
    package var purpose = Purpose.final
    package var initiator = Initiator.cardholder
    package var allowsPartialApproval = false
    /// What the network and the issuer find of the code in print (CVV2); nil where it is not given. The code itself is
    /// nowhere, as no number is.
    package var cardCode: ProofVerification.Result?
    /// The same of 3-D Secure's value (CAVV).
    package var authentication: ProofVerification.Result?
    /// Nil for a request, and where the network gives none.
    package var adviceReason: AdviceReason?
    /// The network's transaction identifier of what it is about; nil for a new payment.
    package var transactionID: String?
    /// What a reversal leaves, in the transaction's currency (element 95); nil when it takes back all.
    package var newTotal: Int64?

    package init(_ form: Form, _ kind: TransactionKind, _ amount: Money, at merchant: Merchant) {
        self.form = form
        self.kind = kind
        self.amount = amount
        self.merchant = merchant
    }
}

/// What came of a message that was played.
package struct SimulatedReply: Sendable {
    package var reply: Reply
    /// The answer's type, such as `0110`, and what it tells: elements 39 and 38. Nil for silence.
    package var told: Told?

    package struct Told: Sendable {
        package var messageType: String
        package var responseCode: String
        package var approvalCode: String?

        package init(messageType: String, responseCode: String, approvalCode: String?) {
            self.messageType = messageType
            self.responseCode = responseCode
            self.approvalCode = approvalCode
        }
    }

    package init(_ reply: Reply, told: Told?) {
        self.reply = reply
        self.told = told
    }
}

/// A card network that is played, for cards that are known by their identifiers.
package protocol SimulatedNetwork: Sendable {
    func send(
        _ message: SimulatedMessage,
        of card: CardID,
        on account: AccountID,
        for origin: CommandOrigin
    ) async throws -> SimulatedReply
}
