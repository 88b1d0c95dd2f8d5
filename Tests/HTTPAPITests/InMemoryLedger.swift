import AuthorizationCore
import AuthorizationEngine
import CardCryptography
import Synchronization

/// A ledger without a database: enough to have the HTTP door decide, read back and list.
final class InMemoryLedger: LedgerReader, Sendable {
    struct Contents {
        var tenantKeys: [[UInt8]: TenantKey] = [:]
        var operators: [[UInt8]: Operator] = [:]
        var programs: [ProgramID: Program] = [:]
        var states: [AccountID: AccountState] = [:]
        var numbers: [CardID: PANVault.Sealed] = [:]
        var pinReferences: [CardID: SealedPINReference] = [:]
        var accountsOfCards: [CardID: AccountID] = [:]
        var transfers: [TransferID: TransferView] = [:]
        var journal: [JournalRow] = []
        var clientRecords: [ClientKey: ClientRecord] = [:]
        var takenKeys: Set<ClientKey> = []
        var reveals: [(card: CardID, person: OperatorID)] = []
        /// In the order of their last change.
        var listed: [(position: ListPosition, account: AccountID)] = []
    }

    private let contents = Mutex(Contents())

    func add(_ key: TenantKey, hash: [UInt8]) { contents.withLock { $0.tenantKeys[hash] = key } }

    func add(_ person: Operator, keyHash: [UInt8]) { contents.withLock { $0.operators[keyHash] = person } }

    func revokeTenantKey(hash: [UInt8]) { contents.withLock { $0.tenantKeys[hash] = nil } }

    func revokeOperator(keyHash: [UInt8]) { contents.withLock { $0.operators[keyHash] = nil } }

    func add(_ program: Program) { contents.withLock { $0.programs[program.id] = program } }

    func program(_ id: ProgramID) -> Program? { contents.withLock { $0.programs[id] } }

    func isDecided(_ key: ClientKey) -> Bool { contents.withLock { $0.clientRecords[key] != nil } }

    /// For a change away from the lanes.
    func take(_ key: ClientKey) { contents.withLock { _ = $0.takenKeys.insert(key) } }

    func load(_ request: BatchRequest) -> LoadedBatch {
        contents.withLock { contents in
            var loaded = LoadedBatch()
            for account in request.accounts {
                guard let state = contents.states[account] else { continue }
                loaded.locked.insert(account)
                loaded.states[account] = state
            }
            loaded.programs = contents.programs
            loaded.panIndexes = contents.numbers.mapValues { [$0.index.bytes] }
            for id in request.transfers {
                guard let view = contents.transfers[id], view.receivedAt == nil else { continue }
                loaded.transfersInTransit[id] = view.transfer
            }
            for (account, state) in contents.states {
                guard let tenant = state.account?.tenant else { continue }
                for token in request.tokens.compactMap({ state.tokens[$0] }) {
                    let owner = TokenOwner(account: account, status: token.status)
                    loaded.tokenOwners[TokenKey(tenant: tenant, index: token.index)] = owner
                }
            }
            for key in request.clientKeys { loaded.clientRecords[key] = contents.clientRecords[key] }
            loaded.takenKeys = contents.takenKeys
            return loaded
        }
    }

    func commit(_ writes: BatchWrites) throws(StoreFailure) {
        let isTaken = contents.withLock { contents in
            let isTaken = writes.cards.contains { row in
                guard let number = row.value.number else { return false }
                return contents.numbers.values.contains { $0.index == number.index }
            }
            if !isTaken { contents.take(writes) }
            return isTaken
        }
        if isTaken { throw .contentRefused("a card with this number is there") }
    }

    var programs: [Program] { contents.withLock { Array($0.programs.values) } }

    func tenantKey(hash: [UInt8]) async throws -> TenantKey? { contents.withLock { $0.tenantKeys[hash] } }

