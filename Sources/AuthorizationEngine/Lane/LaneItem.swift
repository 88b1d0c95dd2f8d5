import AuthorizationCore
import CardCryptography
import Synchronization

/// The Idempotency-Key of a client's request: unique per tenant.
package struct ClientKey: Hashable, Comparable, Sendable {
    package var tenant: TenantID
    package var text: String

    package init(tenant: TenantID, text: String) {
        self.tenant = tenant
        self.text = text
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.tenant != right.tenant ? left.tenant < right.tenant : left.text < right.text
    }
}

/// A client's key with the keyed hash of what it was sent with.
package struct ClientRequest: Hashable, Sendable {
    package var key: ClientKey
    package var fingerprint: [UInt8]

    package init(key: ClientKey, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// What the store keeps of a card's number, to be opened.
package struct CardSecret: Hashable, Sendable {
    package var ciphertext: [UInt8]
    /// Of the data key.
    package var keyID: Int16

    package init(ciphertext: [UInt8], keyID: Int16) {
        self.ciphertext = ciphertext
        self.keyID = keyID
    }
}

/// A decision as it was taken, and perhaps is told again.
package struct Answer: Sendable {
    package var event: EventID
    package var decidedAt: Instant
    package var decision: Decision
    /// As they were first sent; nil for what no network is told, and where they were not kept.
    package var codes: AnswerCodes?
    /// Whether this repeats an earlier answer.
    package var isRepeated: Bool
    /// Set for an approval: to be told when the answer has left.
    package var delivery: Delivery?

    package init(
        event: EventID,
        decidedAt: Instant,
        decision: Decision,
        codes: AnswerCodes? = nil,
        isRepeated: Bool
    ) {
        self.event = event
        self.decidedAt = decidedAt
        self.decision = decision
        self.codes = codes
        self.isRepeated = isRepeated
    }
}

/// What becomes of a command.
package enum Reply: Sendable {
    case decided(Answer)
    /// The same key came with other content before; nothing was done.
    case keyConflict
    /// The account is not there, or not this tenant's.
    case notFound
    /// The card's number belongs to another card now, or its proofs were verified with a profile that is not the card's
    /// any more: what was found before the lane is stale.
    case misrouted
    /// The deadline passed: nothing was decided, or nobody waits for what was.
    case late
    /// Not taken on: the queue is full, or the database is away.
    case refused
    /// The database would not take it, alone in its transaction.
    case failed
}

/// A command on its way through a lane, with everything that is handed in from outside.
package final class LaneItem: Sendable {
    /// The journal row's identifier, handed in so that an unknown outcome can be looked up.
    package let id: EventID
    /// Nil for a request that belongs to no account.
    package let account: AccountID?
    package let command: Command
    /// The tenant that asks; nil for a network.
    package let tenant: TenantID?
    /// Who is recorded with it; nil for a network and for Aval itself.
    package let actor: CommandActor?
    package let client: ClientRequest?
    /// Index of the PAN that was presented, compared with the card's under the lock.
    package let panIndex: [UInt8]?
    /// What proofs were verified with, compared with card and program under the lock; nil when none were.
    package let profile: ProfileVersion?
    /// Of a card that is issued.
    package let cardNumber: PANVault.Sealed?
    /// Of a new PIN, of the version that the command or its facts name.
    package let pinReference: SealedPINReference?
    /// How the network that asks is told the outcome; nil for a client and for Aval itself.
    package let coding: AnswerCoding?
    package let seed: UInt64
    /// Requests past it are not decided.
    package let deadline: ContinuousClock.Instant
    /// Whether it must be taken whatever the time: advices, reversals, clearings.
    package let mustBeAccepted: Bool
    /// Whether nobody waits for it, so that it is put off while much waits.
    let isBackground: Bool
    /// How often its account was held by another session. Touched by the lane's thread only.
    let skips = Atomic<Int>(0)
    /// Let go of with the answer, with all that it holds.
    private let reply: Mutex<(@Sendable (Reply) -> Void)?>

    package init(
        id: EventID,
        account: AccountID?,
        command: Command,
        tenant: TenantID? = nil,
        actor: CommandActor? = nil,
        client: ClientRequest? = nil,
        panIndex: [UInt8]? = nil,
        profile: ProfileVersion? = nil,
        cardNumber: PANVault.Sealed? = nil,
        pinReference: SealedPINReference? = nil,
        coding: AnswerCoding? = nil,
        seed: UInt64,
        deadline: ContinuousClock.Instant,
        isBackground: Bool = false,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        self.id = id
        self.account = account
        self.command = command
        self.tenant = tenant
        self.actor = actor
        self.client = client
        self.panIndex = panIndex
        self.profile = profile
        self.cardNumber = cardNumber
        self.pinReference = pinReference
        self.coding = coding
        self.seed = seed
        self.deadline = deadline
        self.isBackground = isBackground
        switch command {
        case .reverse, .clear, .advise: mustBeAccepted = true
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .recordDelivery,
            .applyException, .writeOffException, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            mustBeAccepted = false
        }
        self.reply = Mutex(reply)
    }

    /// Called once, by the lane, when nothing can change the answer any more.
    func answer(_ answer: Reply) {
        let reply = reply.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        reply?(answer)
    }

    var isAnswered: Bool { reply.withLock { $0 == nil } }
}
