import AuthorizationCore

/// The rows that a batch needs.
package struct BatchRequest: Sendable {
    /// Sorted, without duplicates.
    package var accounts: [AccountID] = []
    package var cards: [AccountCard] = []
    /// Those of the cards whose chips' counters are wanted.
    package var chips: [AccountCard] = []
    /// Those of the cards whose PIN is verified or changed.
    package var pins: [AccountCard] = []
    package var authorizations: [AuthorizationID] = []
    package var keys: [KeyToRead] = []
    /// Those of the keys that name earlier messages: their authorizations are wanted too.
    package var originals: [AccountKey] = []
    package var clientKeys: [ClientKey] = []
    /// Those that operators settle.
    package var exceptions: [EventID] = []
    /// First halves of transfers whose second ones are decided.
    package var transfers: [TransferID] = []
    package var legalHolds: [LegalHoldID] = []
    /// Indexes of tokens that pay, or are registered or changed.
    package var tokens: Set<[UInt8]> = []
    /// Counters of days that started before are not read.
    package var countersFrom = Instant.distantPast
    /// Wait for locks instead of leaving accounts out that another session holds.
    package var waitsForLocks = false
}

/// A card that a command names, and the account that it is said to belong to.
package struct AccountCard: Hashable, Sendable {
    package var account: AccountID
    package var card: CardID
}

/// A network message's key within its account.
package struct AccountKey: Hashable, Sendable {
    package var account: AccountID
    package var key: RequestKey

    package init(account: AccountID, key: RequestKey) {
        self.account = account
        self.key = key
    }
}

/// A key that a batch may need to know.
package struct KeyToRead: Hashable, Sendable {
    package var key: AccountKey
    /// The longer one of a message, see ``MessageIdentity/longKey``: nothing is known under it where nothing is under the
    /// first.
    package var longKey: RequestKey?

    package init(_ key: AccountKey, longKey: RequestKey? = nil) {
        self.key = key
        self.longKey = longKey
    }

    init(_ message: MessageIdentity, of account: AccountID) {
        self.init(AccountKey(account: account, key: message.key), longKey: message.longKey)
    }
}

/// What a client's key was answered with.
package struct ClientRecord: Hashable, Sendable {
    package var fingerprint: [UInt8]
    package var event: EventID
    package var decidedAt: Instant
    package var decision: Decision

    package init(fingerprint: [UInt8], event: EventID, decidedAt: Instant, decision: Decision) {
        self.fingerprint = fingerprint
        self.event = event
        self.decidedAt = decidedAt
        self.decision = decision
    }
}

/// An exception that nobody has settled yet.
package struct OpenException: Hashable, Sendable {
    /// The account that it came with, if any.
    package var account: AccountID?
    /// What the first of two operators wants it written off with.
    package var proposal: Proposal?

    package struct Proposal: Hashable, Sendable {
        package var by: OperatorID
        package var terms: WriteOffTerms

        package init(by person: OperatorID, terms: WriteOffTerms) {
            by = person
            self.terms = terms
        }
    }

    package init(account: AccountID?, proposal: Proposal?) {
        self.account = account
        self.proposal = proposal
    }

    /// Whether a command on an account may settle it.
    func allows(_ command: Command, on target: AccountID, by actor: CommandActor?) -> Bool {
        guard case .operator(let person, _)? = actor else { return false }
        return switch command {
        case .applyException: account == nil || account == target
        case .writeOffException(let writeOff):
            proposal == Proposal(by: writeOff.proposedBy, terms: writeOff.terms)
                && writeOff.terms.account == target && writeOff.confirmedBy == person
        case .openAccount, .changeAccount, .fund, .issueCard, .changeCard, .authorize, .reverse, .clear,
            .recordDelivery, .advise, .setPIN, .unblockPIN, .moneyCommand, .cardCommand, .expire:
            false
        }
    }
}

/// A token as one tenant has registered it: what others register under its number is no concern of that tenant.
package struct TokenKey: Hashable, Sendable {
    package var tenant: TenantID
    /// Keyed index of its number.
    package var index: [UInt8]

    package init(tenant: TenantID, index: [UInt8]) {
        self.tenant = tenant
        self.index = index
    }
}

package struct TokenOwner: Hashable, Sendable {
    package var account: AccountID
    package var status: TokenStatus

    package init(account: AccountID, status: TokenStatus) {
        self.account = account
        self.status = status
    }
}

/// The rows that were there, read after the last lock was granted.
package struct LoadedBatch: Sendable {
    /// The accounts that this batch holds.
    package var locked: Set<AccountID> = []
    /// State of the accounts that exist, locked or not.
    package var states: [AccountID: AccountState] = [:]
    package var programs: [ProgramID: Program] = [:]
    /// Under the index key, and under the other one while it is rotated.
    package var panIndexes: [CardID: [[UInt8]]] = [:]
    package var clientRecords: [ClientKey: ClientRecord] = [:]
    /// Of changes away from the lanes: no command has these keys.
    package var takenKeys: Set<ClientKey> = []
    /// What messages were answered with.
    package var codes: [AccountKey: AnswerCodes] = [:]
    package var openExceptions: [EventID: OpenException] = [:]
    /// Those that are still on their way.
    package var transfersInTransit: [TransferID: TransferInTransit] = [:]
    /// Whose registered tokens are; also accounts and tenants beside those of the batch.
    package var tokenOwners: [TokenKey: TokenOwner] = [:]

    package init() {}
}

/// Why a transaction did not commit, in terms of what to do about it.
package enum StoreFailure: Error {
    /// Run the batch again: a conflict that another run need not meet.
    case conflict(String)
    /// Another session keeps a lock for longer than a lane waits.
    case locked
    /// A client's key was taken by another transaction meanwhile: run again, and answer from its record.
    case clientKeyTaken
    /// The database refuses a row of the batch for its content. With what a client is told who had it written; nil where
    /// nothing is known to be wrong with the command.
    case contentRefused(String, Refusal? = nil)
    /// The connection or the server is gone, and nothing was committed.
    case unavailable(String)
    /// The connection broke after COMMIT was sent.
    case outcomeUnknown(String)
}

/// A lane's own connection to the ledger. Used by one thread.
package protocol LaneStore: AnyObject {
    /// Opens a transaction, locks the accounts and reads the rows.
    func begin(_ request: BatchRequest) throws(StoreFailure) -> LoadedBatch
    /// Writes and commits; returns once it is durable.
    func commit(_ writes: BatchWrites, _ record: BatchRecord) throws(StoreFailure)
    /// Ends the transaction without effect.
    func rollback() throws(StoreFailure)
    /// Opens the connection anew and prepares it.
    func reconnect() throws(StoreFailure)
    /// After an unknown outcome: waits for the lock of the one account that the items name, or none, and finds the
    /// answers that were committed after all.
    func findAnswers(_ items: [LaneItem]) throws(StoreFailure) -> [EventID: Answer]
    /// Keeps a command that had to be accepted but that the ledger would not take, for an operator.
    func park(_ item: LaneItem, problem: String) throws(StoreFailure)
}
