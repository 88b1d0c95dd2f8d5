import AuthorizationCore

/// What a card is limited by until something sets it back: its contactless payments until a PIN, its wrong proofs until
/// time does.
enum LimitStatements {
    private static func contactless(_ owner: String) -> String {
        """
        JOIN contactless_counters c ON c.shard = \(owner).shard AND c.account_id = \(owner).account_id
            AND c.card_id = \(owner).card_id
        """
    }

    private static let contactlessColumns = "c.account_id, \(ContactlessColumns.list), c.version"

    static let contactless = Statement(
        "contactless",
        """
        SELECT \(contactlessColumns)
        FROM (SELECT \(elements("int2 uuid uuid"))) AS k(shard, account_id, card_id)
        \(contactless("k"))
        """
    )

    /// Those of the cards whose authorizations are named, when something is given back to them.
    static let contactlessOfAuthorizations = Statement(
        "contactless_of_authorizations",
        """
        SELECT \(contactlessColumns)
        FROM (SELECT \(elements("int2 uuid"))) AS k(shard, id)
        JOIN authorizations a ON a.shard = k.shard AND a.id = k.id
        \(contactless("a"))
        WHERE a.contactless_amount IS NOT NULL
        """
    )

    static let contactlessByKey = Statement(
        "contactless_by_key",
        """
        SELECT \(contactlessColumns)
        FROM (SELECT \(elements("int2 uuid text"))) AS k(shard, account_id, key)
        JOIN network_keys n ON n.shard = k.shard AND n.account_id = k.account_id AND n.key = k.key
        JOIN authorizations a ON a.shard = n.shard AND a.id = n.authorization_id
        \(contactless("a"))
        WHERE a.contactless_amount IS NOT NULL
        """
    )

    static let newContactless = Statement(
        "insert_contactless",
        """
        INSERT INTO contactless_counters (shard, account_id, card_id, currency, amount, count, round, version)
        SELECT \(elements("int2 uuid uuid int2 int8 int8 int8")), 1
        """
    )

    static let changeContactless = LaneWrites.guarded(
        "update_contactless",
        """
        UPDATE contactless_counters c SET amount = n.amount, count = n.count, round = n.round, version = c.version + 1
        FROM (SELECT \(elements("int2 uuid uuid int2 int8 int8 int8 int8")))
            AS n(shard, account_id, card_id, currency, amount, count, round, stored)
        WHERE c.shard = n.shard AND c.account_id = n.account_id AND c.card_id = n.card_id
            AND c.currency = n.currency AND c.version = n.stored
        """,
        rows: 9
    )

    static let failures = Statement(
        "failures",
        """
        SELECT f.account_id, \(FailureColumns.list), f.version
        FROM (SELECT \(elements("int2 uuid uuid"))) AS k(shard, account_id, card_id)
        JOIN failure_counters f ON f.shard = k.shard AND f.account_id = k.account_id AND f.card_id = k.card_id
        """
    )

    static let newFailures = Statement(
        "insert_failures",
        """
        INSERT INTO failure_counters (shard, account_id, card_id, token_index, times, version)
        SELECT \(elements("int2 uuid uuid bytea bytea")), 1
        """
    )

    static let changeFailures = LaneWrites.guarded(
        "update_failures",
        """
        UPDATE failure_counters f SET times = n.times, version = f.version + 1
        FROM (SELECT \(elements("int2 uuid uuid bytea bytea int8")))
            AS n(shard, account_id, card_id, token_index, times, stored)
        WHERE f.shard = n.shard AND f.account_id = n.account_id AND f.card_id = n.card_id
            AND f.token_index = n.token_index AND f.version = n.stored
        """,
        rows: 7
    )

    static let reads = [contactless, contactlessOfAuthorizations, contactlessByKey, failures]
    static let writes = [newContactless, changeContactless, newFailures, changeFailures]
}

enum ContactlessColumns {
    static let list = "c.card_id, c.currency, c.amount, c.count, c.round"

    static func read(
        _ row: inout RowReader
    ) throws(PostgresError) -> (key: ContactlessKey, counter: ContactlessCounter) {
        let key = ContactlessKey(card: try row.identifier(), currency: try row.currency())
        let counter = ContactlessCounter(amount: try row.int64(), count: try row.int64(), round: try row.int64())
        return (key, counter)
    }
}

enum FailureColumns {
    static let list = "f.card_id, f.token_index, f.times"

    static func read(_ row: inout RowReader) throws(PostgresError) -> (key: FailureKey, counter: FailureCounter) {
        let card: CardID = try row.identifier()
        let token = try row.bytes()
        let times = try row.bytes()
        do throws(JournalError) {
            let counter = try FailureCounter(journalBytes: times)
            return (FailureKey(card: card, token: token.isEmpty ? nil : token), counter)
        } catch {
            throw row.unexpected(error.description)
        }
    }
}
