import AuthorizationCore
import AuthorizationEngine

/// The reads of one batch, and how their rows become the state that is decided on. Statements for which the batch
/// has no keys are left out.
struct BatchReads {
    let calls: [Call]

    init(_ request: BatchRequest) {
        let accounts = Self.accountColumns(request.accounts)
        let countersFrom = [Parameter(request.countersFrom)]
        var calls: [Call] = []
        if !request.accounts.isEmpty {
            calls.append(Call(request.waitsForLocks ? LaneReads.lockWaiting : LaneReads.lockFree, accounts))
            calls.append(Call(LaneReads.accounts, accounts))
            calls.append(Call(LaneReads.balances, accounts))
        }
        if !request.cards.isEmpty {
            let cards = request.tokens.isEmpty ? LaneReads.cards : LaneReads.cardsAndReplaced
            calls.append(Call(cards, Self.cardColumns(request.cards)))
            calls.append(Call(LaneReads.counters, Self.ownerColumns(request.cards) + countersFrom))
            calls.append(Call(LimitStatements.contactless, Self.ownerColumns(request.cards)))
            calls.append(Call(LimitStatements.failures, Self.ownerColumns(request.cards)))
        }
        if !request.chips.isEmpty {
            calls.append(Call(LaneReads.chipCounters, Self.ownerColumns(request.chips)))
        }
        if !request.pins.isEmpty { calls.append(Call(PINStatements.read, Self.ownerColumns(request.pins))) }
        if !request.authorizations.isEmpty {
            let authorizations = Self.authorizationColumns(request.authorizations)
            calls.append(Call(LaneReads.authorizations, authorizations))
            calls.append(Call(LaneReads.countersOfAuthorizations, authorizations + countersFrom))
            calls.append(Call(LimitStatements.contactlessOfAuthorizations, authorizations))
        }
        if !request.keys.isEmpty {
            calls.append(Call(LaneReads.keys, Self.keyColumns(request.keys)))
        }
        if !request.originals.isEmpty {
            let originals = Self.keyColumns(Array(Set(request.originals)))
            calls.append(Call(LaneReads.authorizationsByKey, originals))
            calls.append(Call(LaneReads.countersByKey, originals + countersFrom))
            calls.append(Call(LimitStatements.contactlessByKey, originals))
        }
        if !request.clientKeys.isEmpty {
            calls.append(Call(LaneReads.clientKeys, Self.clientColumns(request.clientKeys)))
        }
        if !request.exceptions.isEmpty {
            calls.append(Call(LaneReads.openExceptions, OpenExceptionRows.parameters(request.exceptions)))
        }
        if !request.transfers.isEmpty {
            calls.append(Call(AccountTransferRows.named, Self.identifierColumns(Array(Set(request.transfers)))))
        }
        if !request.legalHolds.isEmpty {
            calls.append(Call(LegalHoldRows.named, Self.identifierColumns(Array(Set(request.legalHolds)))))
        }
        if !request.tokens.isEmpty {
            var tokens = Column(.bytea)
            for index in request.tokens { tokens.append(index) }
            calls.append(Call(TokenRows.named, [Parameter(tokens)]))
        }
        self.calls = calls
    }

