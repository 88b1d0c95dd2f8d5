/// Everything that changes an account or decides on it. Holds no secret: it is journaled as it is.
///
/// Those of payments are large and handed on often, so a copy of theirs is a reference.
package enum Command: Hashable, Sendable {
    case openAccount(OpenAccount)
    case changeAccount(ChangeAccount)
    case fund(Funding)
    case issueCard(IssueCard)
    case changeCard(ChangeCard)
    indirect case authorize(AuthorizationRequest)
    case reverse(Reversal)
    case clear(Clearing)
    case recordDelivery(DeliveryRecord)
    indirect case advise(Advice)
    case applyException(ApplyException)
    case writeOffException(WriteOffException)
    case setPIN(SetPIN)
    case unblockPIN(UnblockPIN)
    case moneyCommand(MoneyCommand)
    case cardCommand(CardCommand)
    case expire(ExpireHold)

    /// What a card is asked to pay, or told to have paid.
    package var request: AuthorizationRequest? {
        switch self {
        case .authorize(let request): request
        case .advise(let advice): advice.request
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .reverse, .clear, .recordDelivery,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }

    /// The card that is asked to pay, told to have paid, or to be paid back.
    package var card: CardID? {
        if case .reverse(let reversal) = self { reversal.card } else { request?.card }
    }

    /// The network message that carries the command, if one does.
    package var message: MessageIdentity? {
        switch self {
        case .authorize(let request): request.message
        case .reverse(let reversal): reversal.message
        case .advise(let advice): advice.request.message
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .clear, .recordDelivery, .applyException,
            .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }

    /// Whether it makes the account that it is about, when that is not there yet.
    package var opensAccount: Bool {
        switch self {
        case .openAccount, .writeOffException: true
        case .changeAccount, .fund, .issueCard, .changeCard, .authorize, .reverse, .clear, .recordDelivery, .advise,
            .applyException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            false
        }
    }

    /// The exception that it settles, if any.
    package var settledException: EventID? {
        switch self {
        case .applyException(let apply): apply.exception
        case .writeOffException(let writeOff): writeOff.exception
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .reverse, .clear,
            .recordDelivery, .advise, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            nil
        }
    }
}

package struct OpenAccount: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package var balance: BalanceKey
        /// Minor units; a required minimum balance is negative.
        package var creditLimit: Int64

        package init(balance: BalanceKey, creditLimit: Int64) {
            self.balance = balance
            self.creditLimit = creditLimit
        }
    }

    package var account: AccountID
    package var tenant: TenantID
    package var program: ProgramID
    package var balances: [Line]
    /// Nil for an account without one.
    package var type: AccountType?
    /// Whether charges that spare exempt accounts are not made.
    package var isChargeExempt: Bool
    /// One of the tenant, who gets accounts. Nil for nobody.
    package var cardholder: CardholderID?

    package init(
        account: AccountID,
        tenant: TenantID,
        program: ProgramID,
        balances: [Line],
        type: AccountType? = nil,
        isChargeExempt: Bool = false,
        cardholder: CardholderID? = nil
    ) {
        self.account = account
        self.tenant = tenant
        self.program = program
        self.balances = balances
        self.type = type
        self.isChargeExempt = isChargeExempt
        self.cardholder = cardholder
    }
}

package struct ChangeAccount: Hashable, Sendable {
    package var status: AccountStatus
    package var reason: String
    /// Whether its decision tells the status before. False of commands that earlier releases have journaled.
    package var tellsBefore: Bool

    package init(status: AccountStatus, reason: String, tellsBefore: Bool = false) {
        self.status = status
        self.reason = reason
        self.tellsBefore = tellsBefore
    }
}

/// Money that arrives from outside, posted at once.
package struct Funding: Hashable, Sendable {
    /// Above 0.
    package var amount: Money
    package var reference: String

    package init(amount: Money, reference: String) {
        self.amount = amount
        self.reference = reference
    }
}

