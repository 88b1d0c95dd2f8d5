import AuthorizationCore
import AuthorizationEngine

/// What is stored of one account beside journal and transfers.
struct StoredAccount: Sendable {
    var account: Account?
    var shard: Int16 = 0
    var state = AccountState()
    /// Where the PAN directory says that a card is; nil for a card that it does not have.
    var routes: [CardID: CardRoute?] = [:]
}

/// The stored rows of a span of accounts, read a table at a time.
struct StoredRows {
    private let connection: PostgresConnection
    private let span: AccountSpan
    private(set) var accounts: [AccountID: StoredAccount] = [:]

    init(_ connection: PostgresConnection, of span: AccountSpan) {
        self.connection = connection
        self.span = span
    }

    /// Reads everything. Rows that cannot be read, or whose account does not exist, become offences.
    mutating func readAll(into report: inout VerificationReport) throws(PostgresError) {
        for (id, row) in try read(VerifierReads.accounts, "account", &report, Self.account) {
            accounts[id] = row
        }
        let balances = try read(VerifierReads.balances, "balance", &report) { (row) throws(PostgresError) in
            _ = try row.identifier() as AccountID
            return try BalanceColumns.read(&row)
        }
        for (id, row) in balances {
            if isOrphan(id, "balance", &report) { continue }
            var balance = row.balance
            balance.version = 0
            accounts[id]?.state.balances[row.key] = balance
        }
        try readCards(into: &report)
        let authorizations = try read(VerifierReads.authorizations, "authorization", &report) {
            (row) throws(PostgresError) in try AuthorizationColumns.read(&row).authorization
        }
        for (id, authorization) in authorizations {
            if isOrphan(id, "authorization \(authorization.id)", &report) { continue }
            var authorization = authorization
            authorization.version = 0
            accounts[id]?.state.authorizations[authorization.id] = authorization
        }
        for (id, row) in try read(VerifierReads.counters, "counter", &report, Self.counter) {
            if isOrphan(id, "counter of \(row.key.card)", &report) { continue }
            accounts[id]?.state.counters[row.key] = row.counter
        }
        let chips = try read(VerifierReads.chipCounters, "chip counter", &report) { (row) throws(PostgresError) in
            _ = try row.identifier() as AccountID
            return try ChipCounterColumns.read(&row)
        }
        for (id, row) in chips {
            if isOrphan(id, "chip counter of \(row.key.card)", &report) { continue }
            accounts[id]?.state.chipCounters[row.key] = row.counter
        }
        try readLimits(into: &report)
        for (id, row) in try read(VerifierReads.keys, "network key", &report, Self.key) {
            if isOrphan(id, "network key", &report) { continue }
            accounts[id]?.state.keys[row.key] = row.record
        }
        for (id, row) in try read(VerifierReads.pins, "PIN", &report, Self.pin) {
            if isOrphan(id, "PIN of \(row.card)", &report) { continue }
            accounts[id]?.state.pins[row.card] = row.state
        }
        for (id, row) in try read(LegalHoldRows.verified, "legal hold", &report, LegalHoldRows.read) {
            if isOrphan(id, "legal hold \(row.hold.id)", &report) { continue }
            var hold = row.hold
            hold.version = 0
            accounts[id]?.state.legalHolds[hold.id] = hold
        }
        try readTokens(into: &report)
    }

    /// A token counts for its tenant: one that is stored as another's is not there for those who pay with it.
    private mutating func readTokens(into report: inout VerificationReport) throws(PostgresError) {
        for (id, row) in try read(TokenRows.verified, "token", &report, TokenRows.readWithTenant) {
            var token = row.view.token
            if isOrphan(id, "token \(token.id)", &report) { continue }
            if let tenant = accounts[id]?.account?.tenant, tenant != row.tenant {
                report.add(.tokenDiffers, "tenant of \(token.id)", expected: "\(tenant)", found: "\(row.tenant)")
            }
            token.version = 0
            accounts[id]?.state.tokens[token.index] = token
        }
    }

