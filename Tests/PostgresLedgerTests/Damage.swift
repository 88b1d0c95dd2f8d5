import Foundation
import PostgresLedger
import Testing

/// Damage to stored rows, and what the verification must say about it.
struct Damage: Sendable, CustomTestStringConvertible {
    /// A row that every sample ledger has, and the text by which an offence must name it.
    struct Target: Sendable {
        var table: String
        /// An SQL expression of the table.
        var name: String
        var condition = "true"

        /// Gives the name of the row.
        var query: String { "SELECT \(name) FROM \(table) WHERE \(condition) ORDER BY 1 LIMIT 1" }
    }

    var testDescription: String
    var target: Target
    var offence: Offence.Kind
    /// `$` stands for the target's name.
    private var template: String

    init(_ description: String, to target: Target, sql: String, _ offence: Offence.Kind) {
        testDescription = description
        self.target = target
        self.offence = offence
        template = sql
    }

    /// Changes columns of the row.
    init(_ description: String, of target: Target, set: String, _ offence: Offence.Kind) {
        let sql = "UPDATE \(target.table) SET \(set) WHERE \(target.name) = '$' AND \(target.condition)"
        self.init(description, to: target, sql: sql, offence)
    }

    /// Deletes the row.
    init(deleted target: Target, _ description: String, _ offence: Offence.Kind) {
        let sql = "DELETE FROM \(target.table) WHERE \(target.name) = '$' AND \(target.condition)"
        self.init(description, to: target, sql: sql, offence)
    }

    func sql(for name: String) -> String { template.replacingOccurrences(of: "$", with: name) }
}

extension Damage.Target {
    /// An identifier as the product writes it, from a column.
    private static func text(_ prefix: String, _ column: String) -> String {
        "'\(prefix)_' || replace(\(column)::text, '-', '')"
    }

    private static let account = text("acc", "account_id")
    private static let event = text("evt", "id")

    static let hold = Self(
        table: "transfers",
        name: text("trf", "id"),
        condition: "layer = 1 AND debit_account = account_id"
    )
    /// Named by its account.
    static let fundingOfAccount = Self(table: "transfers", name: account, condition: "seq = 2")
    /// Named by its internal side.
    static let internalSide = Self(
        table: "transfers",
        name: text("acc", "credit_account"),
        condition: "credit_account <> account_id"
    )

    static let approval = Self(table: "journal", name: event, condition: "kind = 6 AND get_byte(decision, 0) = 1")
    static let funding = Self(table: "journal", name: event, condition: "kind = 3")
    /// Named by its account.
    static let thirdRow = Self(table: "journal", name: account, condition: "seq = 3")
    static let wholeJournal = Self(table: "journal", name: account)
    static let lastRow = Self(
        table: "journal",
        name: account,
        condition: "seq = (SELECT seq FROM accounts a WHERE a.id = account_id)"
    )

    static let accountRow = Self(table: "accounts", name: text("acc", "id"))
    static let typed = Self(table: "accounts", name: text("acc", "id"), condition: "type IS NOT NULL")
    static let limitedBalance = Self(table: "balances", name: account, condition: "credit_limit = 3000")
    static let balance = Self(table: "balances", name: account, condition: "currency = 978")
    static let authorization = Self(table: "authorizations", name: text("aut", "id"), condition: "held > 1")
    static let fee = Self(table: "authorizations", name: text("aut", "id"), condition: "held_fee > 0")
    static let advised = Self(table: "authorizations", name: text("aut", "id"), condition: "advised")
    static let singleMessage = Self(table: "authorizations", name: text("aut", "id"), condition: "single_message")
    static let acceptor = Self(table: "authorizations", name: text("aut", "id"), condition: "acceptor IS NOT NULL")
    static let countedLater = Self(
        table: "authorizations",
        name: text("aut", "id"),
        condition: "counted_part IS NOT NULL"
    )
    static let instalments = Self(
        table: "authorizations",
        name: text("aut", "id"),
        condition: "cleared_instalments > 0"
    )
    static let decline = Self(table: "authorizations", name: text("aut", "id"), condition: "status = 5")
    /// Named by its account.
    static let heldOfAccount = Self(table: "authorizations", name: account, condition: "held > 1")
    static let tokenized = Self(table: "authorizations", name: text("aut", "id"), condition: "token_index IS NOT NULL")
    static let counter = Self(table: "counters", name: account, condition: "token_index = ''")
    static let counterOfToken = Self(table: "counters", name: account, condition: "token_index <> ''")
    static let chipCounter = Self(table: "chip_counters", name: account)
    static let contactless = Self(table: "contactless_counters", name: account)
    static let failures = Self(table: "failure_counters", name: account)
    static let contactlessShare = Self(
        table: "authorizations",
        name: text("aut", "id"),
        condition: "contactless_amount > 0"
    )
    static let card = Self(table: "cards", name: text("crd", "id"))
    static let instance = Self(table: "card_instances", name: text("crd", "card_id"))
    static let directoryEntry = Self(table: "pan_directory", name: text("crd", "card_id"))
    static let pin = Self(table: "card_pins", name: text("crd", "card_id"))
    static let replaced = Self(table: "cards", name: text("crd", "id"), condition: "replaced_by_card IS NOT NULL")
    static let limited = Self(table: "cards", name: text("crd", "id"), condition: "use_limit IS NOT NULL")
    static let token = Self(table: "tokens", name: text("tok", "id"))
    static let legalHold = Self(table: "legal_holds", name: text("lgh", "id"), condition: "released_at IS NULL")
    /// Named by its account.
    static let heldByLaw = Self(table: "legal_holds", name: account, condition: "released_at IS NULL")
    static let sent = Self(table: "account_transfers", name: text("trf", "id"), condition: "received_event IS NULL")
    static let arrived = Self(
        table: "account_transfers",
        name: text("trf", "id"),
        condition: "received_event IS NOT NULL"
    )
    static let networkKey = Self(table: "network_keys", name: "\(account) || ' key ' || key")
    static let exception = Self(table: "exceptions", name: event)
    static let applied = Self(table: "exceptions", name: event, condition: "settlement = 1")
    static let writtenOff = Self(table: "exceptions", name: event, condition: "settlement = 2")
    static let clientKey = Self(table: "client_keys", name: text("ten", "tenant_id"))
    static let checkpoint = Self(table: "internal_checkpoints", name: account)
    static let snapshot = Self(table: "account_snapshots", name: "\(account) || ' seq ' || seq")
    /// Named by a row that was decided with it.
    static let program = Self(
        table: "journal",
        name: event,
        condition: "program_version > 0 AND seq = 2"
    )
}