    /// Also gives the version in force of each program.
    func decode(_ results: [ResultRows]) throws(PostgresError) -> (LoadedBatch, [ProgramID: Int32]) {
        var loaded = LoadedBatch()
        var versions: [ProgramID: Int32] = [:]
        for (call, rows) in zip(calls, results) {
            switch call.statement {
            case LaneReads.lockFree, LaneReads.lockWaiting:
                loaded.locked = Set(try rows.map { (row) throws(PostgresError) in try row.identifier() })
            case LaneReads.accounts: try Self.readAccounts(rows, into: &loaded, &versions)
            case LaneReads.balances: try Self.readBalances(rows, into: &loaded)
            case LaneReads.cards, LaneReads.cardsAndReplaced: try Self.readCards(rows, into: &loaded)
            case LaneReads.chipCounters:
                try Self.readCounters(rows, into: &loaded, ChipCounterColumns.read) { $0?.chipCounters[$1] = $2 }
            case LaneReads.counters, LaneReads.countersOfAuthorizations, LaneReads.countersByKey:
                try Self.readCounters(rows, into: &loaded, Self.readCounter) { $0?.counters[$1] = $2 }
            case LaneReads.authorizations, LaneReads.authorizationsByKey:
                for (account, authorization) in try rows.map(AuthorizationColumns.read) {
                    loaded.states[account]?.authorizations[authorization.id] = authorization
                }
            case LimitStatements.contactless, LimitStatements.contactlessOfAuthorizations,
                LimitStatements.contactlessByKey:
                try Self.readCounters(rows, into: &loaded, ContactlessColumns.read) { $0?.contactlessCounters[$1] = $2 }
            case LimitStatements.failures:
                try Self.readCounters(rows, into: &loaded, FailureColumns.read) { $0?.failureCounters[$1] = $2 }
            case PINStatements.read: try Self.readPINs(rows, into: &loaded)
            case LaneReads.keys: try Self.readKeys(rows, into: &loaded)
            case LaneReads.clientKeys: try Self.readClientKeys(rows, into: &loaded)
            case LaneReads.openExceptions:
                for (id, open) in try rows.map(OpenExceptionRows.read) { loaded.openExceptions[id] = open }
            case AccountTransferRows.named:
                for transfer in try rows.map(AccountTransferRows.read) {
                    loaded.transfersInTransit[transfer.id] = transfer
                }
            case LegalHoldRows.named:
                for (account, hold) in try rows.map(LegalHoldRows.read) {
                    loaded.states[account]?.legalHolds[hold.id] = hold
                }
            case TokenRows.named:
                for (view, tenant) in try rows.map(TokenRows.readWithTenant) {
                    let key = TokenKey(tenant: tenant, index: view.token.index)
                    loaded.tokenOwners[key] = TokenOwner(account: view.account, status: view.token.status)
                    loaded.states[view.account]?.tokens[view.token.index] = view.token
                }
            default: throw .unexpected("a result without its statement")
            }
        }
        return (loaded, versions)
    }
}

// MARK: - Keys as columns

extension BatchReads {
    static func accountColumns(_ accounts: [AccountID]) -> [Parameter] { identifierColumns(accounts) }

    static func identifierColumns<Kind>(_ identifiers: [Identifier<Kind>]) -> [Parameter] {
        var shards = Column(.int2)
        var ids = Column(.uuid)
        for id in identifiers {
            shards.append(Int16(id.shard.number))
            ids.append(id)
        }
        return [Parameter(shards), Parameter(ids)]
    }

    static func authorizationColumns(_ ids: [AuthorizationID]) -> [Parameter] {
        identifierColumns(Array(Set(ids)))
    }

    private static func cardColumns(_ cards: [AccountCard]) -> [Parameter] {
        identifierColumns(Array(Set(cards.map(\.card))))
    }

    private static func ownerColumns(_ cards: [AccountCard]) -> [Parameter] {
        var shards = Column(.int2)
        var accounts = Column(.uuid)
        var ids = Column(.uuid)
        for card in Set(cards) {
            shards.append(Int16(card.account.shard.number))
            accounts.append(card.account)
            ids.append(card.card)
        }
        return [Parameter(shards), Parameter(accounts), Parameter(ids)]
    }

    private static func keyColumns(_ keys: [KeyToRead]) -> [Parameter] {
        let distinct = Array(Set(keys))
        var longKeys = Column(.text)
        for key in distinct { longKeys.append(key.longKey) }
        return keyColumns(distinct.map(\.key)) + [Parameter(longKeys)]
    }

    private static func keyColumns(_ keys: [AccountKey]) -> [Parameter] {
        var shards = Column(.int2)
        var accounts = Column(.uuid)
        var texts = Column(.text)
        for key in keys {
            shards.append(Int16(key.account.shard.number))
            accounts.append(key.account)
            texts.append(key.key)
        }
        return [Parameter(shards), Parameter(accounts), Parameter(texts)]
    }

    private static func clientColumns(_ keys: [ClientKey]) -> [Parameter] {
        var tenants = Column(.uuid)
        var texts = Column(.text)
        for key in Set(keys) {
            tenants.append(key.tenant)
            texts.append(key.text)
        }
        return [Parameter(tenants), Parameter(texts)]
    }
}

// MARK: - Rows into state

extension BatchReads {
    private static func readAccounts(
        _ rows: ResultRows,
        into loaded: inout LoadedBatch,
        _ versions: inout [ProgramID: Int32]
    ) throws(PostgresError) {
        let accounts = try rows.map { (row) throws(PostgresError) in
            (account: try AccountColumns.read(&row), version: try row.int32())
        }
        for (account, version) in accounts {
            loaded.states[account.id, default: AccountState()].account = account
            versions[account.program] = version
        }
    }

