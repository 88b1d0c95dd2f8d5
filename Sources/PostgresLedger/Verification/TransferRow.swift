import AuthorizationCore
import AuthorizationEngine

/// A transfer as it is stored, or as it should be: plain numbers, so that any damage can be read and named.
struct TransferRow: Hashable, Sendable {
    var id: TransferID
    var account: AccountID
    var sequence: Int64
    var event: EventID
    var debitAccount: AccountID
    var creditAccount: AccountID
    var layer: Int16
    var currency: Int16
    var balanceKind: Int16
    var amount: Int64
    var line: Int16
    var authorization: AuthorizationID?
    var createdAt: Instant
    var businessDate: Int32
    var valueDate: Int32

    /// What a journal row's transfer is stored as.
    init(_ transfer: Transfer, of row: JournaledRow, program: ProgramID) {
        let internalAccount = transfer.counterparty.identifier(
            shard: row.account.shard,
            program: program,
            currency: transfer.balance.currency
        )
        id = transfer.id
        account = row.account
        sequence = row.sequence
        event = row.event
        debitAccount = transfer.direction == .debit ? row.account : internalAccount
        creditAccount = transfer.direction == .debit ? internalAccount : row.account
        layer = Int16(transfer.layer.rawValue)
        currency = Int16(transfer.balance.currency.numeric)
        balanceKind = Int16(transfer.balance.kind.rawValue)
        amount = transfer.amount
        line = Int16(transfer.line)
        authorization = transfer.authorization
        createdAt = row.moment.now
        businessDate = row.moment.businessDate
        valueDate = row.moment.businessDate
    }

    init(_ row: inout RowReader) throws(PostgresError) {
        account = try row.identifier()
        id = try row.identifier()
        sequence = try row.int64()
        event = try row.identifier()
        debitAccount = try row.identifier()
        creditAccount = try row.identifier()
        layer = try row.int16()
        currency = try row.int16()
        balanceKind = try row.int16()
        amount = try row.int64()
        line = try row.int16()
        authorization = try row.optionalIdentifier()
        createdAt = try row.instant()
        businessDate = try row.day()
        valueDate = try row.day()
    }
}

/// The fold of an account's transfer rows, which knows nothing of the journal.
struct TransferFold: Sendable {
    struct Key: Hashable, Sendable {
        var currency: Int16
        var kind: Int16
    }

    /// Minor units. Wider than a balance, so that nothing overflows on the way.
    struct Sums: Sendable {
        var posted: Int128 = 0
        var pendingDebits: Int128 = 0
        var pendingCredits: Int128 = 0
        var legalHolds: Int128 = 0
    }

    private(set) var sums: [Key: Sums] = [:]

    mutating func add(_ row: TransferRow) {
        var sum = sums[Key(currency: row.currency, kind: row.balanceKind)] ?? Sums()
        // From the customer's side. A row that is on neither side of the account is an offence of its own.
        let credit = Int128(row.amount) * (row.creditAccount == row.account ? 1 : -1)
        switch UInt8(exactly: row.layer).flatMap(Layer.init(rawValue:)) {
        case .posted: sum.posted += credit
        case .pendingDebit: sum.pendingDebits -= credit
        case .pendingCredit: sum.pendingCredits += credit
        case .legalHold: sum.legalHolds -= credit
        case nil: break
        }
        sums[Key(currency: row.currency, kind: row.balanceKind)] = sum
    }

    /// The sums as amounts of a balance, without its limit; nil when they do not fit.
    func balance(_ key: BalanceKey) -> Balance? {
        let sum = sums[Key(currency: Int16(key.currency.numeric), kind: Int16(key.kind.rawValue))] ?? Sums()
        guard let posted = Int64(exactly: sum.posted), let debits = Int64(exactly: sum.pendingDebits),
            let credits = Int64(exactly: sum.pendingCredits), let legalHolds = Int64(exactly: sum.legalHolds)
        else { return nil }
        var balance = Balance()
        balance.posted = posted
        balance.pendingDebits = debits
        balance.pendingCredits = credits
        balance.legalHolds = legalHolds
        return balance
    }

    /// What of a balance follows from transfers.
    static func text(of balance: Balance) -> String {
        "posted \(balance.posted), pending \(balance.pendingDebits) / \(balance.pendingCredits), "
            + "legal \(balance.legalHolds)"
    }
}