    func findOperator(keyHash: [UInt8]) async throws -> Operator? { contents.withLock { $0.operators[keyHash] } }

    /// What the journal has of commands, as text.
    var journaledText: String { String(reflecting: journaled) }

    var journaled: [Command] { contents.withLock { $0.journal.map(\.command) } }

    /// The journal in its order, with the tenant of each row.
    var tenantsRows: [(tenant: TenantID?, row: JournalRow)] {
        contents.withLock { contents in
            contents.journal.map { (contents.states[$0.account]?.account?.tenant, $0) }
        }
    }

    func recordReveal(of card: CardID, by person: OperatorID) async throws {
        contents.withLock { $0.reveals.append((card, person)) }
    }

    /// Who looked at which card's number.
    var reveals: [(card: CardID, person: OperatorID)] { contents.withLock { $0.reveals } }

    func accounts(ofCardholder id: CardholderID) -> [Account] {
        contents.withLock { $0.states.values.compactMap(\.account).filter { $0.cardholder == id } }
    }

    func cards(ofCardholder id: CardholderID) -> [Card] {
        contents.withLock { contents in
            contents.states.values.flatMap { $0.cards.values.filter { $0.details.cardholder == id } }
        }
    }

    func hasTenant(_ id: TenantID) async throws -> Bool {
        contents.withLock { $0.tenantKeys.values.contains { $0.tenant == id } }
    }

    func programs(of tenant: TenantID) async throws -> [Program] {
        contents.withLock { $0.programs.values.filter { $0.tenant == tenant }.sorted { $0.id < $1.id } }
    }

    func account(_ id: AccountID, of tenant: TenantID) async throws -> AccountView? {
        contents.withLock { contents in
            guard let state = contents.state(id, of: tenant), let account = state.account else { return nil }
            return AccountView(
                account: account,
                balances: state.balancesInOrder.map { (key: $0.key, balance: $0.value) }
            )
        }
    }

    func accounts(_ filter: AccountFilter, before: AccountID?, limit: Int) async throws -> [AccountView] {
        let all = contents.withLock { $0.states.values.compactMap(\.account) }
        let end = before ?? AccountID(high: .max, low: .max)
        let accounts = all.filter { filter.takes($0) && $0.id < end }.sorted { $1.id < $0.id }
        var views: [AccountView] = []
        for account in accounts.prefix(limit) {
            if let view = try await self.account(account.id, of: filter.tenant) { views.append(view) }
        }
        return views
    }

    func cards(
        of holder: CardHolding,
        _ tenant: TenantID,
        before: CardID?,
        limit: Int
    ) async throws -> [(card: Card, account: AccountID)] {
        let all = contents.withLock { contents in
            contents.states.filter { $0.value.account?.tenant == tenant }.flatMap { account, state in
                state.cards.values.map { (card: $0, account: account) }
            }
        }
        let ofHolder = all.filter { entry in
            switch holder {
            case .account(let id): entry.account == id
            case .cardholder(let id): entry.card.details.cardholder == id
            }
        }
        let end = before ?? CardID(high: .max, low: .max)
        let rest = ofHolder.filter { $0.card.id < end }
        return Array(rest.sorted { $1.card.id < $0.card.id }.prefix(limit))
    }

    func card(_ id: CardID, of tenant: TenantID) async throws -> CardView? {
        contents.withLock { contents in
            guard let account = contents.accountsOfCards[id], let state = contents.state(account, of: tenant),
                let card = state.cards[id], let number = contents.numbers[id]
            else { return nil }
            return CardView(
                card: card,
                account: account,
                secret: CardSecret(ciphertext: number.ciphertext, keyID: number.keyID)
            )
        }
    }

    func pin(of card: CardID) async throws -> StoredPIN? {
        contents.withLock { contents in
            guard let account = contents.accountsOfCards[card], let state = contents.states[account]?.pins[card],
                let reference = contents.pinReferences[card]
            else { return nil }
            return StoredPIN(state: state, reference: reference)
        }
    }