    private static func readBalances(_ rows: ResultRows, into loaded: inout LoadedBatch) throws(PostgresError) {
        let balances = try rows.map { (row) throws(PostgresError) in
            (account: try row.identifier() as AccountID, row: try BalanceColumns.read(&row))
        }
        for (account, row) in balances { loaded.states[account]?.balances[row.key] = row.balance }
    }

    private static func readCards(_ rows: ResultRows, into loaded: inout LoadedBatch) throws(PostgresError) {
        let cards = try rows.map { (row) throws(PostgresError) in
            (row: try CardColumns.read(&row), account: try row.identifier() as AccountID)
        }
        for (row, account) in cards {
            loaded.panIndexes[row.card.id] = row.panIndexes
            if loaded.states[account]?.cards[row.card.id] == nil {
                loaded.states[account]?.cards[row.card.id] = row.card
            } else {
                loaded.states[account]?.cards[row.card.id]?.instances += row.card.instances
            }
        }
    }

    /// Of one kind; a row has its account before the counter, and the version behind.
    private static func readCounters<Key, Value: VersionedCounter>(
        _ rows: ResultRows,
        into loaded: inout LoadedBatch,
        _ read: (inout RowReader) throws(PostgresError) -> (key: Key, counter: Value),
        _ keep: (inout AccountState?, Key, Value) -> Void
    ) throws(PostgresError) {
        let counters = try rows.map { (row) throws(PostgresError) -> (account: AccountID, key: Key, counter: Value) in
            let account: AccountID = try row.identifier()
            var (key, counter) = try read(&row)
            counter.version = try row.int64()
            return (account, key, counter)
        }
        for row in counters { keep(&loaded.states[row.account], row.key, row.counter) }
    }

    private static func readCounter(_ row: inout RowReader) throws(PostgresError) -> (key: CounterKey, counter: Counter)
    {
        let key = try CounterColumns.readKey(&row)
        var counter = Counter()
        counter.amount = try row.int64()
        counter.count = try row.int64()
        return (key, counter)
    }

    private static func readPINs(_ rows: ResultRows, into loaded: inout LoadedBatch) throws(PostgresError) {
        let pins = try rows.map { (row) throws(PostgresError) in
            (
                account: try row.identifier() as AccountID, card: try row.identifier() as CardID,
                pin: try PINColumns.readState(&row)
            )
        }
        for row in pins { loaded.states[row.account]?.pins[row.card] = row.pin }
    }

    private static func readKeys(_ rows: ResultRows, into loaded: inout LoadedBatch) throws(PostgresError) {
        let keys = try rows.map { (row) throws(PostgresError) -> (AccountKey, KeyRecord, AnswerCodes?) in
            let key = AccountKey(account: try row.identifier(), key: try row.text())
            let fingerprint = try row.bytes()
            let authorization: AuthorizationID? = try row.optionalIdentifier()
            let answer = try row.optionalBytes()
            var record = KeyRecord(fingerprint: fingerprint, authorization: authorization, answer: nil)
            if let answer {
                do throws(JournalError) {
                    record.answer = try Outcome(journalBytes: answer)
                } catch {
                    throw row.unexpected(error.description)
                }
            }
            record.version = try row.int64()
            return (key, record, try row.answerCodes())
        }
        for (key, record, codes) in keys {
            loaded.states[key.account]?.keys[key.key] = record
            loaded.codes[key] = codes
        }
    }

    private static func readClientKeys(_ rows: ResultRows, into loaded: inout LoadedBatch) throws(PostgresError) {
        let records = try rows.map { (row) throws(PostgresError) -> (ClientKey, ClientRecord?) in
            let key = ClientKey(tenant: try row.identifier(), text: try row.text())
            let fingerprint = try row.bytes()
            guard let event: EventID = try row.optionalIdentifier() else { return (key, nil) }
            let record = ClientRecord(
                fingerprint: fingerprint,
                event: event,
                decidedAt: try row.instant(),
                decision: try row.journaled()
            )
            return (key, record)
        }
        for (key, record) in records {
            if let record { loaded.clientRecords[key] = record } else { loaded.takenKeys.insert(key) }
        }
    }
}

/// What changes only while its version is the one that was read.
private protocol VersionedCounter { var version: Int64 { get set } }

extension Counter: VersionedCounter {}
extension ChipCounter: VersionedCounter {}
extension ContactlessCounter: VersionedCounter {}
extension FailureCounter: VersionedCounter {}