    private mutating func readLimits(into report: inout VerificationReport) throws(PostgresError) {
        let contactless = try read(VerifierReads.contactless, "contactless counter", &report) {
            (row) throws(PostgresError) in
            _ = try row.identifier() as AccountID
            return try ContactlessColumns.read(&row)
        }
        for (id, row) in contactless {
            if isOrphan(id, "contactless counter of \(row.key.card)", &report) { continue }
            accounts[id]?.state.contactlessCounters[row.key] = row.counter
        }
        let failures = try read(VerifierReads.failures, "failure counter", &report) { (row) throws(PostgresError) in
            _ = try row.identifier() as AccountID
            return try FailureColumns.read(&row)
        }
        for (id, row) in failures {
            if isOrphan(id, "failure counter of \(row.key.card)", &report) { continue }
            accounts[id]?.state.failureCounters[row.key] = row.counter
        }
    }

    private mutating func readCards(into report: inout VerificationReport) throws(PostgresError) {
        for (id, row) in try read(VerifierReads.cards, "card", &report, Self.card) {
            if isOrphan(id, "card \(row.card.id)", &report) { continue }
            if accounts[id]?.state.cards[row.card.id] == nil {
                accounts[id]?.state.cards[row.card.id] = row.card
                accounts[id]?.routes[row.card.id] = row.route
            } else {
                accounts[id]?.state.cards[row.card.id]?.instances += row.card.instances
            }
        }
    }

    private func isOrphan(_ id: AccountID, _ subject: String, _ report: inout VerificationReport) -> Bool {
        guard accounts[id] == nil else { return false }
        report.add(.rowWithoutAccount, "\(subject) of \(id)", expected: "its account", found: "none")
        return true
    }

    /// Rows of a statement whose first column is the account.
    private func read<Value>(
        _ statement: Statement,
        _ table: String,
        _ report: inout VerificationReport,
        _ value: (inout RowReader) throws(PostgresError) -> Value
    ) throws(PostgresError) -> [(AccountID, Value)] {
        var unreadable: [(AccountID, String)] = []
        let rows = try connection.run(Call(statement, span.parameters))
            .map { (row) throws(PostgresError) -> (AccountID, Value)? in
                var named = row
                let account: AccountID = try named.identifier()
                do throws(PostgresError) {
                    return (account, try value(&row))
                } catch {
                    unreadable.append((account, error.description))
                    return nil
                }
            }
        for (account, problem) in unreadable {
            report.add(.rowUnreadable, "\(table) of \(account)", expected: "a readable row", found: problem)
        }
        return rows.compactMap { $0 }
    }
}

// MARK: - One row of each table

extension StoredRows {
    private static func account(_ row: inout RowReader) throws(PostgresError) -> StoredAccount {
        var stored = StoredAccount()
        stored.account = try AccountColumns.read(&row)
        stored.state.account = stored.account
        stored.shard = try row.int16()
        return stored
    }

    private static func card(
        _ row: inout RowReader
    ) throws(PostgresError) -> (card: Card, route: CardRoute?) {
        _ = try row.identifier() as AccountID
        var card = try CardColumns.read(&row).card
        card.version = 0
        let found: CardID? = try row.optionalIdentifier()
        guard let found else { return (card, nil) }
        let route = CardRoute(card: found, account: try row.identifier(), tenant: try row.identifier())
        return (card, route)
    }

    private static func counter(
        _ row: inout RowReader
    ) throws(PostgresError) -> (key: CounterKey, counter: Counter) {
        _ = try row.identifier() as AccountID
        let key = try CounterColumns.readKey(&row)
        var counter = Counter()
        counter.amount = try row.int64()
        counter.count = try row.int64()
        return (key, counter)
    }

    private static func pin(_ row: inout RowReader) throws(PostgresError) -> (card: CardID, state: PINState) {
        _ = try row.identifier() as AccountID
        let card: CardID = try row.identifier()
        var state = try PINColumns.readState(&row)
        state.version = 0
        return (card, state)
    }

    private static func key(
        _ row: inout RowReader
    ) throws(PostgresError) -> (key: RequestKey, record: KeyRecord) {
        _ = try row.identifier() as AccountID
        let key = try row.text()
        var record = KeyRecord(
            fingerprint: try row.bytes(),
            authorization: try row.optionalIdentifier(),
            answer: nil
        )
        guard let answer = try row.optionalBytes() else { return (key, record) }
        do throws(JournalError) {
            record.answer = try Outcome(journalBytes: answer)
        } catch {
            throw row.unexpected(error.description)
        }
        return (key, record)
    }
}
