import AuthorizationCore

package struct AccountView: Sendable {
    package var account: Account
    /// In the order of currency and kind.
    package var balances: [(key: BalanceKey, balance: Balance)]

    package init(account: Account, balances: [(key: BalanceKey, balance: Balance)]) {
        self.account = account
        self.balances = balances
    }
}

package struct CardView: Sendable {
    package var card: Card
    package var account: AccountID
    package var secret: CardSecret
    /// What networks' files say of it, by the networks' names.
    package var files: [FileEntry]

    package init(card: Card, account: AccountID, secret: CardSecret, files: [FileEntry] = []) {
        self.card = card
        self.account = account
        self.secret = secret
        self.files = files
    }
}

package struct TokenView: Sendable {
    package var token: WalletToken
    package var account: AccountID

    package init(token: WalletToken, account: AccountID) {
        self.token = token
        self.account = account
    }
}

/// One journal row as a reader sees it.
package struct JournalEntry: Sendable {
    package var event: EventID
    package var sequence: Int64
    package var decidedAt: Instant
    package var command: Command
    package var decision: Decision
    /// Nil for a network and for Aval itself.
    package var actor: CommandActor?
    /// What the network was told; nil where none asked, and in rows that are older than these codes.
    package var codes: AnswerCodes?

    package init(
        event: EventID,
        sequence: Int64,
        decidedAt: Instant,
        command: Command,
        decision: Decision,
        actor: CommandActor?,
        codes: AnswerCodes? = nil
    ) {
        self.event = event
        self.sequence = sequence
        self.decidedAt = decidedAt
        self.command = command
        self.decision = decision
        self.actor = actor
        self.codes = codes
    }
}

package struct AuthorizationView: Sendable {
    package var authorization: Authorization
    package var account: AccountID
    /// Oldest first; the first one decided the authorization.
    package var history: [JournalEntry]

    package init(authorization: Authorization, account: AccountID, history: [JournalEntry]) {
        self.authorization = authorization
        self.account = account
        self.history = history
    }
}

/// A place in a listing: after the row of this transaction and identifier.
package struct ListPosition: Hashable, Sendable {
    /// Transaction numbers order rows only within one epoch of the ledger: until a restore or a failover.
    package var epoch: UInt64
    package var transaction: UInt64
    package var id: AuthorizationID

    package init(epoch: UInt64, transaction: UInt64, id: AuthorizationID) {
        self.epoch = epoch
        self.transaction = transaction
        self.id = id
    }
}

package struct AccountFilter: Sendable {
    package var tenant: TenantID
    package var program: ProgramID?
    package var cardholder: CardholderID?

    package init(tenant: TenantID, program: ProgramID? = nil, cardholder: CardholderID? = nil) {
        self.tenant = tenant
        self.program = program
        self.cardholder = cardholder
    }

    package func takes(_ account: Account) -> Bool {
        account.tenant == tenant && (program == nil || account.program == program)
            && (cardholder == nil || account.cardholder == cardholder)
    }
}

package struct AuthorizationFilter: Sendable {
    package var tenant: TenantID
    package var account: AccountID?
    package var card: CardID?
    package var status: AuthorizationStatus?
    /// Created at or after.
    package var from: Instant?
    /// Created before.
    package var to: Instant?

    package init(tenant: TenantID) { self.tenant = tenant }
}

package struct AuthorizationPage: Sendable {
    /// With the account that each belongs to.
    package var items: [(authorization: Authorization, account: AccountID)]
    /// Where the next page begins; nil when there was nothing more at the time of reading.
    package var next: ListPosition?

    package init(items: [(authorization: Authorization, account: AccountID)], next: ListPosition?) {
        self.items = items
        self.next = next
    }
}

/// Whose cards are listed.
package enum CardHolding: Hashable, Sendable {
    case account(AccountID)
    case cardholder(CardholderID)
}

/// Reads for people and programs, away from the lanes. What it says may be old by the time it is read; nothing is
/// decided on it. Identifiers of another tenant are as unknown as ones that never were.
package protocol LedgerReader: Sendable {
    /// The live API key with this SHA-256.
    func tenantKey(hash: [UInt8]) async throws -> TenantKey?
    /// The operator whose live key has this SHA-256.
    func findOperator(keyHash: [UInt8]) async throws -> Operator?
    /// Keeps who looked at a card's number; the only thing here that writes.
    func recordReveal(of card: CardID, by person: OperatorID) async throws
    func hasTenant(_ id: TenantID) async throws -> Bool
    func programs(of tenant: TenantID) async throws -> [Program]
    func account(_ id: AccountID, of tenant: TenantID) async throws -> AccountView?
    /// Newest first.
    func accounts(_ filter: AccountFilter, before: AccountID?, limit: Int) async throws -> [AccountView]
    func card(_ id: CardID, of tenant: TenantID) async throws -> CardView?
    /// Newest first.
    func cards(
        of holder: CardHolding,
        _ tenant: TenantID,
        before: CardID?,
        limit: Int
    ) async throws -> [(card: Card, account: AccountID)]
    /// A card's PIN, whatever its tenant; nil when it has none.
    func pin(of card: CardID) async throws -> StoredPIN?
    /// Those that stand and those that were released, newest first.
    func legalHolds(of account: AccountID, before: LegalHoldID?, limit: Int) async throws -> [LegalHold]
    func accountOfLegalHold(_ id: LegalHoldID, of tenant: TenantID) async throws -> AccountID?
    /// Of every state, newest first.
    func tokens(of card: CardID, on account: AccountID, before: TokenID?, limit: Int) async throws -> [WalletToken]
    func token(_ id: TokenID, of tenant: TenantID) async throws -> TokenView?
    func transfer(_ id: TransferID, of tenant: TenantID) async throws -> TransferView?
    func authorization(_ id: AuthorizationID, of tenant: TenantID) async throws -> AuthorizationView?
    /// An authorization without its history.
    func authorizationAlone(
        _ id: AuthorizationID,
        of tenant: TenantID
    ) async throws -> (account: AccountID, authorization: Authorization)?
    /// A page of authorizations in the order in which they became visible; misses nothing while others commit. Nil when
    /// the position is of another epoch.
    func authorizations(
        _ filter: AuthorizationFilter,
        after position: ListPosition?,
        limit: Int
    ) async throws -> AuthorizationPage?
    /// The card that has a PAN, whatever its tenant; nil when there is none.
    func card(panIndex: [UInt8]) async throws -> CardRoute?
    /// Whether the database answers and has the schema that this build knows.
    func isReady() async -> Bool
}