    func legalHolds(of account: AccountID, before: LegalHoldID?, limit: Int) async throws -> [LegalHold] {
        contents.withLock { contents in
            let holds = (contents.states[account]?.legalHolds ?? [:]).values.sorted { $0.id > $1.id }
            return Array(holds.filter { hold in before.map { hold.id < $0 } ?? true }.prefix(limit))
        }
    }

    func accountOfLegalHold(_ id: LegalHoldID, of tenant: TenantID) async throws -> AccountID? {
        contents.withLock { contents in
            contents.states.first { $0.value.account?.tenant == tenant && $0.value.legalHolds[id] != nil }?.key
        }
    }

    func tokens(of card: CardID, on account: AccountID, before: TokenID?, limit: Int) async throws -> [WalletToken] {
        contents.withLock { contents in
            let tokens = (contents.states[account]?.tokens ?? [:]).values.filter { $0.card == card }
            let earlier = tokens.sorted { $0.id > $1.id }.filter { token in before.map { token.id < $0 } ?? true }
            return Array(earlier.prefix(limit))
        }
    }

    func token(_ id: TokenID, of tenant: TenantID) async throws -> TokenView? {
        contents.withLock { contents in
            for (account, state) in contents.states where state.account?.tenant == tenant {
                guard let token = state.tokens.values.first(where: { $0.id == id }) else { continue }
                return TokenView(token: token, account: account)
            }
            return nil
        }
    }

    func transfer(_ id: TransferID, of tenant: TenantID) async throws -> TransferView? {
        contents.withLock { contents in
            contents.transfers[id].flatMap { contents.state($0.transfer.sender, of: tenant) == nil ? nil : $0 }
        }
    }

    func authorization(_ id: AuthorizationID, of tenant: TenantID) async throws -> AuthorizationView? {
        contents.withLock { contents in
            guard let account = contents.accountOf(id, of: tenant),
                let authorization = contents.states[account]?.authorizations[id]
            else { return nil }
            let history = contents.journal.filter { $0.authorization == id }.map { row in
                JournalEntry(
                    event: row.event,
                    sequence: row.sequence,
                    decidedAt: row.moment.now,
                    command: row.command,
                    decision: row.decision,
                    actor: row.actor,
                    codes: row.codes
                )
            }
            return AuthorizationView(authorization: authorization, account: account, history: history)
        }
    }

    func authorizationAlone(
        _ id: AuthorizationID,
        of tenant: TenantID
    ) async throws -> (account: AccountID, authorization: Authorization)? {
        contents.withLock { contents in
            guard let account = contents.accountOf(id, of: tenant) else { return nil }
            return contents.states[account]?.authorizations[id].map { (account, $0) }
        }
    }

    func authorizations(
        _ filter: AuthorizationFilter,
        after position: ListPosition?,
        limit: Int
    ) async throws -> AuthorizationPage? {
        contents.withLock { contents in
            let rest = contents.listed.filter { entry in
                entry.position.transaction > position?.transaction ?? 0
                    && contents.matches(entry.position.id, entry.account, filter)
            }
            let items = rest.prefix(limit).compactMap { entry in
                contents.states[entry.account]?.authorizations[entry.position.id].map {
                    (authorization: $0, account: entry.account)
                }
            }
            return AuthorizationPage(items: items, next: rest.count > limit ? rest[limit - 1].position : nil)
        }
    }

    func card(panIndex: [UInt8]) async throws -> CardRoute? {
        contents.withLock { contents in
            guard let card = contents.numbers.first(where: { $0.value.index.bytes == panIndex })?.key,
                let account = contents.accountsOfCards[card],
                let tenant = contents.states[account]?.account?.tenant
            else { return nil }
            return CardRoute(card: card, account: account, tenant: tenant)
        }
    }

    func isReady() async -> Bool { true }
}