package struct IssueCard: Hashable, Sendable {
    package var card: CardID
    package var lastFour: UInt16
    package var instance: CardInstance
    package var terms: CardTerms
    /// One of the account's tenant, who gets cards. Nil for nobody, and for a card in another one's place.
    package var cardholder: CardholderID?

    package init(
        card: CardID,
        lastFour: UInt16,
        instance: CardInstance,
        terms: CardTerms = CardTerms(),
        cardholder: CardholderID? = nil
    ) {
        self.card = card
        self.lastFour = lastFour
        self.instance = instance
        self.terms = terms
        self.cardholder = cardholder
    }
}

package struct ChangeCard: Hashable, Sendable {
    package var card: CardID
    package var status: CardStatus
    /// In the author's words.
    package var reason: String
    /// One that the status allows.
    package var statusReason: CardStatusReason?
    /// Whether its decision tells the status before. False of commands that earlier releases have journaled.
    package var tellsBefore: Bool

    package init(
        card: CardID,
        status: CardStatus,
        reason: String,
        statusReason: CardStatusReason? = nil,
        tellsBefore: Bool = false
    ) {
        self.card = card
        self.status = status
        self.reason = reason
        self.statusReason = statusReason
        self.tellsBefore = tellsBefore
    }
}

/// Takes an authorization back, wholly or in part. Always accepted.
package struct Reversal: Hashable, Sendable {
    /// The original, which may not have come yet.
    package var target: AuthorizationLink
    /// The reversal message itself; nil over HTTP.
    package var message: MessageIdentity?
    /// What the transaction shall amount to afterwards, in its own currency (ISO 8583 element 95); of an increment, what
    /// it shall have added. Nil or 0 takes all of it back.
    package var newTotal: Int64?
    /// Whether what it takes back cannot be told from it: the part, or the currency.
    package var isUnclear: Bool
    /// The card that a network's reversal presents; nil over HTTP.
    package var card: CardID?
    /// The transaction's currency (ISO 8583 element 49); nil over HTTP, or when it is not told.
    package var currency: Currency?
    /// Nil over HTTP.
    package var told: ReversalFacts?

    package init(
        target: AuthorizationLink,
        message: MessageIdentity? = nil,
        newTotal: Int64? = nil,
        isUnclear: Bool = false,
        card: CardID? = nil,
        currency: Currency? = nil,
        told: ReversalFacts? = nil
    ) {
        self.target = target
        self.message = message
        self.newTotal = newTotal
        self.isUnclear = isUnclear
        self.card = card
        self.currency = currency
        self.told = told
    }
}

/// What a network's reversal says beside what it does: for operators and disputes. Nothing follows from it.
package struct ReversalFacts: Hashable, Sendable {
    package static let longestReason = 4

    /// ISO 8583 element 4; nil when it cannot be read.
    package var amount: Money?
    /// Why: ISO 8583 element 39, since 1993 element 25.
    package var reason: String
    package var references: NetworkReferences

    /// - Parameter reason: cut to `longestReason` characters.
    package init(amount: Money?, reason: String, references: NetworkReferences) {
        self.amount = amount
        self.reason = String(reason.unicodeScalars.prefix(Self.longestReason))
        self.references = references
    }
}

/// What the acceptor finally collects. Always posted.
package struct Clearing: Hashable, Sendable {
    package var authorization: AuthorizationID
    /// In the transaction's currency, above 0.
    package var amount: Money
    /// In the balance's currency, when the network converted it.
    package var billing: Money?
    /// Whether nothing more will be cleared, so that the rest of the hold is given back. Of a payment in instalments, the
    /// last of them decides.
    package var isFinal: Bool
    package var reference: String

    package init(
        authorization: AuthorizationID,
        amount: Money,
        billing: Money? = nil,
        isFinal: Bool,
        reference: String = ""
    ) {
        self.authorization = authorization
        self.amount = amount
        self.billing = billing
        self.isFinal = isFinal
        self.reference = reference
    }
}

/// What became of an approval's answer on its way to whoever asked.
package struct DeliveryRecord: Hashable, Sendable {
    package var authorization: AuthorizationID
    /// False when it may not have arrived, so that the hold is uncertain.
    package var hasArrived: Bool

    package init(authorization: AuthorizationID, hasArrived: Bool) {
        self.authorization = authorization
        self.hasArrived = hasArrived
    }
}
